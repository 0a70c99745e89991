"""What the tool answers to deep linking, and what the ENT makes of it."""

import jwt
import pytest
from demo_tool import DEEP_LINKING, LTI


def refused(page, reason):
    assert page.status_code == 400
    assert f"answer-rejected, {reason}" in page.text


def return_url(visitor):
    visitor.become("helene")
    return visitor.claims("deep-linking")[f"{DEEP_LINKING}deep_linking_settings"]["deep_link_return_url"]


def test_the_teacher_sees_what_will_be_placed_and_says_yes(installed):
    items = [installed.item(), installed.item(title="Les devoirs", text="À lire", lineItem={"scoreMaximum": 20})]
    page = installed.choose(items, **{f"{DEEP_LINKING}msg": "Deux activités <b>"})
    assert "Écrire à l’école" in page.text
    assert "Une note sur 20 reviendra" in page.text
    assert "Deux activités &lt;b&gt;" in page.text
    assert "Les devoirs" not in installed.get("class").text
    installed.place(*items)
    placed = installed.get("class").text
    assert placed.index("Écrire à l’école") < placed.index("Les devoirs")
    assert placed.count("Activité notée") == 1


def test_an_item_without_title_or_address_takes_the_tools(installed, tool):
    installed.place({"type": "ltiResourceLink"})
    assert "Passerelle" in installed.get("class").text
    assert installed.claims("activity-1")[f"{LTI}target_link_uri"] == f"{tool.url}/lti/launch"


def test_choosing_nothing_places_nothing(installed):
    page = installed.choose([])
    assert "Rien n’a été choisi" in page.text
    assert "/confirm" not in page.text


def test_the_return_needs_no_cookie(installed, app, tool):
    url = return_url(installed)
    path = url.removeprefix("http://ent.localhost:9")
    page = app.test_client(use_cookies=False).post(path, data={"JWT": tool.sign(tool.choice([installed.item()]))})
    assert page.status_code == 200


def test_a_return_address_is_good_once(installed, tool):
    url = return_url(installed)
    assert installed.answer(url, tool.sign(tool.choice([installed.item()]))).status_code == 200
    assert installed.answer(url, tool.sign(tool.choice([installed.item()]))).status_code == 403


def test_a_return_address_is_good_for_an_hour(installed, tool, clock):
    url = return_url(installed)
    clock.advance(3600)
    assert installed.answer(url, tool.sign(tool.choice([]))).status_code == 403


def test_a_forged_return_address_is_refused(installed, tool):
    installed.become("helene")
    hint = installed.login("deep-linking")["lti_message_hint"]
    for ticket in ("x", "a.b.c", hint):
        assert installed.post(f"deep-links/{ticket}", {"JWT": tool.sign(tool.choice([]))}).status_code == 403


def test_saying_yes_twice_places_once(installed):
    page = installed.choose([installed.item()])
    path = page.text.split('action="http://ent.localhost:9')[1].split('"')[0]
    assert installed.client.post(path).status_code == 303
    assert installed.client.post(path).status_code == 403
    assert installed.get("class").text.count("demo-activity-") == 1


def test_an_answer_replayed_at_another_return_address_is_refused(installed, tool):
    token = tool.sign(tool.choice([installed.item()]))
    assert installed.answer(return_url(installed), token).status_code == 200
    refused(installed.answer(return_url(installed), token), "nonce")


def test_an_answer_by_another_key_is_refused(installed, tool, keys):
    answer = tool.sign(tool.choice([]), key=keys["stranger"])
    refused(installed.answer(return_url(installed), answer), "signature")


def test_an_answer_whose_key_is_not_published_is_refused(installed, tool):
    refused(installed.answer(return_url(installed), tool.sign(tool.choice([]), kid="other")), "kid")
    refused(installed.answer(return_url(installed), jwt.encode(tool.choice([]), tool.key, algorithm="RS256")), "kid")


def test_an_answer_of_another_algorithm_is_refused(installed, tool):
    url = return_url(installed)
    for token in (
        tool.sign(tool.choice([]), key="k" * 64, algorithm="HS256"),
        tool.sign(tool.choice([]), key=None, algorithm="none"),
        tool.sign(tool.choice([]), algorithm="RS512"),
    ):
        refused(installed.answer(url, token), "alg")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30"])
def test_what_is_no_token_is_refused(installed, token):
    page = installed.answer(return_url(installed), token)
    assert page.status_code == 400


def test_when_the_tools_keys_can_not_be_had_the_answer_is_refused(installed, tool):
    tool.jwks_status = "503 Service Unavailable"
    refused(installed.answer(return_url(installed), tool.sign(tool.choice([]))), "kid")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "somebody"}, "iss"),
        ({"aud": "https://ailleurs.example"}, "aud"),
        ({"exp": None}, "missing-claim"),
        ({"exp": 1}, "expired"),
        ({"iat": 4102444800, "exp": 4102444860}, "times"),
        ({"exp": 4102444800}, "times"),
        ({"exp": "tomorrow"}, "times"),
        ({"nonce": None}, "nonce"),
        ({f"{LTI}message_type": "LtiResourceLinkRequest"}, "message_type"),
        ({f"{LTI}version": "1.1"}, "version"),
        ({f"{LTI}deployment_id": "other"}, "deployment_id"),
        ({f"{DEEP_LINKING}content_items": {"type": "ltiResourceLink"}}, "content_items"),
        ({f"{DEEP_LINKING}content_items": [{"type": "link"}] * 51}, "content_items"),
    ],
)
def test_an_answer_with_a_wrong_claim_is_refused(installed, tool, changes, reason):
    claims = {name: value for name, value in (tool.choice([]) | changes).items() if value is not None}
    refused(installed.answer(return_url(installed), tool.sign(claims)), reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "link"}, "type"),
        ({"url": "https://ailleurs.example/x"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": 3}, "url"),
        ({"title": ["x"]}, "title"),
        ({"custom": {"a": {"b": 1}}}, "custom"),
        ({"custom": {"a": None}}, "custom"),
        ({"custom": "x"}, "custom"),
        ({"lineItem": {}}, "lineItem.scoreMaximum"),
        ({"lineItem": {"scoreMaximum": 0}}, "lineItem.scoreMaximum"),
        ({"lineItem": {"scoreMaximum": True}}, "lineItem.scoreMaximum"),
        ({"lineItem": []}, "lineItem"),
    ],
)
def test_an_item_that_can_not_be_placed_is_refused_and_nothing_is_placed(installed, changes, reason):
    refused(installed.choose([installed.item(), installed.item(**changes)]), reason)
    assert "demo-activity-" not in installed.get("class").text
