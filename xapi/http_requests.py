"""What every resource is asked with: the request, who asks, in which version."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Request, Response
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from xapi.credentials import Credential
from xapi.errors import ContentInvalid, Rule, TooLarge
from xapi.incoming import Incoming
from xapi.statements import agent_key
from xapi.validation import Version

_KEPT_HEADERS = (
    "Authorization", "X-Experience-API-Version", "Content-Type", "If-Match", "If-None-Match", "Accept-Language",
)  # fmt: skip


class Sessions(Protocol):
    """Gives a session; with `write` a transaction that commits at the end."""

    def __call__(self, write: bool, /) -> AbstractContextManager[Session]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is let in. `home_page`: the IRL that credentials are accounts under; `path`: its variables."""

    asked: Incoming
    version: Version
    caller: Credential
    home_page: str
    path: Mapping[str, str]
    now: datetime

    @property
    def only_authority(self) -> str | None:
        """The canonical key of the authority whose statements alone the caller may read; None: anybody's."""
        return agent_key(self.caller.authority(self.home_page)) if self.caller.reads_only_its_own else None


Read = Callable[[Session, Call], Response]
Write = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its path, what it does on each method, and which credentials may read and write it.

    A read runs within a session that writes nothing; a write opens its own.
    """

    name: str
    path: str
    reads: Mapping[str, Read]
    writes: Mapping[str, Write]
    may_read: Callable[[Credential], bool]
    may_write: Callable[[Credential], bool] = lambda _caller: False

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that it takes, as `Allow` says them."""
        methods = [*self.reads, *self.writes]
        return (*(["GET", "HEAD"] if "GET" in methods else []), *(m for m in methods if m != "GET"), "OPTIONS")


def read_request(request: Request) -> Incoming:
    """The request, without its body."""
    return Incoming(
        method=request.method,
        parameters=request.args.to_dict(flat=False),
        headers={name.lower(): request.headers[name] for name in _KEPT_HEADERS if name in request.headers},
    )


def read_body(request: Request, limit: int) -> bytes:
    """The whole body, of `limit` bytes at most.

    Raises `TooLarge`, and `ContentInvalid` for one that breaks off. werkzeug alone would cut a chunked body off at
    the limit, and take what came before the client went away for all of it.
    """
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise TooLarge from error
    if len(body) > limit:
        raise TooLarge
    if request.content_length is not None and len(body) != request.content_length:
        raise ContentInvalid("body", Rule.WHOLE)
    return body
