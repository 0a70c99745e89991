"""Every outgoing call is bounded, and goes only where it may."""

import gzip
import socket
import time
from typing import Any

import pytest
from fake_platform import FakePlatform, dripping, late, raw_server, redirecting, saying, served
from werkzeug.wrappers import Response

from lti_tool import __version__
from lti_tool.errors import Unavailable
from lti_tool.lti import transport
from lti_tool.lti.transport import AddressRefused, AddressUnreachable, AnswerTooLarge, Transport


@pytest.fixture
def site() -> Any:
    with served(FakePlatform({"unused": None}, "")) as site:  # type: ignore[dict-item]
        yield site


@pytest.fixture
def other_site() -> Any:
    with served(FakePlatform({"unused": None}, "")) as site:  # type: ignore[dict-item]
        yield site


@pytest.fixture
def calls() -> Any:
    made = Transport(allow_private=True)
    yield made
    made.session.close()


@pytest.fixture
def strict_calls() -> Any:
    made = Transport(allow_private=False)
    yield made
    made.session.close()


def resolve_to(monkeypatch: pytest.MonkeyPatch, **names: str) -> None:
    """Let names of the outside resolve to these addresses."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real(names.get(str(host).replace(".", "_"), host), *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_an_answer_comes_whole(calls: Transport, site: FakePlatform) -> None:
    site.answers["/x"] = saying("Voilà".encode(), content_type="text/plain; charset=utf-8")
    answer = calls.get(f"{site.url}/x", headers={"Accept": "text/plain"})
    assert (answer.status, answer.ok, answer.body, answer.url) == (200, True, "Voilà".encode(), f"{site.url}/x")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert site.received[0].headers["accept"] == "text/plain"
    assert site.received[0].headers["user-agent"] == f"Passerelle/{__version__}"


@pytest.mark.parametrize("status", [201, 204, 400, 401, 404, 409, 500, 503])
def test_a_status_is_an_answer_and_no_error(calls: Transport, site: FakePlatform, status: int) -> None:
    site.answers["/x"] = saying("", status=status)
    answer = calls.send("POST", f"{site.url}/x", data=b"body")
    assert answer.status == status
    assert answer.ok is (status < 300)
    assert site.received[0].body == b"body"


# Where to


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "ent.localhost", "0.0.0.0", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"],
)
def test_a_private_address_is_refused_however_it_is_written(
    strict_calls: Transport, site: FakePlatform, host: str
) -> None:
    port = site.url.rpartition(":")[2]
    with pytest.raises((AddressRefused, AddressUnreachable)):
        strict_calls.get(f"http://{host}:{port}/x")
    assert site.received == []


def test_a_name_that_resolves_to_a_private_address_is_refused(
    strict_calls: Transport, site: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, ent_example="127.0.0.1")
    port = site.url.rpartition(":")[2]
    with pytest.raises(AddressRefused):
        strict_calls.get(f"http://ent.example:{port}/x")
    assert site.received == []


def test_a_private_address_is_reached_where_the_operator_allows_it(calls: Transport, site: FakePlatform) -> None:
    site.answers["/x"] = saying("ok")
    port = site.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "ent.localhost"):
        assert calls.get(f"http://{host}:{port}/x").body == b"ok"
    assert [received.headers["host"] for received in site.received] == [
        f"127.0.0.1:{port}",
        f"localhost:{port}",
        f"ent.localhost:{port}",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "//h/x",
        "ftp://h/x",
        "file:///etc/passwd",
        "javascript:x",
        "http://",
        "http://[",
        "http://h:x/",
        "http://a b/",
    ],
)
def test_what_is_no_web_address_is_unreachable(calls: Transport, url: str) -> None:
    with pytest.raises(Unavailable):
        calls.get(url)


def test_a_port_where_nobody_listens_is_unreachable(calls: Transport) -> None:
    with pytest.raises(AddressUnreachable):
        calls.get("http://127.0.0.1:9/")


def test_a_name_that_nobody_has_is_unreachable(calls: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_args: Any, **_kwargs: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(AddressUnreachable):
        calls.get("https://ent.example/")


def test_a_certificate_that_nobody_signed_is_unreachable(calls: Transport, site: FakePlatform) -> None:
    with pytest.raises(AddressUnreachable):
        calls.get(site.url.replace("http:", "https:"))


def test_the_operators_own_credentials_go_nowhere(
    calls: Transport, site: FakePlatform, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A .netrc of whoever runs the tool would replace the platform's own authorization."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1\nlogin root\npassword hidden\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    site.answers["/x"] = saying("ok")
    calls.get(f"{site.url}/x", headers={"Authorization": "Bearer token"})
    assert site.received[0].headers["authorization"] == "Bearer token"


def test_a_cookie_that_a_platform_sets_is_not_given_back(calls: Transport, site: FakePlatform) -> None:
    site.answers["/x"] = lambda _: Response("", headers={"Set-Cookie": "session=1; Path=/"})
    calls.get(f"{site.url}/x")
    calls.get(f"{site.url}/x")
    assert "cookie" not in site.received[1].headers


# Redirects


def test_a_redirect_on_the_same_host_is_followed(calls: Transport, site: FakePlatform) -> None:
    site.answers["/a"] = redirecting("/b")
    site.answers["/b"] = saying("there")
    assert calls.get(f"{site.url}/a").body == b"there"


def test_a_redirect_to_another_host_is_not_followed(
    calls: Transport, site: FakePlatform, other_site: FakePlatform
) -> None:
    for status in (301, 302, 303, 307, 308):
        site.answers["/a"] = redirecting(f"{other_site.url}/b", status=status)
        answer = calls.get(f"{site.url}/a", headers={"Authorization": "Bearer token"})
        assert answer.status == status
        assert not answer.ok
    assert other_site.received == []


@pytest.mark.parametrize(
    "target", ["//other.example/x", "https://127.0.0.1/x", "file:///etc/passwd", "http://[", "http://h:x/"]
)
def test_a_redirect_to_another_scheme_or_to_no_address_is_not_followed(calls: Transport, target: str) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())

    with raw_server(answer) as address:
        assert calls.get(f"{address}/a").status == 302


def test_the_body_of_a_redirect_is_bounded_too(
    calls: Transport, site: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.answers["/huge"] = lambda _: Response(
        "x" * (5 << 20), status=302, headers={"Location": "https://other.example/"}
    )
    with pytest.raises(AnswerTooLarge):
        calls.get(f"{site.url}/huge")
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.2)
    dripped = dripping(pause=0.05, pieces=60)

    def redirect_slowly(request: Any) -> Response:
        response = dripped(request)
        response.status_code, response.headers["Location"] = 302, "https://other.example/"
        return response

    site.answers["/slow"] = redirect_slowly
    with pytest.raises(AddressUnreachable):
        calls.get(f"{site.url}/slow")


def test_a_post_is_not_sent_on(calls: Transport, site: FakePlatform) -> None:
    site.answers["/a"] = redirecting("/b", status=307)
    assert calls.send("POST", f"{site.url}/a", data="score").status == 307
    assert site.calls("/b") == []


def test_redirects_without_end_are_left(calls: Transport, site: FakePlatform) -> None:
    site.answers["/a"] = redirecting("/a")
    with pytest.raises(AddressUnreachable):
        calls.get(f"{site.url}/a")
    assert len(site.received) == 4


# How long and how much


def test_an_answer_over_the_limit_is_not_read(calls: Transport, site: FakePlatform) -> None:
    site.answers["/x"] = saying("x" * (transport.MAX_BYTES + 1))
    with pytest.raises(AnswerTooLarge):
        calls.get(f"{site.url}/x")
    site.answers["/x"] = saying("x" * transport.MAX_BYTES)
    assert len(calls.get(f"{site.url}/x").body) == transport.MAX_BYTES


def test_an_answer_that_unpacks_to_more_than_the_limit_is_not_read(calls: Transport, site: FakePlatform) -> None:
    packed = gzip.compress(b"0" * (64 << 20))
    site.answers["/x"] = lambda _: Response(packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(AnswerTooLarge):
        calls.get(f"{site.url}/x")


def test_an_answer_that_is_badly_packed_is_unreachable(calls: Transport, site: FakePlatform) -> None:
    site.answers["/x"] = lambda _: Response(b"not gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(AddressUnreachable):
        calls.get(f"{site.url}/x")


def test_a_platform_that_does_not_answer_is_left(
    calls: Transport, site: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    site.answers["/x"] = late(0.5, saying("late"))
    began = time.monotonic()
    with pytest.raises(AddressUnreachable):
        calls.get(f"{site.url}/x")
    assert time.monotonic() - began < 0.4


def test_a_body_that_drips_is_left(calls: Transport, site: FakePlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.3)
    site.answers["/x"] = dripping(pause=0.05, pieces=200)
    began = time.monotonic()
    with pytest.raises(AddressUnreachable):
        calls.get(f"{site.url}/x")
    assert time.monotonic() - began < 2


def test_headers_that_drip_are_left(calls: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 0.3)

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with raw_server(drip) as address, pytest.raises(AddressUnreachable):
        calls.get(f"{address}/x")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_no_defect(calls: Transport, said: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(said)

    with raw_server(answer) as address:
        try:
            calls.get(f"{address}/x")
        except Unavailable:
            return
