"""The browsers' part of a launch: cookies, redirects, keep-alive connections, and a clock."""

import json
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from lms import Lms

SHORT_LIVED_SECONDS = 3600
_JS_RELOAD = re.compile(rb"var urlParams = (\{.*?\});", re.DOTALL)


class LaunchFailed(Exception):
    """A launch did not come to its first page."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is launched: the tool's root, its login path, its `target_link_uri`, and what its first page holds."""

    root: str
    login: str
    link: str
    proof: bytes


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that one launch took, by step; `page` is 0 where the launch's own answer is the first page."""

    login: float
    platform: float
    launch: float
    page: float

    @property
    def tool(self) -> float:
        """The tool's own share: what it took to answer, the platform's signing left out."""
        return self.login + self.launch + self.page

    @property
    def whole(self) -> float:
        return self.tool + self.platform


@dataclass(slots=True)
class Jar:
    """One person's cookies for one tool."""

    cookies: dict[str, tuple[str, float]] = field(default_factory=dict)

    def header(self) -> dict[str, str]:
        if not self.cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, (value, _) in self.cookies.items())}

    def keep(self, response: HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                seconds = float(morsel["max-age"] or "inf")
                if seconds <= 0:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = (morsel.value, seconds)

    def some_hours_later(self) -> None:
        """Forget what would have expired when the person comes back: nobody launches twice in five minutes."""
        self.cookies = {n: (v, s) for n, (v, s) in self.cookies.items() if SHORT_LIVED_SECONDS <= s < float("inf")}


class Browser:
    """One keep-alive connection; the people who use it one after the other have cookies of their own."""

    def __init__(self, target: Target, lms: Lms) -> None:
        self._target = target
        self._lms = lms
        self._connection = HTTPConnection(urlsplit(target.root).netloc, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def launch(self, person: int, jar: Jar) -> Timing:
        """Launch as a person clicks an activity in a course; ends when the first page is wholly there."""
        target = self._target
        began = time.perf_counter()
        location = self._log_in(jar, self._lms.login_request(person, target.link))
        logged_in = time.perf_counter()
        action, form = self._lms.answer(location, target.link)
        answered = time.perf_counter()
        response, body = self._ask("POST", action, jar, form)
        launched = time.perf_counter()
        if response.status in {302, 303}:
            response, body = self._ask("GET", response.headers["Location"], jar)
        ended = time.perf_counter()
        if response.status != 200 or target.proof not in body:
            raise LaunchFailed(f"first page: {response.status} {body[:500]!r}")
        page = ended - launched if ended - launched > 5e-5 else 0.0
        return Timing(login=logged_in - began, platform=answered - logged_in, launch=launched - answered, page=page)

    def _log_in(self, jar: Jar, request: dict[str, str]) -> str:
        """The login with its tool's cookie check, whichever it makes; gives the authentication request's address."""
        path = self._target.login
        response, body = self._ask("POST", path, jar, request)
        for _ in range(3):
            location = response.headers.get("Location", "")
            if location.startswith(self._lms.endpoints.authorization):
                return location
            if location:
                response, body = self._ask("GET", location, jar)
            elif found := _JS_RELOAD.search(body):  # the library's page that tests cookies by script, then reloads
                values = {name: unescape(value) for name, value in json.loads(found[1]).items()}
                response, body = self._ask("GET", f"{path}?{urlencode(values)}", jar)
            else:
                break
        raise LaunchFailed(f"login: {response.status} {body[:500]!r}")

    def _ask(
        self, method: str, address: str, jar: Jar, form: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        parts = urlsplit(address)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {**_HEADERS, **jar.header()}
        data = None
        if form is not None:
            data = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body=data, headers=headers)
        response = self._connection.getresponse()
        body = response.read()
        jar.keep(response)
        return response, body


_HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8",
    "Accept-Encoding": "gzip, deflate",
}


@dataclass(slots=True)
class People:
    """People with their jars, taken in turn by every browser."""

    count: int
    jars: dict[int, Jar] = field(default_factory=dict)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> tuple[int, Jar]:
        with self._lock:
            person = self._next % self.count
            self._next += 1
            jar = self.jars.setdefault(person, Jar())
        jar.some_hours_later()
        return person, jar


def run(target: Target, lms: Lms, people: People, *, clients: int, launches: int) -> tuple[list[Timing], float]:
    """So many launches by so many browsers at once; gives their timings and how long it all took."""
    shares = [launches // clients + (number < launches % clients) for number in range(clients)]
    timings: list[Timing] = []
    faults: list[BaseException] = []
    barrier = threading.Barrier(clients + 1)

    def browse(share: int) -> None:
        browser = Browser(target, lms)
        barrier.wait()
        try:
            timings.extend([browser.launch(*people.take()) for _ in range(share)])
        except BaseException as error:
            faults.append(error)
        finally:
            browser.close()

    threads = [threading.Thread(target=browse, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    _join(threads)
    elapsed = time.perf_counter() - began
    if faults:
        raise faults[0]
    return timings, elapsed


def _join(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join()
