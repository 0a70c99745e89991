"""The formats of strings in a statement: IRIs, language tags, timestamps, durations, UUIDs, media types.

Each `is_…` tells whether a string has the form, in linear time whatever the string (quantifiers are
possessive), and refuses what would not survive being written down: control characters, lone surrogates.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

import langcodes

# RFC 3987 §2.2: what may stand in a component; `%` is checked apart.
_PART = r"""[^\x00-\x20\x7f-\xa0"<>\\^`{|}#?/\[\]\ud800-\udfff\ufdd0-\ufdef\ufff0-\uffff]"""
_PARTS = rf"(?:{_PART}|/)*+"
_IRI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*+:(?=[^#])(?://(?:{_PART}|[\[\]])*+(?:/{_PARTS})?|{_PARTS})"
    rf"(?:\?(?:{_PART}|[/?])*+)?(?:\#(?:{_PART}|[/?])*+)?"
)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MAILTO = re.compile(
    r"mailto:[^\x00-\x20\x7f-\xa0@<>()\[\],;:\\\"\ud800-\udfff]++@[^\x00-\x20\x7f-\xa0@<>()\\\",;\ud800-\udfff]++"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2 = re.compile(r"(?:[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z\-]++"  # noqa: S105 — RFC 9110 §5.6.2, nothing secret
_MEDIA_TYPE = re.compile(rf"""{_TOKEN}/{_TOKEN}(?:[ \t]*+;[ \t]*+{_TOKEN}=(?:{_TOKEN}|"[^"\\\x00-\x1f]*+"))*+""")
_FRACTION = r"(?:[.,][0-9]++)?"
_DURATION = re.compile(
    r"P(?=[0-9T])(?:[0-9]++W|(?:[0-9]++Y)?(?:[0-9]++M)?(?:[0-9]++D)?"
    r"(?:T(?=[0-9])(?:[0-9]++H)?(?:[0-9]++M)?(?:[0-9]++(?:[.,][0-9]++)?S)?)?)"
)
_FRACTIONAL_DURATION = re.compile(  # ISO 8601 §4.4.3.2: the smallest unit given may have a fraction
    rf"P(?=[0-9T])(?:[0-9]++{_FRACTION}W|(?:[0-9]++Y)?(?:[0-9]++M)?[0-9]++{_FRACTION}D|(?:[0-9]++Y)?[0-9]++{_FRACTION}M"
    rf"|[0-9]++{_FRACTION}Y|(?:[0-9]++Y)?(?:[0-9]++M)?(?:[0-9]++D)?"
    rf"T(?:(?:[0-9]++H)?[0-9]++{_FRACTION}M|[0-9]++{_FRACTION}H))"
)
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]++))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2})?)"
)


def is_iri(text: str) -> bool:
    """Whether it is an absolute IRI, with something after its scheme (RFC 3987 §2.2)."""
    return _IRI.fullmatch(text) is not None and ("%" not in text or _BAD_PERCENT.search(text) is None)


def is_mailto(text: str) -> bool:
    """Whether it is `mailto:` and one e-mail address (Data §2.4.2.3)."""
    return _MAILTO.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Whether it is a UUID in its standard form, in either letter case (RFC 4122 §3)."""
    return _UUID.fullmatch(text) is not None


def is_sha1(text: str) -> bool:
    """Whether it is a SHA-1 digest in hexadecimal digits."""
    return _SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    """Whether it is a SHA-224, 256, 384 or 512 digest in hexadecimal digits (Data §2.4.11)."""
    return _SHA2.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Whether it is an Internet media type with its parameters (RFC 9110 §8.3.1)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def is_duration(text: str) -> bool:
    """Whether it is an ISO 8601 duration: units, or weeks alone; not negative, not empty (Data §4.6)."""
    return _DURATION.fullmatch(text) is not None or _FRACTIONAL_DURATION.fullmatch(text) is not None


_FINE_SECONDS = re.compile(r"(?:[.,]([0-9]{1,2})[0-9]*)?S\Z")


def comparable_duration(text: str) -> str:
    """A duration for comparing: its seconds cut to the hundredth, the zeros after it dropped (Data §4.6)."""
    match = _FINE_SECONDS.search(text)
    if match is None:
        return text
    fraction = (match[1] or "").rstrip("0")
    return text[: match.start()] + (f".{fraction}S" if fraction else "S")


@lru_cache(maxsize=1024)
def is_language_tag(text: str) -> bool:
    """Whether it is a language tag of RFC 5646 whose subtags are registered."""
    # The library takes `en_US` and stray spaces for `en-US`; and very long tags cost it time.
    if "_" in text or not text.isascii() or len(text) > 100 or text != text.strip():
        return False
    return bool(langcodes.tag_is_valid(text))


def is_timestamp(text: str) -> bool:
    """Whether `parse_timestamp` can read it."""
    return parse_timestamp(text) is not None


def parse_timestamp(text: str) -> datetime | None:
    """The moment, in UTC, of an RFC 3339 timestamp; None where the text is not one.

    The colon and the minutes of the offset may be left out (ISO 8601). An offset of `-00:00` is refused
    (Data §4.5), a leap second counts as the end of its minute, and digits past the microsecond are dropped.
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    microsecond = int((match[7] or "0")[:6].ljust(6, "0"))
    if second == 60:
        second, microsecond = 59, 999_999
    hours, minutes = int(match[10] or 0), int(match[11] or 0)
    if hours > 23 or minutes > 59 or (match[9] == "-" and hours == minutes == 0):
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    zone = timezone(-offset if match[9] == "-" else offset)
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_VERSION = re.compile(r"([0-9]+\.[0-9]+)(?:\.[0-9]+)?")


def is_version(text: str, minor: str) -> bool:
    """Whether it is a version of this minor release: for `1.0`, `1.0` and `1.0.x` (Data §2.4.10)."""
    match = _VERSION.fullmatch(text)
    return match is not None and match[1] == minor
