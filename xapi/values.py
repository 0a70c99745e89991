"""The simplest rules of a statement: types and formats of single values.

Each function passes a good value through and raises `StatementInvalid` for a bad one. `path` is where
the value stands, `clause` the section of the specification that rules it.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any

from xapi import formats
from xapi.errors import Rule, StatementInvalid
from xapi.strict_json import is_deep


def check_object(value: object, path: str, clause: str, known: frozenset[str]) -> dict[str, Any]:
    """An object with no property but the known ones (Data §2.2)."""
    if not isinstance(value, dict):
        raise StatementInvalid(path, Rule.OBJECT, clause)
    if not value.keys() <= known:
        stranger = next(key for key in value if key not in known)
        raise StatementInvalid(f"{path}.{stranger}" if path else str(stranger), Rule.UNKNOWN, "Data §2.2")
    return value


def check_array(value: object, path: str, clause: str) -> list[Any]:
    """An array."""
    if not isinstance(value, list):
        raise StatementInvalid(path, Rule.ARRAY, clause)
    return value


def check_string(value: object, path: str, clause: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise StatementInvalid(path, Rule.STRING, clause)
    return value


def check_text(value: object, path: str, fits: Callable[[str], bool], rule: Rule, clause: str) -> str:
    """A string of the form that `fits` tells."""
    if not isinstance(value, str):
        raise StatementInvalid(path, Rule.STRING, clause)
    if not fits(value):
        raise StatementInvalid(path, rule, clause)
    return value


def check_iri(value: object, path: str, clause: str) -> str:
    """An absolute IRI (RFC 3987)."""
    return check_text(value, path, formats.is_iri, Rule.IRI, clause)


def check_boolean(value: object, path: str, clause: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise StatementInvalid(path, Rule.BOOLEAN, clause)


def check_number(value: object, path: str, clause: str) -> int | float:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise StatementInvalid(path, Rule.NUMBER, clause)
    if isinstance(value, float) and not isfinite(value):
        raise StatementInvalid(path, Rule.NUMBER, clause)
    return value


def check_language_map(value: object, path: str) -> None:
    """Texts by language tag (Data §4.2)."""
    if not isinstance(value, dict):
        raise StatementInvalid(path, Rule.OBJECT, "Data §4.2")
    for tag, text in value.items():
        if not isinstance(tag, str) or not formats.is_language_tag(tag):
            raise StatementInvalid(f"{path}.{tag}", Rule.LANGUAGE, "Data §4.2")
        if not isinstance(text, str):
            raise StatementInvalid(f"{path}.{tag}", Rule.STRING, "Data §4.2")


def check_extensions(value: object, path: str) -> None:
    """Anything at all, by IRI (Data §4.1)."""
    if not isinstance(value, dict):
        raise StatementInvalid(path, Rule.OBJECT, "Data §4.1")
    for key in value:
        if not isinstance(key, str) or not formats.is_iri(key):
            raise StatementInvalid(f"{path}.{key}", Rule.IRI, "Data §4.1")
    if is_deep(value):
        raise StatementInvalid(path, Rule.TOO_DEEP, "Data §4.1")
