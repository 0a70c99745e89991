"""Every call that the tool makes to a platform: bounded in time and size, and only to where it may go.

A platform's addresses come from outside (dynamic registration), so a call must not become a way into the
operator's own network: the peer that was really connected is looked at, whatever the name resolved to.
"""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager

from lti_tool import __version__
from lti_tool.errors import Unavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
MAX_BYTES = 1 << 20
MAX_REDIRECTS = 3


class AddressRefused(Unavailable):
    """The host is, or resolves to, an address that outgoing calls may not reach."""

    status, code = 403, "address-refused"


class AnswerTooLarge(Unavailable):
    """The answer is larger than what is read."""

    code = "answer-too-large"


class AddressUnreachable(Unavailable):
    """No connection, no answer in time, or TLS failed."""

    code = "address-unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (lower-case names) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300


class Transport:
    """Bounded HTTP. `session` is what PyLTI1p3's service connector is given, so that its calls are bounded too."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.session = _BoundedSession(allow_private=allow_private)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET an address. Raises `Unavailable` (address refused, unreachable, too large)."""
        return self.send("GET", url, headers=headers)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | str | None = None,
    ) -> Answer:
        """Send a request and read its whole answer. A non-2xx status is an answer, not an error."""
        response = self.session.request(method, url, headers=dict(headers or {}), data=data)
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            url=response.url,
        )


def _as_unavailable(error: Exception) -> Unavailable:
    cause: BaseException | None = error
    seen = 0
    while cause is not None and seen < 10:
        if isinstance(cause, Unavailable):
            return cause
        cause = cause.__cause__ or cause.__context__ or next((a for a in cause.args if isinstance(a, Exception)), None)
        seen += 1
    return AddressUnreachable(type(error).__name__)


class _BoundedSession(requests.Session):
    """A session whose every request has time-outs, a size limit, and redirects on the same host alone."""

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__()
        self.headers["User-Agent"] = f"Passerelle/{__version__}"
        self.auth = lambda request: request  # else the operator's .netrc would replace a platform's token
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _GuardedAdapter(allow_private=allow_private)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request; follow up to three redirects of a GET that stay on the same host."""
        kwargs["timeout"] = (CONNECT_SECONDS, READ_SECONDS)
        kwargs["allow_redirects"] = False
        kwargs["stream"] = True
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response = super().request(method, url, *args, **kwargs)
            except (requests.RequestException, ValueError) as error:
                raise _as_unavailable(error) from error
            _read_bounded(response)
            if str(method).upper() != "GET" or not response.is_redirect:
                return response
            target = _same_host(str(url), response.headers["Location"])
            if target is None:
                return response
            url = target
        raise AddressUnreachable("too many redirects")

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: the library would read a redirect's whole body, without a bound, to say where it leads."""


def _same_host(url: str, location: str) -> str | None:
    """Where a redirect leads, if it is on the same scheme, host and port."""
    try:
        target = urljoin(url, location)
        return target if urlsplit(target)[:2] == urlsplit(url)[:2] else None
    except ValueError:
        return None


def _read_bounded(response: requests.Response) -> None:
    chunks, size, deadline = [], 0, monotonic() + TOTAL_SECONDS
    try:
        while chunk := response.raw.read1(16384, decode_content=True):
            size += len(chunk)
            if size > MAX_BYTES:
                raise AnswerTooLarge("answer over the limit")
            if monotonic() > deadline:
                raise AddressUnreachable("answer too slow")
            chunks.append(chunk)
    except (HTTPError, OSError) as error:
        raise AddressUnreachable(type(error).__name__) from error
    finally:
        if not response.raw.isclosed():
            response.close()
    response._content = b"".join(chunks)
    response._content_consumed = True  # type: ignore[attr-defined]


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        super().__init__(pool_maxsize=8)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, _guarded(HTTPConnection, self._allow_private)),
            "https": _pool(HTTPSConnectionPool, _guarded(HTTPSConnection, self._allow_private)),
        }


def _pool(base: Any, connection: type[HTTPConnection]) -> Any:
    return type(f"Guarded{base.__name__}", (base,), {"ConnectionCls": connection})


def _hang_up(connection: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _guarded(base: type[HTTPConnection], allow_private: bool) -> type[HTTPConnection]:
    class Guarded(base):  # type: ignore[misc,valid-type]
        def getresponse(self) -> Any:
            """The status and headers, within `TOTAL_SECONDS`: a time-out of the socket bounds each byte alone."""
            over = threading.Event()
            timer = threading.Timer(TOTAL_SECONDS, _hang_up, (self.sock, over))
            timer.daemon = True
            timer.start()
            try:
                response = super().getresponse()
            finally:
                timer.cancel()
            if over.is_set():
                response.close()
                raise TimeoutError
            return response

        def _new_conn(self) -> socket.socket:
            host = str(self.__dict__["_dns_host"])
            if host == "localhost" or host.endswith(".localhost"):
                self.__dict__["_dns_host"] = "127.0.0.1"  # RFC 6761 §6.3: never asked of a resolver
            try:
                connection: socket.socket = super()._new_conn()
            finally:
                self.__dict__["_dns_host"] = host  # the Host header and TLS say the name, not the address
            if not allow_private and not ip_address(connection.getpeername()[0].split("%")[0]).is_global:
                connection.close()
                raise AddressRefused("private address")
            return connection

    return Guarded
