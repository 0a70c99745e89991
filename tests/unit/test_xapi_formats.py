import re
from datetime import UTC, datetime, timedelta, timezone
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from xapi import formats, statements

GOOD_IRIS = [
    "http://adlnet.gov/expapi/verbs/answered",
    "https://école.example/parcours/où?x=é#là",
    "urn:uuid:4c0a5c5e-3d29-4a36-8a3e-0c1f0a2a7c11",
    "tag:example.org,2026:a",
    "http://[2001:db8::1]:8080/x",
    "http://example.org",
    "mailto:a@example.org",
    "http://example.org/%C3%A9?a/b?c#d/e?",
    "a:b",
]
BAD_IRIS = [
    "",
    "answered",
    "/relative",
    "http:",
    "http:#a",
    "1http://example.org",
    "http://example.org/a b",
    "http://example.org/<a>",
    "http://example.org/%zz",
    "http://example.org/a#b#c",
    "http://example.org/[a]",
    "http://example.org/\ud800",
    "http://example.org/a\n",
    "http://example.org/\x00",
    "://example.org",
]


@pytest.mark.parametrize("text", GOOD_IRIS)
def test_an_absolute_iri_is_taken(text: str) -> None:
    assert formats.is_iri(text)


@pytest.mark.parametrize("text", BAD_IRIS)
def test_what_is_no_absolute_iri_is_refused(text: str) -> None:
    assert not formats.is_iri(text)


@pytest.mark.parametrize("tail", [":" * 60_000, "@" * 60_000, "/a" * 30_000, "?" * 60_000, "%41" * 20_000])
def test_a_hostile_iri_costs_no_time(tail: str) -> None:
    begun = perf_counter()
    formats.is_iri("http://" + tail + " ")
    formats.is_mailto("mailto:" + tail + " ")
    formats.is_duration("P" + "1" * 60_000)
    formats.is_media_type("a/b" + ";a=b" * 20_000 + "!;")
    assert perf_counter() - begun < 1


@pytest.mark.parametrize("text", ["fr", "en-US", "ar", "zh-Hant-TW", "tlh", "sr-Cyrl", "x-private", "und"])
def test_a_registered_language_tag_is_taken(text: str) -> None:
    assert formats.is_language_tag(text)


@pytest.mark.parametrize("text", ["", "en_US", "something", "s-something", " fr", "fr ", "français", "en-", "a" * 500])
def test_what_is_no_language_tag_is_refused(text: str) -> None:
    assert not formats.is_language_tag(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-03-01T08:00:00Z", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("2027-03-01T08:00:00.123456789Z", datetime(2027, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2027-03-01T10:00:00.5+02:00", datetime(2027, 3, 1, 8, 0, 0, 500000, tzinfo=UTC)),
        ("2027-03-01T08:00:00+0000", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("2027-03-01T06:30:00-01:30", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_read_as_its_moment_in_utc(text: str, moment: datetime) -> None:
    assert formats.parse_timestamp(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-03-01",
        "2027-03-01T08:00:00",
        "2027-13-01T08:00:00Z",
        "2027-02-30T08:00:00Z",
        "2027-03-01T25:00:00Z",
        "2027-03-01T08:00:00-00:00",
        "2027-03-01T08:00:00-0000",
        "2027-03-01T08:00:00-00",
        "2027-03-01T08:00:00+24:00",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٧-03-01T08:00:00Z",
        "01/03/2027",
    ],
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    assert formats.parse_timestamp(text) is None


@pytest.mark.parametrize(
    "text", ["PT0S", "PT1.5S", "PT4H35M59.14S", "P3Y1M29DT4H35M59.14S", "P3Y", "P4W", "P0.5Y", "PT1,5M"]
)
def test_an_iso_duration_is_taken(text: str) -> None:
    assert formats.is_duration(text)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "-P1D", "P4W1D", "PT1.5H30M", "P1.5DT1H", "1H", "PT1S ", "P1S", "PT1M1H", "PT١S"]
)
def test_what_is_no_iso_duration_is_refused(text: str) -> None:
    assert not formats.is_duration(text)


@given(some.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_a_duration_is_valid_and_keeps_the_length_to_the_hundredth(length: timedelta) -> None:
    text = statements.duration(length)
    assert formats.is_duration(text)
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?", text)
    assert found is not None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    assert minutes < 60
    assert seconds < 60
    again = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert abs(again - length) <= timedelta(milliseconds=5, microseconds=1)


@given(some.integers(-(10**15), 10**16), some.integers(-12, 14))
def test_a_timestamp_reads_back_as_the_same_millisecond(microseconds: int, hours: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=hours))) + timedelta(microseconds=microseconds)
    text = statements.format_timestamp(moment)
    assert text.endswith("Z")
    again = formats.parse_timestamp(text)
    assert again is not None
    assert timedelta(0) <= moment.astimezone(UTC) - again < timedelta(milliseconds=1)


@pytest.mark.parametrize("text", ["text/plain", "text/plain; charset=ascii", 'application/vnd.x+json;a="b c"'])
def test_a_media_type_is_taken(text: str) -> None:
    assert formats.is_media_type(text)


@pytest.mark.parametrize("text", ["", "text", "text/", "text/plain;", "text/plain; charset", "a b/c"])
def test_what_is_no_media_type_is_refused(text: str) -> None:
    assert not formats.is_media_type(text)
