"""One installation for the whole list; each test has a platform and a browser of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_platform import FakePlatform
from front_door import (
    Browser,
    Installation,
    browser,
    empty_database,
    install,
    installing,
    keys_dir,
    other_platform,
    platform,
    platform_keys,
)
from verdicts import Door

__all__ = ["browser", "empty_database", "install", "keys_dir", "other_platform", "platform", "platform_keys"]


@pytest.fixture(scope="session")
def installation(
    keys_dir: Path,
    empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """The tool, installed once: what a refused launch leaves behind would be seen by every test after it."""
    with installing(keys_dir, empty_database, tmp_path_factory.mktemp("certified")) as function:
        yield function()


@pytest.fixture
def door(installation: Installation, platform: FakePlatform, browser: Browser) -> Door:
    """The tool's door, a platform and a browser before it."""
    return Door(installation, platform, browser)
