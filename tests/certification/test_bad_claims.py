"""Tokens of a good signature whose claims are missing, wrong, or of another type.

1EdTech's certification list (version, message, claims one by one, times) and what PyLTI1p3 accepts or answers
with a 500.
"""

import json
import time

from fake_platform import ABSENT, INSTRUCTOR, SHORT
from front_door import title
from sqlalchemy import update
from verdicts import Door

from lti_tool.database import Database
from lti_tool.lti.model import Deployment

ODD = (7, 1.5, True, [], {}, ["x"], {"a": "b"}, [[]])
LONE = "\ud800"


def refuses_each(door: Door, code: str, claim: str, *values: object) -> None:
    for value in values:
        door.refuses(code, {claim: value})


# Version and message


def test_a_launch_without_a_version_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"version": ABSENT})


def test_a_launch_of_another_version_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "version", "11.3", "1.1", "1.3", "1.3.0 ", "LTI-1p0", "")


def test_a_version_of_another_type_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "version", None, *ODD)


def test_a_launch_without_a_message_type_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"message_type": ABSENT})


def test_a_message_that_the_tool_does_not_know_is_refused(door: Door) -> None:
    refuses_each(
        door,
        "claim-invalid",
        "message_type",
        "LtiSubmissionReviewRequest",
        "LtiStartProctoring",
        "ltiresourcelinkrequest",
        "basic-lti-launch-request",
        "",
    )


def test_a_message_type_of_another_type_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "message_type", None, *ODD)


def test_a_token_that_is_no_lti_launch_is_refused(door: Door) -> None:
    started = door.begin()
    door.refuses_token("claim-invalid", started, door.platform.sign({"name": "badltilaunch"}))


def test_a_token_without_any_lti_claim_is_refused(door: Door) -> None:
    started = door.begin()
    claims = {name: value for name, value in door.platform.claims(started).items() if ":" not in name}
    door.refuses_token("claim-invalid", started, door.platform.sign(claims), claims)


def test_an_empty_token_body_is_refused(door: Door) -> None:
    door.refuses_token("claim-invalid", door.begin(), door.platform.sign({}))


# Who signs, and for whom


def test_a_launch_without_an_issuer_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"iss": ABSENT})


def test_a_launch_of_another_issuer_is_refused(door: Door) -> None:
    refuses_each(door, "audience-mismatch", "iss", "https://other.example", door.platform.issuer + "/", "")


def test_an_issuer_of_another_type_is_refused(door: Door) -> None:
    for odd in (None, *ODD):
        started = door.begin()
        answer = door.browser.answer(started, door.sign(started, {"iss": odd}))
        assert answer.status_code in {400, 401}, odd


def test_a_launch_without_an_audience_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"aud": ABSENT})


def test_a_launch_for_another_client_is_refused(door: Door) -> None:
    refuses_each(door, "audience-mismatch", "aud", "somebody-else", ["somebody-else"], "", [], "client-1 ")


def test_an_audience_of_another_type_is_refused(door: Door) -> None:
    refuses_each(
        door, "claim-invalid", "aud", None, 7, True, {}, {"client-1": 1}, [7], [["client-1"]], ["client-1", None]
    )


def test_extra_audiences_without_an_authorised_party_are_refused(door: Door) -> None:
    door.refuses("audience-mismatch", {"aud": ["client-1", "somebody-else"], "azp": ABSENT})


def test_a_wrong_authorised_party_is_refused(door: Door) -> None:
    refuses_each(door, "audience-mismatch", "azp", "somebody-else", "client-1 ", "", 7, ["client-1"], {"client-1": 1})


def test_a_wrong_authorised_party_among_several_audiences_is_refused(door: Door) -> None:
    door.refuses("audience-mismatch", {"aud": ["client-1", "somebody-else"], "azp": "somebody-else"})


# When


def test_a_launch_without_an_expiry_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"exp": ABSENT})


def test_a_launch_without_the_time_of_issue_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"iat": ABSENT})


def test_a_launch_whose_times_are_long_past_is_refused(door: Door) -> None:
    door.refuses("token-expired", {"iat": 11111, "exp": 22222})


def test_an_expired_launch_is_refused(door: Door) -> None:
    now = int(time.time())
    answer = door.refuses("token-expired", {"iat": now - 400, "exp": now - 61})
    assert title(answer.text) == "Cette page a attendu trop longtemps"


def test_a_launch_issued_in_the_future_is_refused(door: Door) -> None:
    now = int(time.time())
    door.refuses("token-expired", {"iat": now + 120, "exp": now + 400})


def test_a_launch_that_is_not_valid_yet_is_refused(door: Door) -> None:
    door.refuses("token-expired", {"nbf": int(time.time()) + 120})


def test_times_of_another_type_are_refused(door: Door) -> None:
    now = str(int(time.time()))
    for claim in ("exp", "iat", "nbf"):
        refuses_each(door, "claim-invalid", claim, now, True, [], {}, -5, 10**400, 1e300, "soon")
    for claim in ("exp", "iat"):
        door.refuses("claim-invalid", {claim: None})


def test_times_that_are_no_numbers_are_refused(door: Door) -> None:
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        for claim in ("exp", "iat", "nbf"):
            started = door.begin()
            claims = json.dumps(door.platform.claims(started, {claim: "HERE"})).encode().replace(b'"HERE"', word)
            answer = door.browser.answer(started, door.platform.sign(claims))
            assert answer.status_code in {400, 401}, (word, claim)


# Nonce


def test_a_launch_without_a_nonce_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"nonce": ABSENT})


def test_a_nonce_that_the_login_did_not_give_is_refused(door: Door) -> None:
    refuses_each(door, "nonce-mismatch", "nonce", "another-nonce", "", "x" * 5000)


def test_a_nonce_of_another_type_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "nonce", None, *ODD)


# Who comes


def test_a_launch_without_a_user_is_refused_in_words(door: Door) -> None:
    answer = door.refuses("anonymous", {"sub": ABSENT})
    assert answer.status_code == 403
    assert title(answer.text) == "L’ENT ne dit pas qui vous êtes"


def test_a_launch_without_any_user_claim_is_refused_in_words(door: Door) -> None:
    door.refuses("anonymous", {"sub": ABSENT, "name": ABSENT, "given_name": ABSENT, "family_name": ABSENT})


def test_a_user_of_null_is_refused_in_words(door: Door) -> None:
    door.refuses("anonymous", {"sub": None})


def test_an_empty_or_too_long_user_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "sub", "", "x" * 256)


def test_a_user_of_another_type_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "sub", *ODD)


# Deployment


def test_a_launch_without_a_deployment_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"deployment_id": ABSENT})


def test_a_deployment_of_another_type_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "deployment_id", None, "", "x" * 256, *ODD)


def test_an_unknown_deployment_waits_for_the_administrator(door: Door) -> None:
    before = door.installation.rows(but=("launch_log", "deployment", "spent_token"))
    deployments, spent = door.installation.count("deployment"), door.installation.count("spent_token")
    answer = door.browser.launch(door.platform, {"deployment_id": "unknown-9"})
    assert answer.status_code == 403
    assert 'data-code="deployment-waiting"' in answer.text
    assert "unknown-9" not in answer.text
    assert door.installation.rows(but=("launch_log", "deployment", "spent_token")) == before
    assert door.installation.count("deployment") == deployments + 1
    assert door.installation.count("spent_token") == spent + 1
    door.refuses("deployment-waiting", {"deployment_id": "unknown-9"})


def test_an_unknown_deployment_can_not_be_noted_twice_with_one_token(door: Door) -> None:
    started = door.begin()
    token = door.sign(started, {"deployment_id": "unknown-10"})
    assert door.browser.answer(started, token).status_code == 403
    door.refuses_token("deployment-waiting", started, token)


def test_a_refused_deployment_is_refused(door: Door) -> None:
    door.browser.launch(door.platform, {"deployment_id": "refused-1"})
    decide(door.installation.tool.database, "refused-1", "refused")
    answer = door.refuses("deployment-refused", {"deployment_id": "refused-1"})
    assert answer.status_code == 403


def test_a_deployment_of_another_client_is_unknown(door: Door) -> None:
    door.installation.welcome(door.platform, "client-2", "of-client-2")
    answer = door.browser.launch(door.platform, {"deployment_id": "of-client-2"})
    assert 'data-code="deployment-waiting"' in answer.text


def decide(database: Database, deployment_id: str, state: str) -> None:
    with database.write() as session:
        session.execute(update(Deployment).where(Deployment.deployment_id == deployment_id).values(state=state))


# Roles


def test_a_launch_without_roles_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"roles": ABSENT})


def test_roles_of_null_are_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"roles": None})


def test_roles_as_one_text_are_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "roles", INSTRUCTOR, "Instructor,Learner", "")


def test_roles_of_another_type_are_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "roles", 7, True, {}, {INSTRUCTOR: True}, [7], [None], [[INSTRUCTOR]], [{}])


def test_more_roles_than_anybody_has_are_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"roles": [INSTRUCTOR] * 101})


# Resource link


def test_a_launch_without_a_resource_link_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"resource_link": ABSENT})


def test_a_resource_link_without_an_id_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"resource_link": {"title": "Mon ENT, pas à pas"}})


def test_a_resource_link_of_another_type_is_refused(door: Door) -> None:
    refuses_each(
        door, "claim-invalid", "resource_link", None, "link-1", 7, True, [], ["link-1"], {}, [{"id": "link-1"}]
    )


def test_a_resource_link_id_of_another_type_is_refused(door: Door) -> None:
    for odd in (None, "", "x" * 256, *ODD):
        door.refuses("claim-invalid", {"resource_link": {"id": odd}})


# Where to


def test_a_launch_without_a_target_link_uri_is_refused(door: Door) -> None:
    door.refuses("claim-invalid", {"target_link_uri": ABSENT})


def test_a_target_link_uri_of_another_type_is_refused(door: Door) -> None:
    refuses_each(door, "claim-invalid", "target_link_uri", None, "", *ODD)


def test_a_target_link_uri_of_another_host_is_refused(door: Door) -> None:
    refuses_each(
        door,
        "target-not-ours",
        "target_link_uri",
        "https://evil.example/lti/launch",
        "https://tool.example.test.evil.example/lti/launch",
        "https://tool.example.test@evil.example/lti/launch",
        "https://tool.example.test:8443/lti/launch",
        "http://tool.example.test/lti/launch",
        "//tool.example.test/lti/launch",
        "javascript:alert(1)//tool.example.test/lti/launch",
        "https://[tool.example.test/lti/launch",
        "https://tool.example.test:port/lti/launch",
        "not an address",
    )


def test_a_target_link_uri_that_is_no_launch_address_is_refused(door: Door) -> None:
    base = door.browser.base_url
    refuses_each(
        door,
        "target-not-ours",
        "target_link_uri",
        base,
        f"{base}/",
        f"{base}/lti/login",
        f"{base}/lti/launch/parcours",
        f"{base}/lti/launch/parcours/x/y",
        f"{base}/lti/launch/parcours/..%2F..%2Fadministration",
        f"{base}/lti/launch/parcours/a%00b",
        f"{base}/lti/launch//x",
        f"{base}/lti/launch/{'k' * 33}/x",
        f"{base}/lti/launch/parcours/{'x' * 129}",
    )


# All the rest


def test_objects_of_another_type_are_refused(door: Door) -> None:
    for claim in ("context", "custom", "launch_presentation", "lis", "tool_platform", "endpoint", "namesroleservice"):
        refuses_each(door, "claim-invalid", claim, "a text", 7, True, [], ["x"], [{}])


def test_a_context_without_an_id_is_refused(door: Door) -> None:
    refuses_each(
        door, "claim-invalid", "context", {"title": "Espace des parents"}, {"id": 7}, {"id": ""}, {"id": ["c"]}
    )


def test_names_and_titles_of_another_type_are_refused(door: Door) -> None:
    for odd in ODD:
        door.refuses("claim-invalid", {"name": odd})
        door.refuses("claim-invalid", {"resource_link": {"id": "link-1", "title": odd}})
        door.refuses("claim-invalid", {"context": {"id": "course-1", "title": odd}})


def test_services_at_what_is_no_web_address_are_refused(door: Door) -> None:
    for address in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ags",
        "http://",
        "http://[",
        "http://u:p@h/",
        7,
        ["x"],
    ):
        door.refuses("claim-invalid", {"endpoint": {"lineitem": address}})
        door.refuses("claim-invalid", {"endpoint": {"lineitems": address}})
        door.refuses("claim-invalid", {"namesroleservice": {"context_memberships_url": address}})


def test_texts_that_no_database_holds_are_refused_or_cleaned(door: Door) -> None:
    for text in (f"a{LONE}b", "a\x00b"):
        for changes in (
            {"sub": text},
            {"deployment_id": text},
            {"resource_link": {"id": text}},
            {"context": {"id": text}},
            {"target_link_uri": f"{door.browser.base_url}/lti/launch/parcours/{text}"},
            {"nonce": text},
            {"iss": text},
            {"aud": text},
            {"azp": text},
            {"version": text},
            {"message_type": text},
            {"roles": [text]},
            {"name": text},
            {"resource_link": {"id": "link-1", "title": text}},
            {"context": {"id": "course-1", "title": text}},
            {"launch_presentation": {"locale": text, "return_url": f"{door.platform.url}/{text}"}},
            {"endpoint": {"lineitem": f"{door.platform.url}/{text}"}},
            {"custom": {"kind": text, "id": text}},
            {"custom": {text: text}},
        ):
            answer = door.browser.launch(door.platform, changes)
            assert answer.status_code < 500, changes
            if answer.status_code == 303:
                shown = door.browser.get(answer.headers["Location"], follow_redirects=True)
                assert shown.status_code < 500, changes
    assert SHORT["custom"]
