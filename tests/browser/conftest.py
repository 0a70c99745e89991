"""The tool as it is served, and real browsers that come to it."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from devices import CHROMIUM, FLAGS, WAIT_MILLISECONDS, open_device
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from serving import Served, serve_plainly, serve_two_sites
from visiting import Visitor

Devices = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The tool and its ENT over http on loopback."""
    with serve_plainly(tmp_path_factory.mktemp("plain")) as served:
        yield served


@pytest.fixture(scope="session")
def two_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The tool and its ENT over https, on two sites."""
    with serve_two_sites(tmp_path_factory.mktemp("sites")) as served:
        yield served


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one module: while it runs, its event loop is every other test's too."""
    with sync_playwright() as running:
        running.selectors.set_test_id_attribute("data-test")
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium whose contexts are cheap, for tests that third-party cookies do not matter to."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
    yield running
    running.close()


@pytest.fixture(scope="module")
def placed(browser: Browser, plain_site: Served) -> Served:
    """The plain site where the tool was just installed and the parcours placed with a grade; nobody has begun."""
    return _place(browser, plain_site)


@pytest.fixture(scope="module")
def placed_on_two_sites(browser: Browser, two_sites: Served) -> Served:
    """The same on two sites."""
    return _place(browser, two_sites)


def _place(browser: Browser, served: Served) -> Served:
    context = browser.new_context(ignore_https_errors=True)
    teacher = Visitor(context, served)
    teacher.start_afresh()
    teacher.become("helene")
    teacher.install()
    teacher.place(with_grade=True)
    context.close()
    return served


@pytest.fixture
def devices(playwright: Playwright, tmp_path: Path) -> Iterator[Devices]:
    """Give browsers with profiles of their own, closed after the test."""
    numbers, opened = count(1), []

    def give(**options: object) -> BrowserContext:
        context = open_device(playwright, tmp_path / f"device-{next(numbers)}", **options)  # type: ignore[arg-type]
        opened.append(context)
        return context

    yield give
    for context in opened:
        context.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Devices]:
    """Give contexts of the shared Chromium, closed after the test."""
    opened = []

    def give(**options: object) -> BrowserContext:
        context = browser.new_context(ignore_https_errors=True, **{"locale": "fr-FR", **options})  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MILLISECONDS)
        opened.append(context)
        return context

    yield give
    for context in opened:
        context.close()
