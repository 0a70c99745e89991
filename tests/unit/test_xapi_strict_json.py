import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from xapi.errors import ContentInvalid, Rule
from xapi.strict_json import is_deep, parse_json

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@given(JSON, some.booleans())
def test_json_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(some.binary(max_size=100))
def test_other_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ContentInvalid):
        assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize(
    ("text", "named", "rule"),
    [
        ('{"a": 1, "b": 2, "b": 2}', "b", Rule.REPEATED),
        ('[{"a": {"c": 1, "\\u0063": 1}}]', "c", Rule.REPEATED),
        ("[Infinity]", "Infinity", Rule.NUMBER),
        ("[-1e400]", "-1e400", Rule.NUMBER),
        ('["\\uDC00"]', "it", Rule.UNICODE),
        ('{"\\ud83d\\ud83d\\ude00": 1}', "it", Rule.UNICODE),
        ("[1,]", "it", Rule.JSON),
        ("'a'", "it", Rule.JSON),
        ('"\n"', "it", Rule.JSON),
    ],
)
def test_what_two_readers_could_take_differently_is_refused(text: str, named: str, rule: Rule) -> None:
    with pytest.raises(ContentInvalid) as refused:
        parse_json(text.encode(), name="it")
    assert (refused.value.property, refused.value.rule) == (named, rule)


@pytest.mark.parametrize(
    ("value", "deep"), [(1, False), ([], False), ([[]], False), ([[[]]], True), ({"a": {"b": [1]}}, True)]
)
def test_depth_is_counted_in_arrays_and_objects(value: Any, deep: bool) -> None:
    assert is_deep(value, limit=2) is deep
