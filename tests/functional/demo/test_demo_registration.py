"""Dynamic registration at the demonstration ENT."""

from urllib.parse import parse_qs, urlsplit

import pytest
from demo_tool import ALL_SCOPES, CONFIGURATION, ROOT, SCOPE_SCORE

from lti_tool.demo.registration import registration_url


def test_the_discovery_document_names_the_ents_own_addresses(visitor):
    document = visitor.get(".well-known/openid-configuration").json
    assert document["issuer"] == ROOT
    ends = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    assert [document[end] for end in ends] == [f"{ROOT}/{path}" for path in ("auth", "token", "jwks", "register")]
    platform = document["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert platform["product_family_code"] == "passerelle-demo"
    assert {m["type"] for m in platform["messages_supported"]} == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    assert set(ALL_SCOPES) < set(document["scopes_supported"])


def test_its_keys_are_public_halves_alone(visitor):
    (jwk,) = visitor.get("jwks").json["keys"]
    assert jwk["kty"] == "RSA"
    assert set(jwk) == {"kty", "n", "e", "alg", "use", "kid"}


def test_installing_opens_the_tools_own_page_with_what_it_needs(visitor, tool):
    visitor.become("zoe")
    assert "L’outil n’est pas encore installé" in visitor.get("class").text
    page = visitor.post("install").text
    assert f'src="{tool.url}/lti/register?invitation=abc&amp;openid_configuration=' in page
    assert f'data-origin="{tool.url}"' in page


def test_the_administrator_pastes_an_address(visitor, tool):
    visitor.become("francois")
    page = visitor.post("tools", {"url": f" {tool.url}/lti/register?invitation=x%26y "})
    assert page.status_code == 200
    assert "invitation=x%26y&amp;openid_configuration=http%3A%2F%2Fent.localhost%3A9%2Fdemo%2F.well-known" in page.text


@pytest.mark.parametrize(
    "pasted", ["", "bonjour", "https://ailleurs.example/lti/register", "javascript:1", "http://[x/"]
)
def test_an_address_that_is_not_the_tools_is_refused_in_words(visitor, pasted):
    visitor.become("francois")
    page = visitor.post("tools", {"url": pasted})
    assert page.status_code == 400
    assert "Cette adresse n’est pas celle de l’inscription à Passerelle" in page.text


def test_the_registration_address_keeps_what_stood_in_it():
    url = registration_url("http://t/r?a=1&b=#f", issuer="http://i", token="tok", tool_origin="http://t")
    assert parse_qs(urlsplit(url).query, keep_blank_values=True) == {
        "a": ["1"],
        "b": [""],
        "openid_configuration": ["http://i/.well-known/openid-configuration"],
        "registration_token": ["tok"],
    }


def test_a_registration_is_answered_with_client_and_deployment(visitor, tool):
    answer = visitor.register()
    assert answer.status_code == 201
    assert answer.json["client_id"]
    assert answer.json[CONFIGURATION]["deployment_id"]
    assert set(answer.json["scope"].split()) == set(ALL_SCOPES)
    assert answer.json[CONFIGURATION]["claims"] == ["name", "given_name", "family_name"]
    visitor.become("francois")
    assert answer.json["client_id"] in visitor.get("tools").text


def test_only_known_scopes_are_granted(visitor):
    assert visitor.register(scope=f"{SCOPE_SCORE} everything").json["scope"] == SCOPE_SCORE


def test_a_registration_token_is_good_once(visitor):
    token = visitor.registration_token()
    assert visitor.register(token).status_code == 201
    again = visitor.register(token)
    assert (again.status_code, again.json["error"]) == (401, "token_already_used")


def test_a_registration_token_lives_an_hour(visitor, clock):
    token = visitor.registration_token()
    clock.advance(3601)
    assert visitor.register(token).status_code == 401


def test_a_registration_token_of_before_a_reset_is_refused(visitor):
    token = visitor.registration_token()
    visitor.post("reset")
    assert visitor.register(token).status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic x"}])
def test_without_a_registration_token_nothing_is_registered(visitor, tool, header):
    answer = visitor.client.post("/demo/register", json=tool.metadata(), headers=header)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


def test_a_launch_hint_is_no_registration_token(installed):
    installed.become("zoe")
    hint = installed.login("space")["lti_message_hint"]
    assert installed.register(hint).status_code == 401


@pytest.mark.parametrize(
    "field",
    ["response_types", "initiate_login_uri", "client_name", "jwks_uri", "token_endpoint_auth_method", CONFIGURATION],
)
def test_a_registration_without_a_required_field_is_refused_and_the_token_stays_good(visitor, tool, field):
    token = visitor.registration_token()
    body = {name: value for name, value in tool.metadata().items() if name != field}
    headers = {"Authorization": f"Bearer {token}"}
    answer = visitor.client.post("/demo/register", json=body, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    assert answer.json["error_description"] == field
    assert visitor.register(token).status_code == 201


@pytest.mark.parametrize("urls", [[], ["https://ailleurs.example/lti/launch"], None])
def test_redirect_uris_are_required_and_are_the_tools(visitor, urls):
    answer = visitor.register(redirect_uris=urls or [])
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "ailleurs.example"},
        {"target_link_uri": "https://ailleurs.example/lti/launch"},
        {"custom_parameters": {"a": {"b": "c"}}},
        {"messages": ["LtiResourceLinkRequest"]},
        {"claims": "name"},
    ],
)
def test_a_tool_configuration_that_does_not_hold_together_is_refused(visitor, tool, changes):
    answer = visitor.register(**{CONFIGURATION: tool.metadata()[CONFIGURATION] | changes})
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(visitor, body):
    headers = {"Authorization": f"Bearer {visitor.registration_token()}"}
    answer = visitor.client.post("/demo/register", data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 400


def test_registering_again_keeps_the_client_and_overwrites_the_rest(installed, tool):
    client_id, deployment_id = tool.client_id, tool.deployment_id
    installed.install(client_name="Passerelle bis")
    assert (tool.client_id, tool.deployment_id) == (client_id, deployment_id)
    installed.become("francois")
    assert "Passerelle bis" in installed.get("tools").text
