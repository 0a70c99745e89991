"""The LRS API as a Flask blueprint: who is let in, in which version, and to which resource."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, g, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from xapi.auth import FailureLimit, authenticate
from xapi.credentials import Credential
from xapi.errors import (
    BadRequest,
    MethodRefused,
    OutOfScope,
    ResourceNotFound,
    Unauthenticated,
    XapiError,
)
from xapi.http_documents import document_resources
from xapi.http_lookups import Lookups
from xapi.http_requests import Call, Resource, Sessions, read_body, read_request
from xapi.http_responses import CONSISTENT_HEADER, add_common_headers, json_response, preflight, render_error
from xapi.http_statements import Statements
from xapi.incoming import VERSION_HEADER, VERSIONS, Incoming, negotiate, unfold
from xapi.sql_credentials import remember_use, use_is_worth_remembering
from xapi.sql_store import SqlStore
from xapi.statements import format_timestamp
from xapi.validation import Version

__all__ = ["VERSIONS", "VERSION_HEADER", "Sessions", "blueprint"]

MAX_BODY = 8 << 20
"""Bytes that a request's body may have, unless the application says otherwise."""

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH")
_READ_METHODS = ("GET", "HEAD", "OPTIONS")
_SENDS = frozenset({"PUT", "POST"})


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
    max_body: int = MAX_BODY,
) -> Blueprint:
    """The LRS API, to be mounted by the application (for instance at `/xapi`).

    `default_version` is what an answer says when the request named no version that is spoken.
    `home_page` is the IRL under which credentials are accounts; by default the root of the request's URL.
    `max_body`: bytes that a body may have, whatever the application's own limit is.
    """
    return _Api(sessions, store, default_version, home_page, clock, max_body).blueprint(name)


class _Api:
    """The resources, with what they need."""

    def __init__(
        self,
        sessions: Sessions,
        store: SqlStore,
        default_version: Version,
        home_page: str | None,
        clock: Callable[[], datetime],
        max_body: int,
    ) -> None:
        self._sessions, self._store, self._clock = sessions, store, clock
        self._default_version, self._home_page, self._max_body = default_version, home_page, max_body
        self._failures = FailureLimit()

    def blueprint(self, name: str) -> Blueprint:
        """Routes, error rendering and the headers that every answer has."""
        made = Blueprint(name, __name__)
        resources = [
            *Statements(self._sessions, self._store).resources(),
            *document_resources(self._sessions),
            *Lookups(self._store).resources(),
        ]
        for resource in resources:
            made.add_url_rule(resource.path, resource.name, self._view(resource), methods=_METHODS)
        made.add_url_rule("/about", "about", self.about, methods=_METHODS)
        made.add_url_rule("/", "nothing", self.nothing, methods=_METHODS)
        made.add_url_rule("/<path:rest>", "nothing", self.nothing, methods=_METHODS)
        made.register_error_handler(XapiError, render_error)
        made.register_error_handler(HTTPException, _render_http_error)
        made.register_error_handler(500, lambda _error: render_error(XapiError()))
        made.after_request(self._add_headers)
        return made

    def about(self) -> Response:
        """Say which versions are spoken; to anybody. Spec: Communication §2.8."""
        if request.method == "OPTIONS":
            return preflight(_READ_METHODS)
        if request.method not in _READ_METHODS:
            raise MethodRefused(_READ_METHODS)
        return json_response({"version": list(VERSIONS), "extensions": {}})

    def nothing(self, **_path: str) -> Response:
        """Everything that is not a resource."""
        raise ResourceNotFound

    def _view(self, resource: Resource) -> Callable[..., Response]:
        def view(**path: str) -> Response:
            if request.method == "OPTIONS":
                return preflight(resource.allowed)
            return self._serve(resource, path)

        return view

    def _serve(self, resource: Resource, path: dict[str, str]) -> Response:
        """Let the request in, or refuse it: first what can be seen without reading its body."""
        now = self._clock()
        asked = self._read()
        method = "GET" if asked.method == "HEAD" else asked.method
        if method not in resource.reads and method not in resource.writes:
            raise MethodRefused(resource.allowed)
        version = g.xapi_version = negotiate(asked)
        self._failures.check(request.remote_addr or "", now=now)
        with self._sessions(False) as session:
            caller = self._caller(session, asked, now)
            call = Call(asked, version, caller, self._home_page or request.host_url, path, now)
            if method in resource.reads:
                if not resource.may_read(caller):
                    raise OutOfScope
                response = resource.reads[method](session, call)
        if method in resource.writes:
            if not resource.may_write(caller):
                raise OutOfScope
            response = resource.writes[method](self._with_body(call))
        self._remember(caller, now)
        return response

    def _read(self) -> Incoming:
        asked = read_request(request)
        if not asked.is_alternate:
            return asked
        return unfold(replace(asked, body=read_body(request, self._max_body)))

    def _with_body(self, call: Call) -> Call:
        if "method" in request.args or call.asked.method not in _SENDS:
            return call
        return replace(call, asked=replace(call.asked, body=read_body(request, self._max_body)))

    def _caller(self, session: Session, asked: Incoming, now: datetime) -> Credential:
        """The credential of the request."""
        try:
            return authenticate(session, asked.header("Authorization"))
        except Unauthenticated:
            self._failures.record(request.remote_addr or "", now=now)
            raise

    def _remember(self, caller: Credential, now: datetime) -> None:
        if use_is_worth_remembering(caller, now=now):
            with self._sessions(True) as session:
                remember_use(session, caller.key, now=now)

    def _add_headers(self, response: Response) -> Response:
        response.headers[VERSION_HEADER] = g.get("xapi_version", self._default_version)
        add_common_headers(response)
        if response.status_code < 500 and request.method != "OPTIONS" and _is_about_statements():
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


def _render_http_error(error: HTTPException) -> Response:
    """What werkzeug refuses while it reads a request, in the words of this API."""
    return render_error(BadRequest() if (error.code or 500) < 500 else XapiError())
