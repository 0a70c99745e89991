"""The Statement and About resources over HTTP, as a Flask blueprint (xAPI 1.0.3 Communication)."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from flask import Blueprint, Response, g, request, url_for
from sqlalchemy.orm import Session

from xapi import formats
from xapi.auth import FailureLimit, authenticate
from xapi.credentials import Credential
from xapi.errors import (
    MethodRefused,
    OutOfScope,
    ResourceNotFound,
    StatementNotFound,
    TooManyFailures,
    Unauthenticated,
    VersionMissing,
    VersionUnsupported,
    XapiError,
)
from xapi.query import StatementQuery, decode_cursor, parse_query
from xapi.rendering import render
from xapi.sql_credentials import remember_use, use_is_worth_remembering
from xapi.sql_store import SqlStore
from xapi.statements import agent_key, format_timestamp
from xapi.validation import Version

VERSION_HEADER = "X-Experience-API-Version"
CONSISTENT_HEADER = "X-Experience-API-Consistent-Through"
VERSIONS: tuple[Version, ...] = ("1.0.3", "2.0.0")
_READ_METHODS = ("GET", "HEAD", "OPTIONS")
_OTHER_METHODS = ("POST", "PUT", "DELETE", "PATCH")
_LONGEST_ECHO = 300


class Sessions(Protocol):
    """Gives a session; with `write` a transaction that commits at the end."""

    def __call__(self, write: bool, /) -> AbstractContextManager[Session]: ...  # noqa: D102


def _utcnow() -> datetime:
    return datetime.now(UTC)


def blueprint(
    *,
    sessions: Sessions,
    store: SqlStore,
    name: str = "xapi",
    default_version: Version = "1.0.3",
    home_page: str | None = None,
    clock: Callable[[], datetime] = _utcnow,
) -> Blueprint:
    """The LRS API, to be mounted by the application (for instance at `/xapi`).

    `default_version` is what an answer says when the request named no version that is spoken.
    `home_page` is the IRL under which credentials are accounts; by default the root of the request's URL.
    """
    return _Api(sessions, store, default_version, home_page, clock).blueprint(name)


class _Api:
    """The resources, with what they need."""

    def __init__(
        self,
        sessions: Sessions,
        store: SqlStore,
        default_version: Version,
        home_page: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions, self._store, self._clock = sessions, store, clock
        self._default_version, self._home_page = default_version, home_page
        self._failures = FailureLimit()

    def blueprint(self, name: str) -> Blueprint:
        """Routes, error rendering and the headers that every answer has."""
        made = Blueprint(name, __name__)
        made.add_url_rule("/statements", "statements", self.statements)
        made.add_url_rule("/statements/more/<cursor>", "more", self.more)
        made.add_url_rule("/about", "about", self.about)
        for path in ("/statements", "/statements/more/<cursor>", "/about"):
            made.add_url_rule(path, "refuse_method", self.refuse_method, methods=_OTHER_METHODS)
        made.add_url_rule("/", "nothing", self.nothing, methods=(*_READ_METHODS, *_OTHER_METHODS))
        made.add_url_rule("/<path:rest>", "nothing", self.nothing, methods=(*_READ_METHODS, *_OTHER_METHODS))
        made.register_error_handler(XapiError, _render_error)
        made.register_error_handler(500, lambda _error: _render_error(XapiError()))
        made.after_request(self._add_headers)
        return made

    def about(self) -> Response:
        """Say which versions are spoken; to anybody. Spec: Communication §2.8."""
        return _json({"version": list(VERSIONS), "extensions": {}})

    def nothing(self, **_path: str) -> Response:
        """Everything that is not a resource."""
        raise ResourceNotFound

    def refuse_method(self, **_path: str) -> Response:
        """Everything that the resource does not take."""
        raise MethodRefused(_READ_METHODS)

    def statements(self) -> Response:
        """One statement by its id, or a page of those asked for. Spec: Communication §2.1.3."""
        _negotiate_version()
        return self._answer(lambda: parse_query(request.args.to_dict(flat=False)))

    def more(self, cursor: str) -> Response:
        """The page after one already given. Spec: Data §5 (`more`)."""
        _negotiate_version()
        return self._answer(lambda: decode_cursor(cursor))

    def _answer(self, asked: Callable[[], StatementQuery]) -> Response:
        now = self._clock()
        self._failures.check(request.remote_addr or "", now=now)
        with self._sessions(False) as session:
            g.xapi_consistent_through = self._store.consistent_through(session, now=now)
            reader = self._reader(session, now)
            response = self._found(session, reader, asked())
        if use_is_worth_remembering(reader, now=now):
            with self._sessions(True) as session:
                remember_use(session, reader.key, now=now)
        return response

    def _reader(self, session: Session, now: datetime) -> Credential:
        """The credential of the request, if it may read statements."""
        try:
            reader = authenticate(session, request.headers.get("Authorization"))
        except Unauthenticated:
            self._failures.record(request.remote_addr or "", now=now)
            raise
        if not reader.reads_statements:
            raise OutOfScope
        return reader

    def _found(self, session: Session, reader: Credential, query: StatementQuery) -> Response:
        authority = None
        if reader.reads_only_its_own:
            authority = agent_key(reader.authority(self._home_page or request.host_url))
        if query.statement_id is not None or query.voided_statement_id is not None:
            return self._one(session, reader, query, authority)
        page = self._store.search(session, query, scope=reader.restrict, authority=authority)
        languages = _languages()
        return _statements(
            {
                "statements": [render(found, query.format, languages) for found in page.statements],
                "more": "" if page.cursor is None else url_for(".more", cursor=page.cursor),
            },
            query,
        )

    def _one(self, session: Session, reader: Credential, query: StatementQuery, authority: str | None) -> Response:
        page = self._store.search(session, query, scope=reader.restrict, authority=authority)
        if not page.statements:
            raise StatementNotFound
        found = page.statements[0]
        response = _statements(render(found, query.format, _languages()), query)
        response.last_modified = formats.parse_timestamp(found["stored"])
        return response

    def _add_headers(self, response: Response) -> Response:
        response.headers[VERSION_HEADER] = g.get("xapi_version", self._default_version)
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code < 500 and _is_about_statements():
            response.headers[CONSISTENT_HEADER] = format_timestamp(self._consistent_through())
        return response

    def _consistent_through(self) -> datetime:
        if "xapi_consistent_through" not in g:
            with self._sessions(False) as session:
                g.xapi_consistent_through = self._store.consistent_through(session, now=self._clock())
        through: datetime = g.xapi_consistent_through
        return through


def _is_about_statements() -> bool:
    return request.url_rule is not None and "/statements" in request.url_rule.rule


def _negotiate_version() -> None:
    """Settle the version of the answer by the request's header. Spec: Communication §3.3."""
    asked = request.headers.get(VERSION_HEADER)
    if not asked:
        raise VersionMissing
    for version in VERSIONS:
        if formats.is_version(asked, version[:3]):
            g.xapi_version = version
            return
    raise VersionUnsupported


def _languages() -> list[str]:
    return [language for language, _quality in request.accept_languages]


def _statements(body: dict[str, Any], query: StatementQuery) -> Response:
    """Statements as JSON; as the first part of several where attachments are asked for (Communication §2.1.3)."""
    if not query.attachments:
        return _json(body)
    boundary = uuid4().hex
    head = f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode()
    content = head + _encoded(body) + f"\r\n--{boundary}--\r\n".encode()
    return Response(content, content_type=f'multipart/mixed; boundary="{boundary}"')


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(_encoded(body), status=status, content_type="application/json")


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write and UTF-8 can't
        return json.dumps(body, separators=(",", ":")).encode()


def _render_error(error: XapiError) -> Response:
    shown: dict[str, Any] = {"code": error.code, "message": error.message[:_LONGEST_ECHO]}
    if error.property is not None:
        shown["property"] = error.property[:_LONGEST_ECHO]
    response = _json({"error": shown}, error.status)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    if isinstance(error, MethodRefused):
        response.headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, TooManyFailures):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
