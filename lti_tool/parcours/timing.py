"""How long an answer took, from what the page can tell without a script."""

from datetime import UTC, datetime, timedelta

LONGEST = timedelta(hours=1)
"""Beyond it the page was left open rather than read, and its time says nothing."""


def stamp(now: datetime) -> str:
    """The moment at which a question is shown, for a hidden field of its form (milliseconds, UTC)."""
    return str(int(now.timestamp() * 1000))


def spent(shown: str, *, now: datetime, since: datetime) -> timedelta | None:
    """The time between the stamp of a page and now; None when the stamp can't be believed.

    `since` is the attempt's beginning: no question was shown before it. The stamp comes back from the
    browser, so it can only ever spoil its own person's durations.
    """
    if not (shown.isascii() and shown.isdecimal() and len(shown) <= 15):
        return None
    moment = datetime.fromtimestamp(int(shown) / 1000, UTC)
    # The stamp drops what is below a millisecond.
    if moment < since - timedelta(milliseconds=1) or moment > now or now - moment > LONGEST:
        return None
    return now - moment
