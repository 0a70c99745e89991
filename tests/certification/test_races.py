"""The same token at the same moment, many times over: exactly one is let in, on each database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import FakePlatform, served
from front_door import Browser, Install, Installation

from lti_tool.database import Database
from lti_tool.schema import upgrade

TIMES = 8


def at_once(acts: list[Callable[[], int]]) -> Counter[int]:
    """Do all of them at the same moment; how many ended with each status."""
    barrier = Barrier(len(acts))

    def wait_and(act: Callable[[], int]) -> int:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(wait_and, acts))


def post_one_token(browser: Browser, platform: FakePlatform, **changes: str) -> Counter[int]:
    started = browser.begin(platform)
    token = platform.sign(platform.claims(started, changes))
    windows = [browser.like() for _ in range(TIMES)]
    return at_once([lambda window=window: window.answer(started, token).status_code for window in windows])


def launch_many(installation: Installation, platform: FakePlatform, **changes: str) -> Counter[int]:
    """As many browsers, each with a token of its own."""
    acts = []
    for _ in range(TIMES):
        browser = installation.browser()
        started = browser.begin(platform)
        token = platform.sign(platform.claims(started, changes))
        acts.append(lambda browser=browser, started=started, token=token: browser.answer(started, token).status_code)
    return at_once(acts)


def check_races(installation: Installation, platform: FakePlatform) -> None:
    browser = installation.browser()
    launches = installation.count("launch")
    assert post_one_token(browser, platform) == {303: 1, 401: TIMES - 1}
    assert installation.count("launch") == launches + 1
    # A person, context and placement seen for the first time by all of them at once.
    assert launch_many(installation, platform, sub="new-person") == {303: TIMES}
    assert installation.count("launch") == launches + 1 + TIMES
    # A deployment seen for the first time by all of them at once.
    deployments = installation.count("deployment")
    assert launch_many(installation, platform, deployment_id="new-deployment") == {403: TIMES}
    assert installation.count("deployment") == deployments + 1


def test_one_token_posted_many_times_at_once_is_let_in_once(installation: Installation, platform: FakePlatform) -> None:
    check_races(installation, platform)


@pytest.mark.postgresql
def test_one_token_posted_many_times_at_once_is_let_in_once_on_postgresql(
    install: Install, postgresql_url: str, platform_keys: dict[str, RSAPrivateKey]
) -> None:
    database = Database(postgresql_url)
    upgrade(database)
    database.dispose()
    installation = install(database_url=postgresql_url)
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        check_races(installation, platform)
    installation.tool.database.dispose()
