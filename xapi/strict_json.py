"""JSON from outside, read strictly: what two readers could understand differently is refused.

Python's own reader takes more than JSON: repeated keys (the last wins), NaN and infinities, halves of surrogate
pairs, which no UTF-8 can write down again.
"""

import json
import re
from typing import Any

from xapi.errors import ContentInvalid, Rule

MAX_DEPTH = 100
"""How deep arrays and objects may stand in one another where anything at all may stand."""

_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(body: bytes, *, name: str = "body") -> Any:
    """The value that a JSON text in UTF-8 holds; `name` says in the refusal what the text was.

    Raises `ContentInvalid` for what is not JSON (RFC 8259), repeats a key, or holds half a surrogate pair.
    Time and memory are linear in the body's size.
    """
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ContentInvalid(name, Rule.JSON) from error
    if _HALF_PAIR.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise ContentInvalid(name, Rule.UNICODE) from error
    return value


def is_deep(value: object, *, limit: int = MAX_DEPTH) -> bool:
    """Whether arrays and objects stand in one another more than `limit` times."""
    level = [value]
    for _ in range(limit):
        level = [item for container in level for item in _inside(container) if isinstance(item, (dict, list))]
        if not level:
            return False
    return True


def _inside(value: object) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise ContentInvalid(key, Rule.REPEATED)
            seen.add(key)
    return made


def _no_constant(text: str) -> float:
    raise ContentInvalid(text, Rule.NUMBER)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ContentInvalid(text[:40], Rule.NUMBER)
    return number
