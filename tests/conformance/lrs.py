"""A store over HTTP for tests: a bare application with both mounts, and a client that speaks for a credential."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.database import Database
from xapi import http
from xapi.auth import create_credential
from xapi.sql_store import SqlStore
from xapi.store import Scope

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
EVERYTHING = Scope()
COURSE = "https://passerelle.example/xapi/parcours/mon-ent"


class Clock:
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        self.now = NOW + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


def application(database: Database, clock: Callable[[], datetime], *, max_body: int = http.MAX_BODY) -> Flask:
    """Both mounts on one store."""
    app = Flask("bare")
    store = SqlStore()
    sessions = lambda write: database.write() if write else database.read()  # noqa: E731
    for prefix, name, version in (("/xapi", "xapi", "1.0.3"), ("/xapi/2.0", "xapi_2", "2.0.0")):
        made = http.blueprint(
            sessions=sessions, store=store, name=name, default_version=version, clock=clock, max_body=max_body
        )
        app.register_blueprint(made, url_prefix=prefix)
    return app


class Lrs:
    """A client of one mount with one credential; `headers` of a call win over its own."""

    def __init__(self, client: FlaskClient, credential: str, version: str = "1.0.3") -> None:
        self.client, self.credential, self.version = client, credential, version
        self.mount = "/xapi" if version == "1.0.3" else "/xapi/2.0"

    def ask(self, method: str, path: str, *, headers: dict[str, str | None] | None = None, **more: Any) -> TestResponse:
        """One request; a header given as None is left out."""
        own = {"Authorization": self.credential, "X-Experience-API-Version": self.version} | (headers or {})
        sent = {name: value for name, value in own.items() if value is not None}
        query = more.pop("query", None)
        if query is not None:
            query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
        return self.client.open(self.mount + path, method=method, headers=sent, query_string=query, **more)

    def post(self, *statements: Any, **more: Any) -> TestResponse:
        """POST one statement, or several as a batch."""
        return self.ask("POST", "/statements", json=statements[0] if len(statements) == 1 else list(statements), **more)

    def put(self, statement: Any, identifier: str | UUID, **more: Any) -> TestResponse:
        """PUT one statement under an id."""
        return self.ask("PUT", "/statements", json=statement, query={"statementId": str(identifier)}, **more)

    def get(self, **query: Any) -> Any:
        """The JSON of a GET of statements that must succeed."""
        response = self.ask("GET", "/statements", query=query)
        assert response.status_code == 200, response.text
        return response.get_json()

    def numbers(self, **query: Any) -> list[int]:
        """The ids found, as numbers."""
        return [UUID(found["id"]).int for found in self.get(**query)["statements"]]

    def at(self, version: str) -> "Lrs":
        """The same credential on the mount of another version."""
        return Lrs(self.client, self.credential, version)


def basic(database: Database, *scopes: str, restrict: Scope = EVERYTHING) -> str:
    """The `Authorization` header of a new credential."""
    with database.write() as session:
        key, secret = create_credential(session, name="test", scopes=scopes, restrict=restrict, now=NOW)
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def refused(response: TestResponse, status: int = 400) -> tuple[str, str | None]:
    """The code and the property of a refusal, which is JSON and brief."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json"
    assert len(response.data) < 1000
    error = response.get_json()["error"]
    assert set(error) <= {"code", "message", "property"}
    return error["code"], error.get("property")


def minimal(number: int | None = None, **more: Any) -> dict[str, Any]:
    """The least that is a statement."""
    made: dict[str, Any] = {
        "actor": {"mbox": "mailto:parent@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": COURSE},
    }
    return made | ({} if number is None else {"id": str(UUID(int=number))}) | more


def reference(target: int, number: int, **more: Any) -> dict[str, Any]:
    """A statement about another."""
    return minimal(number, object={"objectType": "StatementRef", "id": str(UUID(int=target))}, **more)


def voiding(target: int, number: int) -> dict[str, Any]:
    """A statement that voids another."""
    return reference(target, number, verb={"id": "http://adlnet.gov/expapi/verbs/voided"})
