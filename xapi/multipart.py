"""`multipart/mixed` both ways (RFC 2046 §5.1), in bytes and in linear time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xapi.errors import ContentInvalid, Rule

_BOUNDARY = re.compile(r"""[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]""")  # RFC 2046 §5.1.1
_PARAMETER = re.compile(r""";\s*boundary\s*=\s*(?:"([^"\\]*)"|([^\s;"]+))""", re.IGNORECASE)
_MOST_PARTS = 1_000
_LONGEST_HEAD = 8_192


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers by name in lower case, its content."""

    headers: Mapping[str, str]
    content: bytes


def parse_multipart(content_type: str, body: bytes) -> list[Part]:
    """The parts of a body, in order. Lines may end in LF alone.

    Raises `ContentInvalid` for a boundary missing or malformed, a body that is not parts between it, or one whose
    last part is not closed.
    """
    found = _PARAMETER.search(content_type)
    boundary = (found[1] or found[2] or "") if found else ""
    if _BOUNDARY.fullmatch(boundary) is None:
        raise ContentInvalid("Content-Type", Rule.BOUNDARY)
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("ascii")) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    parts: list[Part] = []
    start = None
    for match in delimiter.finditer(body):
        if start is not None:
            parts.append(_part(body[start : match.start()], len(parts)))
        if match[1] is not None:
            if not parts:
                break
            return parts
        if len(parts) >= _MOST_PARTS:
            raise ContentInvalid("body", Rule.TOO_LONG)
        start = match.end()
    raise ContentInvalid("body", Rule.PARTS)


def compose_multipart(boundary: str, parts: Iterator[tuple[Mapping[str, str], bytes]]) -> Iterator[bytes]:
    """The bytes of a body, part by part; `boundary` must not stand in any content."""
    for headers, content in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield f"--{boundary}\r\n{head}\r\n".encode()
        yield content
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _part(text: bytes, number: int) -> Part:
    """A part from the end of its delimiter line to the next delimiter."""
    text = text.removeprefix(b"\r").removeprefix(b"\n")
    headers: dict[str, str] = {}
    position = 0
    while True:
        end = text.find(b"\n", position)
        if end < 0 or end > _LONGEST_HEAD:
            raise ContentInvalid(f"part[{number}]", Rule.PARTS)
        line = text[position:end].removesuffix(b"\r")
        position = end + 1
        if not line:
            return Part(headers, text[position:])
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or name.strip().lower() in headers:
            raise ContentInvalid(f"part[{number}]", Rule.PARTS)
        headers[name.strip().lower()] = value.strip()
