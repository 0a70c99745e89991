"""Access tokens, line items, scores, results and the roster."""

import json

import jwt
import pytest
from demo_tool import ALL_SCOPES, ROOT, SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_ROSTER, SCOPE_SCORE, local

# ---- access tokens


def test_a_signed_assertion_gets_a_token_of_an_hour(installed, tool):
    answer = installed.ask_token(scope=SCOPE_SCORE)
    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.json["scope"] == SCOPE_SCORE
    assert answer.headers["Cache-Control"] == "no-store"
    assert tool.fetches == [f"{tool.url}/jwks.json"]


def test_scopes_are_granted_only_where_asked_for_and_registered(visitor):
    visitor.install(scope=f"{SCOPE_SCORE} {SCOPE_ROSTER}")
    assert visitor.ask_token(scope=f"{SCOPE_SCORE} {SCOPE_RESULT}").json["scope"] == SCOPE_SCORE
    answer = visitor.ask_token(scope=SCOPE_RESULT)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, 401, "invalid_client"),
        ({"client_assertion": "a.b.c"}, 401, "invalid_client"),
        ({"scope": ""}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_token_request_is_refused(installed, changes, status, error):
    answer = installed.ask_token(**changes)
    assert (answer.status_code, answer.json["error"]) == (status, error)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"iss": "somebody"}, "iss"),
        ({"iss": None}, "iss"),
        ({"iss": ["x"]}, "iss"),
        ({"sub": "somebody"}, "sub"),
        ({"aud": ROOT}, "aud"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "missing-claim"),
        ({"iat": None}, "missing-claim"),
        ({"exp": 4102444800}, "times"),
        ({"nbf": 4102444800}, "times"),
        ({"jti": None}, "jti"),
        ({"jti": 3}, "jti"),
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(installed, tool, changes, detail):
    claims = {name: value for name, value in (tool.assertion() | changes).items() if value is not None}
    if isinstance(claims.get("iss"), list) or isinstance(claims.get("jti"), int):
        token = tool_signed(tool, claims)
    else:
        token = tool.sign(claims)
    answer = installed.ask_token(token)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.json["error_description"] in {detail, "malformed"}


def tool_signed(tool, claims):
    """PyJWT checks some types when it encodes: sign the bytes themselves."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), tool.key, algorithm="RS256", headers={"kid": "key-1"})


def test_an_assertion_is_good_once(installed, tool):
    assertion = tool.sign(tool.assertion())
    assert installed.ask_token(assertion).status_code == 200
    answer = installed.ask_token(assertion)
    assert (answer.status_code, answer.json["error_description"]) == (401, "jti already used")


def test_an_assertion_by_another_key_or_algorithm_is_refused(installed, tool, keys):
    for token in (
        tool.sign(tool.assertion(), key=keys["stranger"]),
        tool.sign(tool.assertion(), kid="other"),
        tool.sign(tool.assertion(), key="k" * 64, algorithm="HS256"),
        tool.sign(tool.assertion(), key=None, algorithm="none"),
    ):
        assert installed.ask_token(token).status_code == 401


def test_when_the_tools_keys_can_not_be_had_no_token_is_given(installed, tool):
    tool.jwks_status = "302 Found"
    assert installed.ask_token().status_code == 401


# ---- who may call


def test_a_call_without_a_good_token_is_refused(installed, clock):
    item = installed.graded()
    bearer = installed.bearer()
    assert installed.client.get(item).status_code == 401
    wrong = installed.client.get(item, headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    clock.advance(3600)
    assert installed.client.get(item, headers=bearer).status_code == 401


def test_a_token_opens_only_what_it_was_given_for(installed):
    item = installed.graded()
    path, _, query = item.partition("?")
    for scope, opened in ((SCOPE_LINE_ITEM, item), (SCOPE_RESULT, f"{path}/results?{query}")):
        others = installed.bearer(*(other for other in ALL_SCOPES if other != scope))
        assert installed.client.get(opened, headers=others).status_code == 403
        assert installed.client.get(opened, headers=installed.bearer(scope)).status_code == 200
    others = installed.bearer(SCOPE_LINE_ITEM, SCOPE_RESULT)
    assert installed.client.post(f"{path}/scores?{query}", headers=others).status_code == 403
    roster = installed.get(f"nrps/{installed.context()}/memberships", headers=others)
    assert (roster.status_code, roster.json["error"]) == (403, "insufficient_scope")


def test_a_token_of_before_a_reset_opens_nothing(installed):
    bearer = installed.bearer()
    installed.post("reset")
    assert installed.get(f"nrps/{installed.context()}/memberships", headers=bearer).status_code == 401


# ---- line items


def test_line_items_are_listed_and_filtered(installed):
    item = installed.graded()
    bearer, listing = installed.bearer(), f"ags/{installed.context()}/lineitems?type_id=1"
    answer = installed.get(listing, headers=bearer | {"Accept": "application/vnd.ims.lis.v2.lineitemcontainer+json"})
    assert answer.content_type == "application/vnd.ims.lis.v2.lineitemcontainer+json"
    (found,) = answer.json
    assert local(found["id"]) == item
    assert (found["label"], found["scoreMaximum"], found["resourceId"], found["tag"]) == (
        "Écrire à l’école",
        20,
        "r1",
        "t1",
    )
    link = found["resourceLinkId"]
    for query, count in (("tag=t1", 1), ("tag=t2", 0), ("resource_id=r1", 1), (f"resource_link_id={link}", 1)):
        assert len(installed.get(f"{listing}&{query}", headers=bearer).json) == count
    assert installed.client.get(item, headers=bearer).json == found


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_a_line_item_can_not_be_changed_or_deleted(installed, method):
    item = installed.graded()
    assert installed.client.open(item, method=method, headers=installed.bearer()).status_code == 405
    assert installed.client.get(item, headers=installed.bearer()).status_code == 200


def test_a_line_item_without_its_query_string_is_not_found(installed):
    path = installed.graded().partition("?")[0]
    assert installed.client.get(path, headers=installed.bearer()).status_code == 404
    assert installed.client.get(f"{path}?type_id=2", headers=installed.bearer()).status_code == 404


def test_what_is_not_there_is_not_found(installed):
    bearer = installed.bearer()
    for path in ("ags/other/lineitems?type_id=1", "nrps/other/memberships"):
        assert installed.get(path, headers=bearer).status_code == 404
    unknown = f"ags/{installed.context()}/lineitems/99/lineitem?type_id=1"
    assert installed.get(unknown, headers=bearer).status_code == 404


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.ims.lis.v2.lineitem+xml"])
def test_a_media_type_that_is_not_offered_is_refused(installed, accept):
    headers = installed.bearer() | {"Accept": accept}
    assert installed.client.get(installed.graded(), headers=headers).status_code == 406
    assert installed.get(f"nrps/{installed.context()}/memberships", headers=headers).status_code == 406


# ---- scores


def test_a_score_shows_in_the_gradebook_as_it_came_and_in_results_in_the_line_items_scale(installed):
    item = installed.graded()
    assert installed.send_score(item).status_code == 200
    page = installed.get("gradebook").text
    assert "8&nbsp;/&nbsp;10" in page
    assert "Bien commencé" in page
    assert "24/11/2026 à 08:00:00" in page
    (result,) = installed.results(item)
    assert (result["userId"], result["resultScore"], result["resultMaximum"]) == (installed.sub("zoe"), 16, 20)
    assert local(result["scoreOf"]) == item


def test_results_can_be_asked_for_one_person(installed):
    item = installed.graded()
    installed.send_score(item)
    installed.send_score(item, userId=installed.sub("noel"), scoreGiven=0)
    assert [result["resultScore"] for result in installed.results(item)].count(0) == 1
    assert len(installed.results(f"{item}&user_id={installed.sub('noel')}")) == 1
    assert installed.results(f"{item}&user_id=nobody") == []


@pytest.mark.parametrize("later", ["2026-11-24T08:00:00.250Z", "2026-11-24T08:00:00.999Z", "2026-11-23T08:00:00Z"])
def test_a_score_not_later_by_a_whole_second_is_a_conflict(installed, later):
    item = installed.graded()
    installed.send_score(item)
    answer = installed.send_score(item, timestamp=later, scoreGiven=1)
    assert (answer.status_code, answer.json["error"]) == (409, "conflict")
    assert installed.results(item)[0]["resultScore"] == 16


def test_a_later_score_replaces_the_former_and_no_comment_erases_the_comment(installed):
    item = installed.graded()
    installed.send_score(item)
    assert (
        installed.send_score(item, timestamp="2026-11-24T09:00:01+01:00", scoreGiven=9, comment=...).status_code == 200
    )
    (result,) = installed.results(item)
    assert (result["resultScore"], result["comment"]) == (18, "")


@pytest.mark.parametrize("changes", [{"gradingProgress": "PendingManual"}, {"scoreGiven": ..., "scoreMaximum": ...}])
def test_a_score_that_gives_nothing_clears_the_grade(installed, changes):
    item = installed.graded()
    installed.send_score(item)
    assert installed.send_score(item, timestamp="2026-11-24T08:00:01Z", **changes).status_code == 200
    assert installed.results(item) == []
    assert "Sans note" in installed.get("gradebook").text


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/vnd.ims.lis.v1.score+json; charset=utf-8",
        "application/vnd.ims.lis.v2.score+json",
    ],
)
def test_the_media_type_of_a_score_must_be_exact(installed, media_type):
    assert installed.send_score(installed.graded(), media_type=media_type).status_code == 415


@pytest.mark.parametrize("who", ["helene", "anais", "francois"])
def test_only_parents_are_graded(installed, who):
    answer = installed.send_score(installed.graded(), userId=installed.sub(who))
    assert answer.status_code == 400


def test_a_score_for_nobody_known_is_not_found(installed):
    assert installed.send_score(installed.graded(), userId="nobody").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("userId", ...),
        ("userId", 3),
        ("timestamp", ...),
        ("timestamp", "yesterday"),
        ("timestamp", "2026-11-24T08:00:00"),
        ("activityProgress", ...),
        ("activityProgress", "Done"),
        ("gradingProgress", ...),
        ("gradingProgress", "Graded"),
        ("scoreGiven", -1),
        ("scoreGiven", "8"),
        ("scoreGiven", True),
        ("scoreGiven", float("nan")),
        ("scoreMaximum", 0),
        ("scoreMaximum", ...),
        ("comment", ["x"]),
    ],
)
def test_a_score_that_does_not_follow_the_specification_is_refused(installed, name, value):
    answer = installed.send_score(installed.graded(), **{name: value})
    assert (answer.status_code, answer.json["error_description"]) == (400, name)


def test_a_comment_is_shown_as_text(installed):
    installed.send_score(installed.graded(), comment="<b>bravo</b>")
    assert "&lt;b&gt;bravo" in installed.get("gradebook").text


# ---- roster


def members(visitor, query=""):
    answer = visitor.get(f"nrps/{visitor.context()}/memberships{query}", headers=visitor.bearer(SCOPE_ROSTER))
    assert answer.status_code == 200
    assert answer.content_type == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    return answer


def test_the_roster_gives_short_roles_and_names_and_leaves_the_administrator_out(installed):
    body = members(installed).json
    assert body["context"]["id"] == installed.context()
    found = {member["name"]: member for member in body["members"]}
    assert set(found) == {"Zoé Lefèvre", "Noël Béranger-N’Diaye", "Hélène Crépin", "Anaïs Gauthier"}
    assert found["Zoé Lefèvre"]["roles"] == ["Learner"]
    assert found["Zoé Lefèvre"]["user_id"] == installed.sub("zoe")
    assert {member["status"] for member in found.values()} == {"Active"}
    assert not any("email" in member for member in found.values())


def test_the_roster_comes_in_pages(installed):
    seen, pages, query = [], 0, "?limit=3"
    while query:
        answer = members(installed, query)
        pages += 1
        seen += [member["user_id"] for member in answer.json["members"]]
        link = answer.headers.get("Link")
        query = "?" + link.split(">")[0].partition("?")[2] if link else ""
        assert link is None or link.endswith('; rel="next"')
    assert (pages, len(seen), len(set(seen))) == (2, 4, 4)


def test_the_roster_can_be_asked_by_role(installed):
    for role in ("Learner", "http://purl.imsglobal.org/vocab/lis/v2/membership%23Learner"):
        assert len(members(installed, f"?role={role}").json["members"]) == 2
    link = members(installed, "?role=Learner&limit=1").headers["Link"]
    assert "role=Learner" in link


def test_the_roster_can_be_asked_for_an_activity(installed):
    installed.place(installed.item(custom={"kind": "parcours"}))
    rlid = installed.claims("activity-1")["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["id"]
    answer = members(installed, f"?rlid={rlid}&limit=1")
    (message,) = answer.json["members"][0]["message"]
    assert message["https://purl.imsglobal.org/spec/lti/claim/custom"] == {"kind": "parcours"}
    assert f"rlid={rlid}" in answer.headers["Link"]
    unknown = installed.get(f"nrps/{installed.context()}/memberships?rlid=other", headers=installed.bearer())
    assert unknown.status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "from=x", "limit=99999999999"])
def test_a_page_that_makes_no_sense_is_refused(installed, query):
    answer = installed.get(f"nrps/{installed.context()}/memberships?{query}", headers=installed.bearer())
    assert answer.status_code == 400
