from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.parcours.timing import spent, stamp

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, UTC)
SINCE = NOW - timedelta(minutes=10)


def test_the_time_between_the_page_and_the_answer_is_told() -> None:
    assert spent(stamp(NOW - timedelta(seconds=12)), now=NOW, since=SINCE) == timedelta(seconds=12, microseconds=456)


def test_a_page_shown_at_the_very_start_counts() -> None:
    assert spent(stamp(SINCE), now=NOW, since=SINCE) is not None


@pytest.mark.parametrize("shown", ["", "abc", "-5", "1e9", "٣", "9" * 40, "12.5"])
def test_a_stamp_that_is_no_moment_gives_no_duration(shown: str) -> None:
    assert spent(shown, now=NOW, since=SINCE) is None


def test_a_stamp_outside_the_attempt_gives_no_duration() -> None:
    assert spent(stamp(NOW + timedelta(seconds=1)), now=NOW, since=SINCE) is None
    assert spent(stamp(SINCE - timedelta(seconds=1)), now=NOW, since=SINCE) is None


def test_a_page_left_open_for_hours_gives_no_duration() -> None:
    since = NOW - timedelta(days=1)
    assert spent(stamp(NOW - timedelta(hours=2)), now=NOW, since=since) is None
