"""The alternate request syntax, the Agents and Activities resources, and what browsers of other origins need."""

import json
from typing import Any
from uuid import UUID

import pytest
from lrs import COURSE, Lrs, basic, minimal, refused
from werkzeug.test import TestResponse

from lti_tool.database import Database
from xapi.store import Scope

AGENT = {"mbox": "mailto:parent@example.org"}


# Alternate syntax


def form(lrs: Lrs, method: str, path: str = "/statements", *, query: str = "", **fields: object) -> TestResponse:
    """A request in a form, the credential and the version inside it as well."""
    inside = {"Authorization": lrs.credential, "X-Experience-API-Version": lrs.version}
    given = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    bare: dict[str, str | None] = {"Authorization": None, "X-Experience-API-Version": None}
    return lrs.ask("POST", f"{path}?method={method}{query}", data=inside | given, headers=bare)


def test_every_method_can_be_asked_in_a_form(lrs: Lrs) -> None:
    assert form(lrs, "PUT", statementId=str(UUID(int=1)), content=minimal()).status_code == 204
    assert form(lrs, "POST", content=[minimal(2)]).get_json() == [str(UUID(int=2))]
    found = form(lrs, "GET", limit="1", verb=minimal()["verb"]["id"])
    assert [one["id"] for one in found.get_json()["statements"]] == [str(UUID(int=2))]
    assert form(lrs, "HEAD", limit="1").status_code == 200
    state: dict[str, Any] = {"activityId": COURSE, "agent": AGENT, "stateId": "é"}
    text = {"content": "é", "Content-Type": "text/plain; charset=utf-8", "If-None-Match": "*"}
    assert form(lrs, "PUT", "/activities/state", **state, **text).status_code == 204
    assert refused(form(lrs, "PUT", "/activities/state", **state, **text), 412)
    assert form(lrs, "GET", "/activities/state", **state).text == "é"
    assert form(lrs, "DELETE", "/activities/state", **state).status_code == 204
    assert form(lrs, "GET", "/agents", agent=AGENT).get_json()["objectType"] == "Person"


def test_a_form_that_is_not_wholly_one_is_refused(here: Lrs) -> None:
    one = str(UUID(int=1))
    for response, named in (
        (form(here, "PUT", statementId=one), "content"),
        (form(here, "GET", content={}), "content"),
        (form(here, "PUT", query=f"&statementId={one}", content=minimal()), "statementId"),
        (form(here, "PATCH", content={}), "method"),
        (form(here, "get"), "method"),
        (form(here, "GET", query="&method=GET"), "method"),
        (form(here, "GET", unknown="1"), "unknown"),
        (form(here, "GET", **{"X-Experience-API-Version": "0.95"}), "X-Experience-API-Version"),
        (here.ask("PUT", "/statements?method=POST", json=minimal()), "method"),
        (here.ask("POST", "/statements?method=PUT", json=minimal()), "Content-Type"),
        (
            here.ask("POST", "/statements?method=PUT", data=b"%ff=1", content_type="application/x-www-form-urlencoded"),
            "body",
        ),
        (
            here.ask(
                "POST", "/statements?method=PUT", data=b"x&" * 200, content_type="application/x-www-form-urlencoded"
            ),
            "body",
        ),
    ):
        assert refused(response)[1] == named
    assert here.numbers() == []


def test_the_forms_own_credential_and_method_count(sqlite: Database, here: Lrs) -> None:
    reader = Lrs(here.client, basic(sqlite, "statements/read"))
    assert refused(form(reader, "POST", content=minimal()), 403)[0] == "out-of-scope"
    assert refused(form(here, "DELETE"), 405)[0] == "method-refused"
    assert refused(form(here, "GET", Authorization="Basic eDp5"), 401)[0] == "unauthenticated"


def test_version_2_has_no_alternate_syntax(here: Lrs) -> None:
    two = here.at("2.0.0")
    assert refused(form(two, "GET"))[1] == "method"
    assert refused(two.ask("POST", "/statements?method=PUT", json=minimal()))[1] == "method"


# Agents and activities


def test_an_agent_is_known_by_the_names_that_statements_give_it(lrs: Lrs) -> None:
    named = AGENT | {"name": "A parent"}
    lrs.post(minimal(1, actor=named), minimal(2, object={"objectType": "Agent", "name": "P", **AGENT}))
    lrs.post(minimal(3, actor={"openid": "https://other.example", "name": "Other"}))
    answer = lrs.ask("GET", "/agents", query={"agent": AGENT})
    assert answer.get_json() == {"objectType": "Person", "name": ["A parent", "P"], "mbox": [AGENT["mbox"]]}
    account = {"account": {"homePage": "https://ent.example", "name": "nobody"}}
    unknown = lrs.ask("GET", "/agents", query={"agent": account})
    assert unknown.get_json() == {"objectType": "Person", "account": [account["account"]]}


def test_an_activity_is_given_with_what_is_known_of_it(lrs: Lrs) -> None:
    first = {"id": COURSE, "definition": {"name": {"fr": "Mon ENT"}, "type": "https://a.example/t"}}
    second = {"id": COURSE, "definition": {"name": {"en": "My ENT", "fr": "L’ENT"}, "moreInfo": "https://a.example/m"}}
    lrs.post(minimal(1, object=first))
    lrs.post(minimal(2, object={"id": "urn:x:y"}, context={"contextActivities": {"parent": second}}))
    assert lrs.ask("GET", "/activities", query={"activityId": COURSE}).get_json() == {
        "objectType": "Activity",
        "id": COURSE,
        "definition": {
            "name": {"fr": "L’ENT", "en": "My ENT"},
            "type": "https://a.example/t",
            "moreInfo": "https://a.example/m",
        },
    }
    unknown = lrs.ask("GET", "/activities", query={"activityId": "urn:not:known"})
    assert unknown.get_json() == {"objectType": "Activity", "id": "urn:not:known"}


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        ("/agents", {}, "agent"),
        ("/agents", {"agent": "x"}, "agent"),
        ("/agents", {"agent": {"objectType": "Group", "mbox": "mailto:g@example.org"}}, "agent.objectType"),
        ("/agents", {"agent": AGENT | {"openid": "https://x.example"}}, "agent"),
        ("/agents", {"agent": AGENT, "limit": "1"}, "limit"),
        ("/activities", {}, "activityId"),
        ("/activities", {"activityId": "x"}, "activityId"),
        ("/activities", {"ActivityId": COURSE}, "ActivityId"),
    ],
)
def test_an_agent_or_activity_is_asked_for_by_itself(here: Lrs, path: str, query: object, named: str) -> None:
    assert refused(here.ask("GET", path, query=query))[1] == named


def test_what_a_restricted_reader_may_not_read_is_not_told_of(lrs: Lrs, database: Database) -> None:
    lrs.post(minimal(1, actor=AGENT | {"name": "A parent"}, object={"id": COURSE, "definition": {"name": {"fr": "X"}}}))
    near = Lrs(lrs.client, basic(database, "all", restrict=Scope(school="B")))
    assert "name" not in near.ask("GET", "/agents", query={"agent": AGENT}).get_json()
    assert "definition" not in near.ask("GET", "/activities", query={"activityId": COURSE}).get_json()
    writer = Lrs(lrs.client, basic(database, "statements/write"))
    for path, query in (("/agents", {"agent": AGENT}), ("/activities", {"activityId": COURSE})):
        assert refused(writer.ask("GET", path, query=query), 403)[0] == "out-of-scope"


# Other origins


@pytest.mark.parametrize("path", ["/statements", "/statements/more/x", "/activities/state", "/agents", "/about"])
def test_a_page_of_another_origin_is_told_what_it_may_ask(here: Lrs, path: str) -> None:
    response = here.client.options(f"/xapi{path}", headers={"Origin": "https://reader.example"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "X-Experience-API-Version" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_page_of_another_origin_may_read_answers_and_refusals(here: Lrs) -> None:
    for response in (here.post(minimal()), here.post({}), here.post({}, headers={"Authorization": None})):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "X-Experience-API-Consistent-Through" in response.headers["Access-Control-Expose-Headers"]
