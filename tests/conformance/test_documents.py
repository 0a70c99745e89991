"""State, activity profile and agent profile documents over HTTP."""

import json
from datetime import timedelta
from hashlib import sha1
from typing import Any
from uuid import UUID

import pytest
from lrs import COURSE, Clock, Lrs, basic, refused
from werkzeug.test import TestResponse

from lti_tool.database import Database
from xapi.formats import parse_timestamp
from xapi.store import Scope

AGENT = {"account": {"homePage": "https://ent.example", "name": "p-1"}}
PLACES: dict[str, dict[str, Any]] = {
    "/activities/state": {"activityId": COURSE, "agent": AGENT, "stateId": "bookmark"},
    "/activities/profile": {"activityId": COURSE, "profileId": "texts"},
    "/agents/profile": {"agent": AGENT, "profileId": "wishes"},
}
EVERY = pytest.mark.parametrize("path", PLACES)
NEW = {"If-None-Match": "*"}


def ask(lrs: Lrs, method: str, path: str, body: object = None, **more: Any) -> TestResponse:
    """A request about the document of the path; parameters given as None are left out."""
    query = {name: value for name, value in (PLACES[path] | more.pop("query", {})).items() if value is not None}
    if body is not None:
        more["data"] = body if isinstance(body, bytes) else json.dumps(body).encode()
        more["headers"] = {"Content-Type": "application/json"} | more.get("headers", {})
    return lrs.ask(method, path, query=query, **more)


def without_id(path: str) -> dict[str, None]:
    return {"stateId" if path.endswith("state") else "profileId": None}


@EVERY
def test_a_document_is_kept_as_it_came_and_given_with_its_etag_and_date(lrs: Lrs, clock: Clock, path: str) -> None:
    content = b"\x00\xff not JSON at all"
    headers = NEW | {"Content-Type": "image/x-thing; q=1"}
    assert ask(lrs, "PUT", path, content, headers=headers).status_code == 204
    response = ask(lrs, "GET", path)
    assert response.data == content
    assert response.content_type == "image/x-thing; q=1"
    assert response.headers["ETag"] == f'"{sha1(content).hexdigest()}"'
    assert response.last_modified == clock.now
    assert "sandbox" in response.headers["Content-Security-Policy"]
    head = ask(lrs, "HEAD", path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", response.headers["ETag"])
    assert ask(lrs, "DELETE", path).status_code == 204
    assert refused(ask(lrs, "GET", path), 404) == ("document-not-found", None)


@EVERY
def test_posted_objects_are_merged_one_level_deep(lrs: Lrs, path: str) -> None:
    assert ask(lrs, "POST", path, {"a": {"x": 1}, "b": 1}).status_code == 204
    assert ask(lrs, "POST", path, {"a": {"y": 2}, "c": None}).status_code == 204
    assert ask(lrs, "GET", path).get_json() == {"a": {"y": 2}, "b": 1, "c": None}


@EVERY
@pytest.mark.parametrize(("standing", "given"), [("[1]", "{}"), ("{}", "[1]"), ("{}", "7")])
def test_only_objects_are_merged(here: Lrs, path: str, standing: str, given: str) -> None:
    assert ask(here, "PUT", path, standing.encode(), headers=NEW).status_code == 204
    assert refused(ask(here, "POST", path, given.encode())) == ("content-invalid", "body")
    assert ask(here, "GET", path).text == standing


def test_other_media_types_are_not_merged(here: Lrs) -> None:
    path = "/activities/state"
    ask(here, "PUT", path, b"{}", headers={"Content-Type": "text/plain"})
    assert refused(ask(here, "POST", path, {})) == ("content-invalid", "body")
    ask(here, "PUT", path, {})
    assert refused(ask(here, "POST", path, b"{}", headers={"Content-Type": "text/plain"}))[0] == "content-invalid"


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 5_000, b"[" * 200 + b"]" * 200])
def test_a_document_that_says_it_is_json_must_be(here: Lrs, body: bytes) -> None:
    for method in ("PUT", "POST"):
        assert refused(ask(here, method, "/activities/state", body))[0] == "content-invalid"
    assert ask(here, "GET", "/activities/state").status_code == 404


@EVERY
def test_changes_are_made_by_who_knows_what_stands(lrs: Lrs, path: str) -> None:
    ask(lrs, "POST", path, {"a": 1})
    etag = ask(lrs, "GET", path).headers["ETag"]
    for method, body in (("PUT", {"a": 2}), ("POST", {"a": 2}), ("DELETE", None)):
        response = ask(lrs, method, path, body, headers={"If-Match": '"0"'})
        assert refused(response, 412) == ("precondition-failed", None)
    assert refused(ask(lrs, "PUT", path, {"a": 2}, headers=NEW), 412)[0] == "precondition-failed"
    assert ask(lrs, "GET", path).get_json() == {"a": 1}
    assert ask(lrs, "PUT", path, {"a": 2}, headers={"If-Match": f'"0", W/{etag}'}).status_code == 204
    assert ask(lrs, "POST", path, {"b": 3}, headers={"If-Match": "*"}).status_code == 204
    assert ask(lrs, "GET", path).get_json() == {"a": 2, "b": 3}
    assert refused(ask(lrs, "DELETE", path, headers={"If-Match": etag}), 412)
    assert ask(lrs, "DELETE", path, headers={"If-Match": ask(lrs, "GET", path).headers["ETag"]}).status_code == 204
    assert refused(ask(lrs, "PUT", path, {}, headers={"If-Match": "*"}), 412)


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@EVERY
def test_what_a_put_without_precondition_may_do(here: Lrs, version: str, path: str) -> None:
    lrs, state = here.at(version), path == "/activities/state"
    first = ask(lrs, "PUT", path, {"a": 1})
    if state or version == "2.0.0":
        assert first.status_code == 204
    else:
        assert refused(first) == ("precondition-unsaid", None)
        ask(lrs, "PUT", path, {"a": 1}, headers=NEW)
    second = ask(lrs, "PUT", path, {"a": 2})
    if state and version == "1.0.3":
        assert second.status_code == 204
    else:
        assert refused(second, 409) == ("precondition-missing", None)
        assert ask(lrs, "GET", path).get_json() == {"a": 1}


@EVERY
def test_documents_of_a_place_are_listed_and_those_changed_since(lrs: Lrs, clock: Clock, path: str) -> None:
    name = next(iter(without_id(path)))
    assert ask(lrs, "GET", path, query={name: None}).get_json() == []
    for number in range(3):
        ask(lrs, "POST", path, {"n": number}, query={name: f"d{number}"})
        clock.now += timedelta(minutes=1)
    listed = ask(lrs, "GET", path, query={name: None})
    assert listed.get_json() == ["d0", "d1", "d2"]
    assert listed.last_modified == clock.now - timedelta(minutes=1)
    since = (clock.now - timedelta(minutes=2)).isoformat()
    assert ask(lrs, "GET", path, query={name: None, "since": since}).get_json() == ["d2"]
    assert ask(lrs, "GET", path, query={name: "d0", "since": since}).get_json() == {"n": 0}


def test_a_state_may_belong_to_a_registration(lrs: Lrs) -> None:
    path, one, two = "/activities/state", str(UUID(int=1)), str(UUID(int=2))
    for registration in (None, one, two):
        ask(lrs, "PUT", path, {"of": registration}, query={"registration": registration})
    assert ask(lrs, "GET", path).get_json() == {"of": None}
    assert ask(lrs, "GET", path, query={"registration": one.upper()}).get_json() == {"of": one}
    assert ask(lrs, "GET", path, query={"stateId": None}).get_json() == ["bookmark"]
    assert ask(lrs, "DELETE", path, query={"stateId": None, "registration": one}).status_code == 204
    assert ask(lrs, "GET", path, query={"registration": one}).status_code == 404
    assert ask(lrs, "GET", path, query={"registration": two}).status_code == 200
    assert ask(lrs, "DELETE", path, query={"stateId": None}).status_code == 204
    assert ask(lrs, "GET", path, query={"stateId": None}).get_json() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@EVERY
def test_bad_parameters_are_refused_by_name(here: Lrs, path: str, method: str) -> None:
    bad: list[tuple[str, object]] = [(name, None) for name in PLACES[path]]
    bad += [
        ("activityId", "not an iri"),
        ("agent", "{"),
        ("agent", {"name": "x"}),
        ("registration", "1"),
        ("Since", "x"),
    ]
    bad += [("stateId", ""), ("profileId", "a\0b"), ("stateId", "x" * 2_001)]
    for name, value in bad:
        if (
            name in ("stateId", "profileId")
            and value is None
            and (method == "GET" or (method, name) == ("DELETE", "stateId"))
        ):
            continue
        if name in PLACES[path] or name == "Since" or (name == "registration" and "stateId" in PLACES[path]):
            response = ask(
                here, method, path, None if method in ("GET", "DELETE") else {}, query={name: value}, headers=NEW
            )
            assert refused(response)[1] in (name, f"{name}.mbox"), (name, value)


@pytest.mark.parametrize("media_type", ["text", "a/b\r\nX-Evil: 1", "a/b; é=1", "/"])
def test_a_document_has_a_media_type_or_none(here: Lrs, media_type: str) -> None:
    query = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in PLACES["/activities/state"].items()
    }
    form = query | {"content": "x", "Content-Type": media_type}
    assert refused(here.ask("POST", "/activities/state?method=PUT", data=form)) == ("content-invalid", "Content-Type")


def test_a_restricted_credential_reaches_no_document_of_another(lrs: Lrs, database: Database) -> None:
    schools = {name: Lrs(lrs.client, basic(database, "all", restrict=Scope(school=name))) for name in ("A", "B")}
    for path in PLACES:
        for name, school in schools.items():
            assert ask(school, "PUT", path, {"of": name}, headers=NEW).status_code == 204
        assert ask(lrs, "GET", path).status_code == 404
        for name, school in schools.items():
            assert ask(school, "GET", path).get_json() == {"of": name}
            assert len(ask(school, "GET", path, query=without_id(path)).get_json()) == 1
        assert ask(schools["A"], "DELETE", path).status_code == 204
        assert ask(schools["B"], "GET", path).get_json() == {"of": "B"}


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        ("state", {"/activities/state"}, {"/activities/state"}),
        ("profile", {"/activities/profile", "/agents/profile"}, {"/activities/profile", "/agents/profile"}),
        ("all/read", set(PLACES), set()),
        ("statements/read", set(), set()),
        ("statements/write", set(), set()),
    ],
)
def test_a_credential_reads_and_writes_what_its_scopes_say(
    sqlite: Database, here: Lrs, scope: str, reads: set[str], writes: set[str]
) -> None:
    lrs = Lrs(here.client, basic(sqlite, scope))
    for path in PLACES:
        for method, allowed in (("GET", reads), ("PUT", writes), ("POST", writes), ("DELETE", writes)):
            response = ask(lrs, method, path, None if method in ("GET", "DELETE") else {}, headers={})
            assert (response.status_code == 403) == (path not in allowed), (method, path, response.text)


def test_one_of_two_that_make_a_document_at_once_is_told(lrs: Lrs) -> None:
    import threading

    seen: list[int] = []

    def make(number: int) -> None:
        response = ask(
            Lrs(lrs.client.application.test_client(), lrs.credential), "PUT", "/agents/profile", number, headers=NEW
        )
        seen.append(response.status_code)

    makers = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(seen) == [204, 412, 412, 412, 412, 412]


def test_a_date_of_change_is_given_to_the_second(here: Lrs, clock: Clock) -> None:
    ask(here, "POST", "/activities/state", {})
    assert parse_timestamp(clock.now.isoformat()) == ask(here, "GET", "/activities/state").last_modified
