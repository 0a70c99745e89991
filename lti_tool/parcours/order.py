"""The order in which options are shown."""

from hashlib import sha256

from lti_tool.content.schema import ChoiceItem, ChoicesItem, Option


def options_in_order(item: ChoiceItem | ChoicesItem, seed: str) -> tuple[Option, ...]:
    """The item's options as they are to be shown; mixed up where the author asks for it.

    The order depends on the seed (the attempt's id) alone: a page that is reloaded, or opened on another
    device, doesn't move under the reader's finger.
    """
    if not item.shuffle:
        return item.options
    return tuple(sorted(item.options, key=lambda option: _rank(seed, item.id, option.id)))


def _rank(*parts: str) -> bytes:
    return sha256("\x00".join(parts).encode()).digest()
