"""From the ENT into the tool: login initiation, authorization, claims."""

import re
from html import unescape

import jwt
import pytest
from demo_tool import CONFIGURATION, DEEP_LINKING, LTI, ROOT, SCOPE_SCORE, fields, local

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


def answered(visitor, **changes):
    return fields(visitor.post("auth", visitor.request_for(visitor.login("space"), **changes)))


@pytest.fixture
def parent(installed):
    installed.become("zoe")
    return installed


def test_the_login_is_posted_to_the_tool_with_all_that_it_needs(parent, tool):
    page = parent.get("launch/space").text
    assert f'action="{tool.url}/lti/login"' in page
    login = parent.login("space")
    assert login["iss"] == ROOT
    assert login["target_link_uri"] == f"{tool.url}/lti/launch"
    assert login["login_hint"] == parent.sub("zoe")
    assert (login["client_id"], login["lti_deployment_id"]) == (tool.client_id, tool.deployment_id)


def test_the_authorization_endpoint_needs_no_cookie(parent, app, tool):
    request = parent.request_for(parent.login("space"))
    page = app.test_client(use_cookies=False).post("/demo/auth", data=request)
    assert f'action="{tool.url}/lti/launch"' in page.text
    assert parent.read(fields(page)["id_token"])["sub"] == parent.sub("zoe")
    assert fields(page)["state"] == "the-state"


def test_the_authorization_endpoint_answers_a_get_too(parent):
    request = parent.request_for(parent.login("space"))
    assert "id_token" in fields(parent.get("auth", query_string=request))


def test_a_parent_is_a_learner_in_the_class(parent, tool, clock):
    parent.become("zoe", "ar")
    claims = parent.claims("space")
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ROOT, tool.client_id, "the-nonce")
    assert claims["exp"] - claims["iat"] == 60
    assert claims["iat"] == int(clock().timestamp())
    assert claims[f"{LTI}version"] == "1.3.0"
    assert claims[f"{LTI}message_type"] == "LtiResourceLinkRequest"
    assert claims[f"{LTI}deployment_id"] == tool.deployment_id
    assert claims[f"{LTI}roles"] == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]
    assert claims[f"{LTI}context"]["type"] == ["CourseSection"]
    assert claims[f"{LTI}launch_presentation"]["locale"] == "ar"
    assert claims[f"{LTI}tool_platform"]["product_family_code"] == "passerelle-demo"
    assert claims[f"{LTI}resource_link"]["title"] == "Mon espace"
    assert f"{LTI}custom" not in claims
    assert (claims["name"], claims["given_name"], claims["family_name"]) == ("Zoé Lefèvre", "Zoé", "Lefèvre")
    assert "email" not in claims


def test_names_are_given_only_to_a_tool_that_asked_for_them(visitor, tool):
    visitor.install(**{CONFIGURATION: tool.metadata()[CONFIGURATION] | {"claims": ["sub", "given_name"]}})
    visitor.become("noel")
    claims = visitor.claims("space")
    assert claims["given_name"] == "Noël"
    assert not {"name", "family_name"} & set(claims)


@pytest.mark.parametrize(
    ("who", "what", "roles"),
    [
        ("helene", "space", ["membership#Instructor"]),
        ("anais", "certification", ["membership#Instructor"]),
        ("francois", "administration", ["institution/person#Administrator", "system/person#Administrator"]),
    ],
)
def test_staff_come_with_their_roles(installed, who, what, roles):
    installed.become(who)
    expected = [f"http://purl.imsglobal.org/vocab/lis/v2/{role}" for role in roles]
    assert installed.claims(what)[f"{LTI}roles"] == expected


@pytest.mark.parametrize(
    ("who", "what"),
    [("zoe", "deep-linking"), ("zoe", "administration"), ("helene", "certification"), ("francois", "deep-linking")],
)
def test_nobody_goes_where_they_have_no_business(installed, who, what):
    installed.become(who)
    assert installed.get(f"launch/{what}").status_code == 403
    assert installed.get(f"open/{what}").status_code == 403


def test_somebody_who_has_not_said_who_they_are_launches_nothing(installed, app):
    assert app.test_client().get("/demo/launch/space").status_code == 403


@pytest.mark.parametrize("what", ["activity-99", "activity-x", "elsewhere", "activity-" + "9" * 40])
def test_what_does_not_exist_is_not_launched(parent, what):
    assert parent.get(f"launch/{what}").status_code == 404


def test_an_activity_without_grade_claims_no_line_item(installed):
    installed.place(installed.item(custom={"kind": "parcours", "n": 3, "yes": True}, text="Un texte"))
    installed.become("noel")
    claims = installed.claims("activity-1")
    assert claims[f"{LTI}target_link_uri"].endswith("/lti/launch/x")
    assert claims[f"{LTI}custom"] == {"kind": "parcours", "n": "3", "yes": "true"}
    assert claims[f"{LTI}resource_link"]["title"] == "Écrire à l’école"
    assert claims[f"{LTI}resource_link"]["description"] == "Un texte"
    assert set(claims[AGS]) == {"scope", "lineitems"}
    assert claims[NRPS]["service_versions"] == ["2.0"]


def test_a_graded_activity_claims_its_line_item_with_its_query_string(installed):
    item = installed.graded()
    installed.become("zoe")
    claimed = installed.claims("activity-1")[AGS]["lineitem"]
    assert local(claimed) == item
    assert "?type_id=" in claimed


def test_services_that_were_not_registered_are_not_claimed(visitor):
    visitor.install(scope="")
    visitor.become("zoe")
    assert not {AGS, NRPS} & set(visitor.claims("space"))
    visitor.install(scope=SCOPE_SCORE)
    claims = visitor.claims("space")
    assert claims[AGS]["scope"] == [SCOPE_SCORE]
    assert NRPS not in claims


def test_deep_linking_asks_for_links_several_at_once_and_without_data(installed, tool):
    installed.become("helene")
    assert installed.login("deep-linking")["target_link_uri"] == f"{tool.url}/lti/choose"
    claims = installed.claims("deep-linking")
    settings = claims[f"{DEEP_LINKING}deep_linking_settings"]
    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingRequest"
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert settings["deep_link_return_url"].startswith(f"{ROOT}/deep-links/")
    assert "data" not in settings
    assert NRPS not in claims
    assert f"{LTI}resource_link" not in claims


# ---- what the authorization endpoint refuses


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://ailleurs.example/lti/launch"},
    ],
)
def test_an_unknown_client_or_redirect_uri_is_sent_nowhere(parent, changes):
    page = parent.post("auth", parent.request_for(parent.login("space"), **changes))
    assert page.status_code == 400
    assert "<form" not in page.text


@pytest.mark.parametrize("suffix", ["/", "?x=1", "/..", "#x"])
def test_a_redirect_uri_must_be_a_registered_one_exactly(parent, tool, suffix):
    request = parent.request_for(parent.login("space"), redirect_uri=f"{tool.url}/lti/launch{suffix}")
    assert parent.post("auth", request).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": None}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"prompt": None}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"nonce": None}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"login_hint": "somebody"}, "login_required"),
        ({"login_hint": None}, "login_required"),
        ({"lti_message_hint": None}, "invalid_request"),
        ({"lti_message_hint": "a.b.c"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_answered_with_an_error_at_the_redirect_uri(parent, tool, changes, error):
    posted = answered(parent, **changes)
    assert posted["error"] == error
    assert posted["state"] == "the-state"
    assert "id_token" not in posted


def test_somebody_elses_login_hint_is_refused(parent):
    assert answered(parent, login_hint=parent.sub("helene"))["error"] == "login_required"


def test_a_hint_is_good_once(parent):
    request = parent.request_for(parent.login("space"))
    assert "id_token" in fields(parent.post("auth", request))
    assert fields(parent.post("auth", request))["error"] == "invalid_request"


def test_a_hint_lives_five_minutes(parent, clock):
    request = parent.request_for(parent.login("space"))
    clock.advance(300)
    assert fields(parent.post("auth", request))["error"] == "invalid_request"


def test_a_hint_signed_by_somebody_else_is_refused(parent):
    hint = jwt.decode(parent.login("space")["lti_message_hint"], options={"verify_signature": False})
    forged = jwt.encode(hint | {"jti": "other"}, "x" * 64, algorithm="HS256")
    unsigned = jwt.encode(hint | {"jti": "other"}, None, algorithm="none")
    for token in (forged, unsigned):
        assert answered(parent, lti_message_hint=token)["error"] == "invalid_request"


def test_a_deep_linking_ticket_is_no_hint(installed):
    installed.become("helene")
    settings = installed.claims("deep-linking")[f"{DEEP_LINKING}deep_linking_settings"]
    ticket = settings["deep_link_return_url"].rpartition("/")[2]
    assert answered(installed, lti_message_hint=ticket)["error"] == "invalid_request"


def test_a_hint_for_an_activity_of_before_a_reset_is_refused(parent):
    request = parent.request_for(parent.login("space"))
    parent.post("reset")
    parent.install()
    request["client_id"] = parent.tool.client_id
    assert fields(parent.post("auth", request))["error"] == "invalid_request"


def test_what_comes_from_outside_is_escaped(parent):
    page = parent.post("auth", parent.request_for(parent.login("space"), state='"><script>x</script>'))
    assert "<script>x" not in page.text
    assert unescape(re.search(r'name="state" value="([^"]*)"', page.text)[1]) == '"><script>x</script>'
