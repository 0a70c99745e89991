"""The Statement resource over HTTP, in a bare application."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lrs import COURSE, EVERYTHING, NOW, Clock, application, basic
from werkzeug.test import TestResponse

from lti_tool.database import Database
from xapi import http, statements
from xapi.formats import parse_timestamp
from xapi.sql_store import SqlStore
from xapi.store import Scope
from xapi.vocabulary import ActivityType, Verb

A, B = Scope("https://a.example", "1", "0951234A"), Scope("https://b.example", "2", "0759999B")
AUTHORITY = statements.account_actor("https://passerelle.example", "passerelle")
VERSION = {"X-Experience-API-Version": "1.0.3"}


@pytest.fixture
def client(database: Database, clock: Clock) -> FlaskClient:
    app, store = application(database, clock), SqlStore()
    with database.write() as session:
        for number in range(1, 7):
            scope, name = (A, "p-a") if number % 2 else (B, "p-b")
            store.add(
                session, [done(number, name)], scope=scope, authority=AUTHORITY, now=NOW + timedelta(minutes=number)
            )
    return app.test_client()


def done(number: int, name: str) -> dict[str, Any]:
    return statements.statement(
        id=UUID(int=number),
        actor=statements.account_actor("https://ent.example", name),
        verb=statements.verb(Verb.COMPLETED),
        object=statements.activity(COURSE, type=ActivityType.COURSE, name={"fr": "Été", "ar": "صيف"}),
        timestamp=NOW,
    )


Credential = Callable[..., dict[str, str]]


@pytest.fixture
def credential(database: Database) -> Credential:
    def make(*scopes: str, restrict: Scope = EVERYTHING) -> dict[str, str]:
        return VERSION | {"Authorization": basic(database, *(scopes or ("statements/read",)), restrict=restrict)}

    return make


def numbers(response: TestResponse) -> list[int]:
    assert response.status_code == 200, response.text
    return [UUID(found["id"]).int for found in json.loads(response.text)["statements"]]


def code(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/json"
    assert set(response.get_json()["error"]) <= {"code", "message", "property"}
    return response.status_code, response.get_json()["error"]["code"]


def test_about_is_for_everybody_and_names_the_versions(client: FlaskClient) -> None:
    response = client.get("/xapi/about")
    assert response.status_code == 200
    assert response.get_json()["version"] == ["1.0.3", "2.0.0"]
    assert response.headers["X-Experience-API-Version"] == "1.0.3"


def test_a_reader_gets_statements_newest_first(client: FlaskClient, credential: Credential) -> None:
    response = client.get("/xapi/statements", headers=credential())
    assert numbers(response) == [6, 5, 4, 3, 2, 1]
    body = response.get_json()
    assert body["more"] == ""
    assert "صيف" in response.text
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "answered"), [("1.0", "1.0.3"), ("1.0.0", "1.0.3"), ("1.0.9", "1.0.3"), ("2.0.0", "2.0.0")]
)
def test_the_version_is_negotiated(client: FlaskClient, credential: Credential, asked: str, answered: str) -> None:
    response = client.get("/xapi/statements", headers=credential() | {"X-Experience-API-Version": asked})
    assert response.status_code == 200
    assert response.headers["X-Experience-API-Version"] == answered


@pytest.mark.parametrize(("mount", "default"), [("/xapi", "1.0.3"), ("/xapi/2.0", "2.0.0")])
@pytest.mark.parametrize("asked", [None, "", "0.95", "1.1.0", "3.0.0", "x"])
def test_a_version_missing_or_unknown_is_refused(
    client: FlaskClient, credential: Credential, mount: str, default: str, asked: str | None
) -> None:
    headers = {name: value for name, value in credential().items() if name != "X-Experience-API-Version"}
    if asked is not None:
        headers["X-Experience-API-Version"] = asked
    response = client.get(f"{mount}/statements", headers=headers)
    assert code(response) == (400, "version-unsupported" if asked else "version-missing")
    assert response.headers["X-Experience-API-Version"] == default


def test_every_answer_about_statements_says_until_when_it_is_consistent(
    client: FlaskClient, credential: Credential, clock: Clock
) -> None:
    headers = credential()
    for path, status in (
        ("/xapi/statements", 200),
        (f"/xapi/statements?statementId={UUID(int=1)}", 200),
        (f"/xapi/statements?statementId={UUID(int=99)}", 404),
        ("/xapi/statements?limit=x", 400),
        ("/xapi/statements/more/x", 400),
    ):
        response = client.get(path, headers=headers)
        assert response.status_code == status
        through = parse_timestamp(response.headers["X-Experience-API-Consistent-Through"])
        assert through is not None
        assert timedelta(0) <= clock.now - through <= timedelta(seconds=1)
    for bare in (client.get("/xapi/statements"), client.get("/xapi/statements", headers=VERSION)):
        assert "X-Experience-API-Consistent-Through" in bare.headers
    assert "X-Experience-API-Consistent-Through" not in client.get("/xapi/about").headers


@pytest.mark.parametrize("header", [None, "Basic eDp5", "Bearer abc"])
def test_without_a_good_credential_there_is_nothing(client: FlaskClient, header: str | None) -> None:
    response = client.get("/xapi/statements", headers=VERSION | ({"Authorization": header} if header else {}))
    assert code(response) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert "statements" not in response.get_json()


def test_a_credential_that_may_not_read_is_told_so(client: FlaskClient, credential: Credential) -> None:
    assert code(client.get("/xapi/statements", headers=credential("statements/write", "state"))) == (
        403,
        "out-of-scope",
    )


def test_a_reader_of_its_own_statements_sees_no_others(
    client: FlaskClient, credential: Credential, database: Database
) -> None:
    headers = credential("statements/read/mine")
    assert numbers(client.get("/xapi/statements", headers=headers)) == []
    assert client.get(f"/xapi/statements?statementId={UUID(int=1)}", headers=headers).status_code == 404
    key = base64.b64decode(headers["Authorization"][6:]).decode().partition(":")[0]
    own = statements.account_actor("http://localhost/", key)
    with database.write() as session:
        SqlStore().add(session, [done(70, "p-c")], scope=A, authority=own, now=NOW)
    assert numbers(client.get("/xapi/statements", headers=headers)) == [70]


def test_too_many_bad_credentials_must_wait(client: FlaskClient, credential: Credential, clock: Clock) -> None:
    good = credential()
    for _ in range(20):
        assert client.get("/xapi/statements", headers=VERSION).status_code == 401
    response = client.get("/xapi/statements", headers=good)
    assert code(response) == (429, "too-many-failures")
    assert int(response.headers["Retry-After"]) <= 60
    clock.now += timedelta(minutes=2)
    assert client.get("/xapi/statements", headers=good).status_code == 200


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/xapi/statements", ["DELETE", "PATCH"]),
        ("/xapi/statements/more/x", ["POST", "PUT", "DELETE", "PATCH"]),
        ("/xapi/about", ["POST", "PUT", "DELETE", "PATCH"]),
        ("/xapi/agents", ["POST", "PUT", "DELETE", "PATCH"]),
        ("/xapi/activities", ["POST", "PUT", "DELETE", "PATCH"]),
        ("/xapi/activities/state", ["PATCH"]),
    ],
)
def test_other_methods_are_refused_with_those_allowed(client: FlaskClient, path: str, methods: list[str]) -> None:
    for method in methods:
        response = client.open(path, method=method, headers=VERSION)
        assert code(response) == (405, "method-refused")
        assert "GET" in response.headers["Allow"]
        assert method not in response.headers["Allow"]
        assert "X-Experience-API-Version" in response.headers


def test_head_answers_as_get_without_a_body(client: FlaskClient, credential: Credential) -> None:
    headers = credential()
    response = client.head("/xapi/statements", headers=headers)
    assert response.status_code == 200
    assert response.data == b""
    assert int(response.headers["Content-Length"]) == len(client.get("/xapi/statements", headers=headers).data)


def test_what_is_no_resource_is_not_found_in_json(client: FlaskClient) -> None:
    for path in ("/xapi/", "/xapi/nothing/here", "/xapi/statements/x"):
        assert code(client.get(path)) == (404, "resource-not-found")
        assert code(client.post(path)) == (404, "resource-not-found")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=-1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("verb=answered", "verb"),
        ("agent={", "agent"),
        ("agent=" + "[" * 3000, "agent"),
        ("Verb=urn:x:y", "Verb"),
        ("since=yesterday", "since"),
        (f"statementId={UUID(int=1)}&limit=1", "statementId"),
        ("format=XML", "format"),
        ("x" * 3000 + "=1", "x" * 300),
    ],
)
def test_a_bad_parameter_is_refused_by_name_and_briefly(
    client: FlaskClient, credential: Credential, query: str, named: str
) -> None:
    response = client.get(f"/xapi/statements?{query}", headers=credential())
    assert code(response) == (400, "parameter-invalid")
    assert response.get_json()["error"]["property"] == named
    assert len(response.data) < 1000


def test_every_parameter_can_be_asked(client: FlaskClient, credential: Credential) -> None:
    headers = credential()
    agent = json.dumps(statements.account_actor("https://ent.example", "p-a"))
    for query, found in (
        ({"agent": agent}, [5, 3, 1]),
        ({"verb": Verb.COMPLETED.value}, [6, 5, 4, 3, 2, 1]),
        ({"verb": Verb.FAILED.value}, []),
        ({"activity": COURSE, "limit": "2"}, [6, 5]),
        ({"registration": str(UUID(int=1))}, []),
        ({"since": "2027-03-01T08:02:00Z", "ascending": "true"}, [3, 4, 5, 6]),
        ({"until": "2027-03-01T10:02:00+02:00"}, [2, 1]),
        ({"agent": json.dumps(AUTHORITY), "related_agents": "true"}, [6, 5, 4, 3, 2, 1]),
    ):
        assert numbers(client.get("/xapi/statements", query_string=query, headers=headers)) == found


def test_one_statement_comes_alone_with_its_date(client: FlaskClient, credential: Credential) -> None:
    response = client.get(f"/xapi/statements?statementId={UUID(int=3)}", headers=credential())
    found = response.get_json()
    assert found["id"] == str(UUID(int=3))
    assert response.last_modified == parse_timestamp(found["stored"])


def test_formats_are_rendered(client: FlaskClient, credential: Credential) -> None:
    path = f"/xapi/statements?statementId={UUID(int=3)}&format="
    headers = credential() | {"Accept-Language": "ar-MA, fr;q=0.5"}
    assert client.get(path + "ids", headers=headers).get_json()["object"] == {"id": COURSE}
    canonical = client.get(path + "canonical", headers=headers).get_json()
    assert canonical["object"]["definition"]["name"] == {"ar": "صيف"}
    assert len(client.get(path + "exact", headers=headers).get_json()["object"]["definition"]["name"]) == 2


def test_attachments_are_asked_for_in_parts(client: FlaskClient, credential: Credential) -> None:
    from email import message_from_bytes

    response = client.get("/xapi/statements?attachments=true&limit=1", headers=credential())
    message = message_from_bytes(b"Content-Type: " + response.content_type.encode() + b"\r\n\r\n" + response.data)
    (part,) = message.get_payload()  # type: ignore[misc]
    assert part.get_content_type() == "application/json"  # type: ignore[union-attr]
    assert len(json.loads(part.get_payload(decode=True))["statements"]) == 1  # type: ignore[union-attr,arg-type]


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_more_goes_on_from_the_root_of_the_server(client: FlaskClient, credential: Credential, ascending: str) -> None:
    headers = credential()
    path, seen = f"/xapi/statements?limit=2&ascending={ascending}&activity={COURSE}", []
    while path:
        response = client.get(path, headers=headers)
        seen += numbers(response)
        path = response.get_json()["more"]
        assert path == "" or path.startswith("/xapi/statements/more/")
    assert seen == ([1, 2, 3, 4, 5, 6] if ascending == "true" else [6, 5, 4, 3, 2, 1])


def test_more_says_where_the_application_is_mounted(client: FlaskClient, credential: Credential) -> None:
    response = client.get("/xapi/2.0/statements?limit=2", headers=credential(), base_url="https://host.example/tool")
    assert response.get_json()["more"].startswith("/tool/xapi/2.0/statements/more/")


@pytest.mark.parametrize("restrict", [Scope(platform=A.platform), Scope(school=A.school), A])
def test_a_restricted_reader_reaches_nothing_beyond(
    client: FlaskClient, credential: Credential, restrict: Scope
) -> None:
    everything, headers = credential(), credential("all", restrict=restrict)
    assert numbers(client.get("/xapi/statements", headers=headers)) == [5, 3, 1]
    theirs = json.dumps(statements.account_actor("https://ent.example", "p-b"))
    for query in (
        {"agent": theirs},
        {"agent": theirs, "related_agents": "true"},
        {"since": "2027-03-01T08:05:00Z"},
    ):
        assert numbers(client.get("/xapi/statements", query_string=query, headers=headers)) == []
    for parameter in ("statementId", "voidedStatementId"):
        response = client.get(f"/xapi/statements?{parameter}={UUID(int=2)}", headers=headers)
        assert code(response) == (404, "statement-not-found")
    more = client.get("/xapi/statements?limit=1", headers=everything).get_json()["more"]
    assert numbers(client.get(more, headers=headers)) == [5]
    assert numbers(client.get(more, headers=everything)) == [5]


def test_a_credential_remembers_its_use(
    client: FlaskClient, credential: Credential, database: Database, clock: Clock
) -> None:
    from xapi.sql_credentials import list_credentials

    headers = credential()
    client.get("/xapi/statements", headers=headers)
    with database.read() as session:
        (found,) = list_credentials(session)
    assert found.last_used_at == clock.now


def test_a_defect_is_answered_in_json_without_a_trace(clock: Clock) -> None:
    app = Flask("broken")

    def broken(write: bool) -> Any:
        raise ZeroDivisionError

    app.register_blueprint(http.blueprint(sessions=broken, store=SqlStore(), clock=clock), url_prefix="/xapi")
    response = app.test_client().get("/xapi/statements", headers=VERSION)
    assert code(response) == (500, "internal")
    assert "ZeroDivision" not in response.text
