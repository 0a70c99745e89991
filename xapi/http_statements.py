"""The Statement resource over HTTP (xAPI 1.0.3 Communication §2.1)."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Response, g, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from xapi import formats
from xapi.attachments import attachments_of, check_contents, read_submission
from xapi.errors import Rule, StatementInvalid, StatementNotFound
from xapi.http_requests import Call, Resource, Sessions
from xapi.http_responses import encoded, json_response, no_content
from xapi.multipart import compose_multipart
from xapi.parameters import as_uuid, require, single_values
from xapi.query import StatementQuery, decode_cursor, parse_query
from xapi.rendering import render
from xapi.signatures import check_signatures
from xapi.sql_attachments import content_of, contents_kept
from xapi.sql_store import SqlStore
from xapi.validation import validate_batch

_PUT = frozenset({"statementId"})
_NONE: frozenset[str] = frozenset()


class Statements:
    """GET, PUT and POST of statements, and the pages after the first."""

    def __init__(self, sessions: Sessions, store: SqlStore) -> None:
        self._sessions, self._store = sessions, store

    def resources(self) -> list[Resource]:
        """The two resources; both are asked by who may read statements."""
        return [
            Resource(
                "statements",
                "/statements",
                reads={"GET": self.get},
                writes={"PUT": self.put, "POST": self.post},
                may_read=lambda caller: caller.reads_statements,
                may_write=lambda caller: caller.writes_statements,
            ),
            Resource(
                "more",
                "/statements/more/<cursor>",
                reads={"GET": self.more},
                writes={},
                may_read=lambda caller: caller.reads_statements,
            ),
        ]

    # Writing

    def put(self, call: Call) -> Response:
        """Keep one statement under the id that `statementId` gives. Spec: Communication §2.1.1."""
        given = single_values(call.asked.parameters, _PUT)
        require(given, "statementId")
        identifier = as_uuid(given, "statementId")
        submission = read_submission(call.asked)
        if not isinstance(submission.value, dict):
            raise StatementInvalid("", Rule.OBJECT, "Communication §2.1.1")
        own = submission.value.setdefault("id", str(identifier))
        if not isinstance(own, str) or own.lower() != str(identifier):
            raise StatementInvalid("id", Rule.SAME_ID, "Communication §2.1.1")
        self._keep(call, [submission.value], submission.contents)
        return no_content()

    def post(self, call: Call) -> Response:
        """Keep one statement or a batch, whole or not at all; gives the ids. Spec: Communication §2.1.2."""
        single_values(call.asked.parameters, _NONE)
        submission = read_submission(call.asked)
        given = submission.value if isinstance(submission.value, list) else [submission.value]
        ids = self._keep(call, given, submission.contents)
        return json_response([str(identifier) for identifier in ids])

    def _keep(self, call: Call, given: list[Any], contents: Mapping[str, bytes]) -> list[UUID]:
        validate_batch(given, version=call.version)
        check_contents(given, contents)
        for statement in given:
            check_signatures(statement, contents, call.version)
        with self._sessions(True) as session:
            ids = self._store.add_valid(
                session,
                given,
                scope=call.caller.restrict,
                authority=dict(call.caller.authority(call.home_page)),
                now=call.now,
                version=call.version,
                contents=contents,
            )
            g.xapi_consistent_through = self._store.last_stored(session) or call.now
        return ids

    # Reading

    def get(self, session: Session, call: Call) -> Response:
        """One statement by its id, or a page of those asked for. Spec: Communication §2.1.3."""
        g.xapi_consistent_through = self._store.consistent_through(session, now=call.now)
        query = parse_query(call.asked.parameters)
        if query.statement_id is not None or query.voided_statement_id is not None:
            return self._one(session, call, query)
        return self._page(session, call, query)

    def more(self, session: Session, call: Call) -> Response:
        """The page after one already given. Spec: Data §2.5 (`more`)."""
        g.xapi_consistent_through = self._store.consistent_through(session, now=call.now)
        single_values(call.asked.parameters, _NONE)
        return self._page(session, call, decode_cursor(call.path["cursor"]))

    def _page(self, session: Session, call: Call, query: StatementQuery) -> Response:
        page = self._store.search(session, query, scope=call.caller.restrict, authority=call.only_authority)
        languages = _languages(call)
        more = "" if page.cursor is None else url_for(".more", cursor=page.cursor)
        body = {"statements": [render(found, query.format, languages) for found in page.statements], "more": more}
        if query.attachments:
            return self._with_attachments(session, body, page.statements)
        return json_response(body)

    def _one(self, session: Session, call: Call, query: StatementQuery) -> Response:
        page = self._store.search(session, query, scope=call.caller.restrict, authority=call.only_authority)
        if not page.statements:
            raise StatementNotFound
        found = page.statements[0]
        body = render(found, query.format, _languages(call))
        response = self._with_attachments(session, body, [found]) if query.attachments else json_response(body)
        response.last_modified = formats.parse_timestamp(found["stored"])
        return response

    def _with_attachments(self, session: Session, body: Any, statements: list[dict[str, Any]]) -> Response:
        """JSON first, then each content that came with the statements, read as it is sent (Communication §1.5.2)."""
        kept = contents_kept(session, [UUID(statement["id"]) for statement in statements])
        named = {
            found["sha2"].lower(): found["contentType"]
            for statement in statements
            for _path, found in attachments_of(statement)
        }
        boundary = uuid4().hex
        parts = self._parts(body, {sha2: named[sha2] for sha2 in named if sha2 in kept})
        return Response(compose_multipart(boundary, parts), content_type=f"multipart/mixed; boundary={boundary}")

    def _parts(self, body: Any, types: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], bytes]]:
        yield {"Content-Type": "application/json"}, encoded(body)
        for sha2, media_type in types.items():
            with self._sessions(False) as session:
                content = content_of(session, sha2)
            headers = {
                "Content-Type": media_type,
                "Content-Transfer-Encoding": "binary",
                "X-Experience-API-Hash": sha2,
            }
            yield headers, content


def _languages(call: Call) -> list[str]:
    accepted = parse_accept_header(call.asked.header("Accept-Language"), LanguageAccept)
    return [language for language, _quality in accepted]
