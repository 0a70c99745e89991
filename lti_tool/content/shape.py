"""From data that was read to a checked model, every fault of shape placed at its line and said in an author's words."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from lti_tool.content.faults import PathInPackage
from lti_tool.content.source import Data, Source

Model = TypeVar("Model")

_EXPECTED = {
    "string_type": "un texte",
    "int_type": "un nombre entier",
    "int_from_float": "un nombre entier",
    "float_type": "un nombre",
    "bool_type": "true ou false",
    "tuple_type": "une liste",
    "dict_type": "un groupe de champs",
    "model_type": "un groupe de champs",
    "model_attributes_type": "un groupe de champs",
    "date_type": "une date (AAAA-MM-JJ)",
    "date_parsing": "une date (AAAA-MM-JJ)",
    "date_from_datetime_parsing": "une date (AAAA-MM-JJ)",
    "date_from_datetime_inexact": "une date (AAAA-MM-JJ)",
}
_RELATIONS = {
    "greater_than": ("plus grand que", "gt"),
    "greater_than_equal": ("au moins", "ge"),
    "less_than": ("plus petit que", "lt"),
    "less_than_equal": ("au plus", "le"),
}
_LENGTHS = {
    "string_too_short": ("too-short", "min_length", " caractère(s)"),
    "string_too_long": ("too-long", "max_length", " caractères"),
    "too_short": ("too-short", "min_length", ""),
    "too_long": ("too-long", "max_length", ""),
}
_AS_THEY_ARE = {"html", "image", "unsafe-link"}
_TAGGED = {"items": "kind", "areas": "type"}
"""Lists whose elements are told apart by a key: there pydantic puts that key's value into its locations."""


def path_of(location: tuple[str | int, ...], data: Data) -> PathInPackage:
    """Where in the data pydantic's location leads: without the names that it gives to the branches of unions."""
    path: list[str | int] = []
    current: Any = data
    for part in location:
        if isinstance(part, int):
            if not isinstance(current, list) or part >= len(current):
                break
            current = current[part]
        else:
            if part.startswith("<") or isinstance(current, list):
                continue
            if not isinstance(current, dict):
                break
            if len(path) > 1 and isinstance(path[-1], int) and current.get(_TAGGED.get(str(path[-2]))) == part:
                continue
            current = current.get(part)
        path.append(part)
    return tuple(path)


def _stands_in_full(error: ErrorDetails, path: PathInPackage, data: Data) -> bool:
    """Whether a list is long enough as written: pydantic counts only the elements that are valid."""
    if error["type"] != "too_short":
        return False
    current: Any = data
    for part in path:
        current = current[part]
    return len(current) >= int(error.get("ctx", {}).get("min_length", 0))


def _explain(error: ErrorDetails, path: PathInPackage) -> tuple[PathInPackage, str, Mapping[str, object]]:
    kind, context = error["type"], error.get("ctx", {})
    discriminator = str(context.get("discriminator", "")).strip("'")
    if kind == "missing":
        return path, "missing", {}
    if kind == "extra_forbidden":
        return path, "unknown-field", {}
    if kind in _AS_THEY_ARE:
        return path, kind, {}
    if kind in _EXPECTED:
        in_value = bool({*error["loc"][-1:]} & {"bool", "int", "str"})
        return path, "type", {"expected": "un texte, un entier, true ou false" if in_value else _EXPECTED[kind]}
    if kind == "literal_error":
        return path, "one-of", {"expected": context["expected"].replace(" or ", ", ")}
    if kind.startswith("union_tag") and discriminator not in _TAGGED.values():
        return path, "condition", {}
    if kind == "union_tag_not_found":
        return (*path, discriminator), "missing", {}
    if kind == "union_tag_invalid":
        return (*path, discriminator), "one-of", {"expected": context["expected_tags"]}
    if kind == "string_pattern_mismatch":
        return path, "pattern", {"pattern": context["pattern"]}
    if kind in _LENGTHS:
        code, name, unit = _LENGTHS[kind]
        return path, code, {"limit": f"{context[name]}{unit}"}
    if kind in _RELATIONS:
        relation, name = _RELATIONS[kind]
        return path, "range", {"relation": relation, "limit": context[name]}
    return path, "invalid", {"detail": error["msg"]}


def fit(adapter: TypeAdapter[Model], source: Source, at: PathInPackage = ()) -> Model | None:
    """The model of the data at `at`, or None with every fault of shape noted in the source."""
    data: Any = source.data
    for part in at:
        data = data[part]
    try:
        return adapter.validate_json(json.dumps(data))
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            path = path_of((*at, *each["loc"]), source.data)
            if _stands_in_full(each, path, source.data):
                continue
            where, code, details = _explain(each, path)
            source.report(where, code, **details)
        return None
