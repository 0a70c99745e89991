"""Third-party logins that are refused, before anything is asked of a platform."""

from fake_platform import ABSENT
from front_door import title
from verdicts import Door

from lti_tool.lti.platforms import disable_platform


def test_a_login_without_an_issuer_is_refused(door: Door) -> None:
    door.refuses_login("login-incomplete", iss=ABSENT)


def test_a_login_without_a_login_hint_is_refused(door: Door) -> None:
    door.refuses_login("login-incomplete", login_hint=ABSENT)


def test_a_login_without_a_target_is_refused(door: Door) -> None:
    door.refuses_login("login-incomplete", target_link_uri=ABSENT)


def test_a_login_without_anything_is_refused(door: Door) -> None:
    door.refuses_act("login-incomplete", lambda: door.browser.get("/lti/login"), known=False)
    door.refuses_act("login-incomplete", lambda: door.browser.post("/lti/login"), known=False)


def test_a_login_of_an_unknown_issuer_is_refused(door: Door) -> None:
    answer = door.refuses_login("platform-unknown", iss="https://unknown.example")
    assert answer.status_code == 403
    assert title(answer.text) == "Cet ENT n’est pas encore relié"


def test_a_login_of_an_issuer_with_a_slash_too_many_is_refused(door: Door) -> None:
    door.refuses_login("platform-unknown", iss=door.platform.issuer + "/")


def test_a_login_of_an_unknown_client_is_refused(door: Door) -> None:
    door.refuses_login("platform-unknown", client_id="client-9")


def test_a_login_that_does_not_say_which_of_two_clients_it_is_for_is_refused(door: Door) -> None:
    door.installation.welcome(door.platform, "client-2", "2")
    door.refuses_login("platform-unknown", client_id=ABSENT)


def test_a_login_of_a_platform_that_was_switched_off_is_refused(door: Door) -> None:
    with door.installation.tool.database.write() as session:
        disable_platform(session, door.platform.issuer, now=door.installation.clock())
    door.refuses_login("platform-disabled", known=True)


def test_a_login_towards_another_host_is_refused(door: Door) -> None:
    for target in (
        "https://evil.example/lti/launch",
        "https://evil.example",
        "//evil.example/lti/launch",
        "javascript:alert(1)",
        "https://[",
        "https://tool.example.test:bad/lti/launch",
        "https://tool.example.test/lti/login",
    ):
        door.refuses_login("target-not-ours", target_link_uri=target)


def test_a_login_with_a_field_of_many_thousand_letters_is_refused(door: Door) -> None:
    for field in ("iss", "login_hint", "lti_message_hint", "client_id", "target_link_uri", "lti_deployment_id"):
        door.refuses_login("login-incomplete", **{field: "x" * 4097})


def test_a_login_with_a_nul_in_a_field_is_refused(door: Door) -> None:
    for field in ("iss", "login_hint", "lti_message_hint", "client_id", "target_link_uri", "lti_deployment_id"):
        door.refuses_login("login-incomplete", **{field: "a\x00b"})


def test_a_login_in_bytes_that_are_no_text_is_refused(door: Door) -> None:
    for field in ("iss", "client_id"):
        answer = door.browser._open(
            "POST",
            "/lti/login",
            data=f"{field}=%ff%fe%ed%a0%80&login_hint=1&target_link_uri={door.browser.base_url}/lti/launch",
            content_type="application/x-www-form-urlencoded",
        )
        assert 400 <= answer.status_code < 500


def test_the_redirect_uri_is_ours_whatever_the_target(door: Door) -> None:
    """A good login: the registered address is asked for, and the target goes by the claims alone."""
    started = door.begin(target_link_uri=f"{door.browser.base_url}/lti/launch/parcours/x?next=https://evil.example")
    assert started.query["redirect_uri"] == f"{door.browser.base_url}/lti/launch"
    assert "evil" not in started.url
