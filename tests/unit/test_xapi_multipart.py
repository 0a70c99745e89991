from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from xapi.errors import ContentInvalid
from xapi.multipart import compose_multipart, parse_multipart

BOUNDARIES = some.from_regex(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]", fullmatch=True)


@given(BOUNDARIES, some.lists(some.binary(max_size=60), min_size=1, max_size=4))
def test_what_is_composed_is_parsed_back(boundary: str, contents: list[bytes]) -> None:
    if any(b"--" + boundary.encode() in b"\r\n" + content for content in contents):
        return

    def parts() -> Iterator[tuple[Mapping[str, str], bytes]]:
        for number, content in enumerate(contents):
            yield {"X-Number": str(number)}, content

    body = b"".join(compose_multipart(boundary, parts()))
    found = parse_multipart(f'multipart/mixed; boundary="{boundary}"', body)
    assert [part.content for part in found] == contents
    assert [part.headers["x-number"] for part in found] == [str(number) for number in range(len(contents))]


@given(some.text(max_size=60), some.binary(max_size=200))
def test_whatever_comes_is_parsed_or_refused(content_type: str, body: bytes) -> None:
    for header in (content_type, f"multipart/mixed; boundary={content_type}", "multipart/mixed; boundary=-"):
        with suppress(ContentInvalid):
            assert parse_multipart(header, body)


def test_lines_may_end_in_lf_alone_and_something_may_stand_around() -> None:
    body = b"preamble\n--b\nA: 1\n\none\n--b \t\n\ntwo\n\n--b--\nepilogue"
    first, second = parse_multipart("multipart/mixed;boundary=b", body)
    assert (first.headers, first.content) == ({"a": "1"}, b"one")
    assert (second.headers, second.content) == ({}, b"two\n")


@pytest.mark.parametrize(
    "body", [b"--b\r\nA: 1\r\na: 2\r\n\r\n\r\n--b--", b"--b\r\nA\r\n\r\n\r\n--b--", b"--bc\r\n\r\n--bc--", b"x--b--"]
)
def test_parts_are_well_formed(body: bytes) -> None:
    with pytest.raises(ContentInvalid):
        parse_multipart("multipart/mixed; boundary=b", body)
