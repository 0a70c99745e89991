"""Launches whose token is good and which are refused for how it came: state, browser, replay, another login.

What PyLTI1p3 accepts: a login at one platform answered by another, the same token again, a used state.
"""

import time
from datetime import timedelta

import jwt
from fake_platform import Asked, FakePlatform
from front_door import entered, title
from verdicts import Door

from lti_tool.lti.platforms import disable_platform


def test_the_same_token_again_is_refused(door: Door) -> None:
    started = door.begin()
    token, window = door.sign(started), door.browser.like()
    entered(window.answer(started, token))
    answer = door.refuses_token("nonce-reused", started, token)
    assert title(answer.text) == "Ce lien a déjà servi"


def test_a_page_that_is_loaded_again_after_its_launch_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    entered(door.browser.answer(started, token))
    door.refuses_token("state-other-browser", started, token)


def test_a_used_token_with_a_fresh_state_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    entered(door.browser.answer(started, token))
    door.refuses_token("nonce-mismatch", door.begin(), token)


def test_an_unused_token_with_the_state_of_another_login_is_refused(door: Door) -> None:
    token = door.sign(door.begin())
    door.refuses_token("nonce-mismatch", door.begin(), token)


def test_a_used_state_with_a_fresh_token_is_refused(door: Door) -> None:
    started = door.begin()
    window = door.browser.like()
    entered(window.answer(started, door.sign(started)))
    door.refuses_token("nonce-reused", started, door.sign(started, {"sub": "parent-2"}))


def test_a_launch_without_a_state_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    door.refuses_act("state-invalid", lambda: door.browser.post("/lti/launch", {"id_token": token}), known=False)


def test_a_state_that_is_not_ours_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    payload = jwt.decode(started.state, options={"verify_signature": False})
    forged = jwt.encode(payload, "another-secret-that-is-long-enough-for-hs256", algorithm="HS256")
    unsigned = jwt.encode(payload, None, algorithm="none")
    for state in ("", "x", "a.b.c", "é.è.à", "x" * 5000, forged, unsigned, started.state[:-2], token):
        door.refuses_act(
            "state-invalid",
            lambda state=state: door.browser.post("/lti/launch", {"id_token": token, "state": state}),
            known=False,
        )


def test_a_state_that_is_too_old_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started, {"iat": int(time.time()) + 660, "exp": int(time.time()) + 900})
    door.installation.clock.advance(minutes=11)
    try:
        answer = door.refuses_act("state-invalid", lambda: door.browser.answer(started, token), known=False)
        assert title(answer.text) == "Cette page a attendu trop longtemps"
    finally:
        door.installation.clock.offset = timedelta(0)


def test_a_hand_over_link_is_no_state(door: Door) -> None:
    secret = door.installation.tool.door.secrets.session
    other = jwt.encode({"l": "x", "r": "", "j": "y", "exp": int(time.time()) + 60}, secret, algorithm="HS256")
    token = door.sign(door.begin())
    door.refuses_act(
        "state-invalid",
        lambda: door.browser.post("/lti/launch", {"id_token": token, "state": other}),
        known=False,
    )


def test_a_launch_in_another_browser_than_its_login_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    door.browser = door.installation.browser()
    door.refuses_token("state-other-browser", started, token)


def test_a_launch_whose_browser_began_another_login_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    door.browser = door.installation.browser()
    door.begin()
    door.refuses_token("state-other-browser", started, token)


def test_a_launch_whose_cookie_was_made_up_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    name = next(name for name in door.browser.cookies() if name.startswith("__Host-pl-s-"))
    for value in ("", "made-up", "é", "x" * 4000):
        door.browser = door.installation.browser()
        door.browser.client.set_cookie(name, value, domain="tool.example.test")
        door.refuses_token("state-other-browser", started, token)


def test_a_login_at_one_platform_answered_by_another_is_refused(door: Door, other_platform: FakePlatform) -> None:
    started = door.begin()
    token = other_platform.sign(other_platform.claims(started))
    door.refuses_token("key-unknown", started, token)


def test_a_platform_can_not_speak_for_another(door: Door, other_platform: FakePlatform) -> None:
    """Platform B signs a token in A's name, for a login at A and for a login at B."""
    at_a = door.begin()
    token = other_platform.sign(door.platform.claims(at_a))
    door.refuses_token("key-unknown", at_a, token)
    at_b = door.browser.begin(other_platform)
    token = other_platform.sign(door.platform.claims(at_b))
    door.refuses_token("audience-mismatch", at_b, token)


def test_the_login_of_one_client_answered_for_another_of_its_platform_is_refused(door: Door) -> None:
    door.installation.welcome(door.platform, "client-2", "2")
    started = door.begin()
    of_two = Asked(started.url, {**started.query, "client_id": "client-2"})
    door.refuses_token("audience-mismatch", started, door.platform.sign(door.platform.claims(of_two)))
    door.refuses_token(
        "audience-mismatch", started, door.platform.sign(door.platform.claims(of_two, {"deployment_id": "2"}))
    )


def test_an_answer_that_is_an_error_is_shown_as_the_platforms_refusal(door: Door) -> None:
    started = door.begin()
    answer = door.refuses_act(
        "platform-refused",
        lambda: door.browser.post(
            "/lti/launch",
            {
                "state": started.state,
                "error": "access_denied",
                "error_description": "<script>alert(1)</script> Vous devez vous connecter",
            },
        ),
        {"error": "access_denied", "description": "Vous devez vous connecter"},
    )
    assert answer.status_code == 403
    assert title(answer.text) == "L’ENT n’a pas voulu ouvrir l’activité"


def test_an_error_that_comes_by_get_is_shown_as_the_platforms_refusal(door: Door) -> None:
    address = "/lti/launch?error=access_denied&error_description=Vous+devez+vous+connecter"
    answer = door.refuses_act(
        "platform-refused",
        lambda: door.browser.get(address),
        {"error": "access_denied", "description": "Vous devez vous connecter"},
        known=False,
    )
    assert answer.status_code == 403


def test_an_error_with_a_token_beside_it_is_refused(door: Door) -> None:
    started = door.begin()
    door.refuses_token("platform-refused", started, door.sign(started), error="login_required")


def test_a_token_in_the_address_is_not_read(door: Door) -> None:
    started = door.begin()
    query = {"state": started.state, "id_token": door.sign(started)}
    door.refuses_act("state-invalid", lambda: door.browser.get("/lti/launch", query_string=query), known=False)
    door.refuses_act("state-invalid", lambda: door.browser.post("/lti/launch", query_string=query), known=False)


def test_a_launch_address_opened_by_itself_says_where_to_go(door: Door) -> None:
    for address in ("/lti/launch", "/lti/launch/parcours/mon-ent"):
        answer = door.refuses_act("state-invalid", lambda address=address: door.browser.get(address), known=False)
        assert "rouvrez l’activité dans l’ENT" in answer.text


def test_a_body_that_is_no_form_is_refused(door: Door) -> None:
    started = door.begin()
    body = {"state": started.state, "id_token": door.sign(started)}
    door.refuses_act("state-invalid", lambda: door.browser._open("POST", "/lti/launch", json=body), known=False)


def test_a_launch_of_a_platform_that_was_switched_off_meanwhile_is_refused(door: Door) -> None:
    started = door.begin()
    token = door.sign(started)
    with door.installation.tool.database.write() as session:
        disable_platform(session, door.platform.issuer, now=door.installation.clock())
    answer = door.refuses_act("platform-disabled", lambda: door.browser.answer(started, token))
    assert answer.status_code == 403
