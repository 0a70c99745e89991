"""The front door's fixtures, for every functional test that comes in by it."""

from front_door import (
    browser,
    empty_database,
    install,
    installation,
    keys_dir,
    other_platform,
    platform,
    platform_keys,
    shared_installation,
)

__all__ = [
    "browser",
    "empty_database",
    "install",
    "installation",
    "keys_dir",
    "other_platform",
    "platform",
    "platform_keys",
    "shared_installation",
]
