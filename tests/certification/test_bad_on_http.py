"""On plain http (development, loopback) the same is refused: cookies are not what a launch hangs on there alone."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import FakePlatform, served
from front_door import Browser, Install, Installation, entered
from verdicts import Door


@pytest.fixture
def on_http(install: Install, platform_keys: dict[str, RSAPrivateKey]) -> Iterator[Door]:
    """The door of an installation for development."""
    installation: Installation = install(base_url="http://127.0.0.1:8000")
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        yield Door(installation, platform, Browser(installation))


def test_a_token_replayed_from_another_browser_is_refused_on_http(on_http: Door) -> None:
    started = on_http.begin()
    token = on_http.sign(started)
    entered(on_http.browser.answer(started, token))
    on_http.browser = on_http.installation.browser()
    on_http.refuses_token("state-other-browser", started, token)


def test_a_token_replayed_in_the_same_browser_is_refused_on_http(on_http: Door) -> None:
    started = on_http.begin()
    token, window = on_http.sign(started), on_http.browser.like()
    entered(window.answer(started, token))
    on_http.refuses_token("nonce-reused", started, token)


def test_the_launch_of_another_session_is_refused_on_http(on_http: Door) -> None:
    page = on_http.accepts()
    stranger = on_http.installation.browser()
    stranger.enter(on_http.platform, {"sub": "parent-2"})
    answer = stranger.get(page)
    assert answer.status_code == 401
    assert 'data-code="session-lost"' in answer.text


def test_two_frames_of_a_page_are_let_in_on_http(on_http: Door) -> None:
    first, second = on_http.begin(), on_http.begin()
    on_http.accepts_token(second, on_http.sign(second))
    on_http.accepts_token(first, on_http.sign(first))
