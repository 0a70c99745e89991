"""Query parameters of every resource, read one by one: each is known, given once, and of its form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from xapi import formats
from xapi.actors import validate_agent
from xapi.errors import ContentInvalid, ParameterInvalid, Rule, StatementInvalid
from xapi.strict_json import parse_json

Given = Mapping[str, str]


def single_values(args: Mapping[str, Sequence[str]], known: frozenset[str]) -> dict[str, str]:
    """The parameters, each by its one value. Raises `ParameterInvalid` for one unknown or given twice.

    Spec: xAPI 1.0.3 Communication §3.2 (parameters not recognised, letter case).
    """
    given: dict[str, str] = {}
    for name, values in args.items():
        if name not in known:
            raise ParameterInvalid(name, Rule.UNKNOWN)
        if len(values) != 1:
            raise ParameterInvalid(name, Rule.REPEATED)
        given[name] = values[0]
    return given


def require(given: Given, name: str) -> str:
    """The parameter's text. Raises `ParameterInvalid` where it is missing or empty."""
    if name not in given:
        raise ParameterInvalid(name, Rule.REQUIRED)
    if not given[name]:
        raise ParameterInvalid(name, Rule.NOT_EMPTY)
    return given[name]


def as_uuid(given: Given, name: str) -> UUID | None:
    """A UUID in its standard form; None where the parameter is missing."""
    text = given.get(name)
    if text is None:
        return None
    if not formats.is_uuid(text):
        raise ParameterInvalid(name, Rule.UUID)
    return UUID(text)


def as_iri(given: Given, name: str) -> str | None:
    """An absolute IRI; None where the parameter is missing."""
    text = given.get(name)
    if text is not None and not formats.is_iri(text):
        raise ParameterInvalid(name, Rule.IRI)
    return text


def as_moment(given: Given, name: str) -> datetime | None:
    """A moment in UTC; None where the parameter is missing."""
    text = given.get(name)
    if text is None:
        return None
    # An unescaped `+` of an offset arrives as a space.
    moment = formats.parse_timestamp(text) or formats.parse_timestamp("+".join(text.rsplit(" ", 1)))
    if moment is None:
        raise ParameterInvalid(name, Rule.TIMESTAMP)
    return moment


def as_flag(given: Given, name: str) -> bool:
    """`true` or `false`; false where the parameter is missing."""
    text = given.get(name, "false")
    if text not in {"true", "false"}:
        raise ParameterInvalid(name, Rule.BOOLEAN)
    return text == "true"


def as_agent(given: Given, name: str) -> Mapping[str, Any] | None:
    """An agent or identified group as JSON; None where the parameter is missing."""
    text = given.get(name)
    if text is None:
        return None
    try:
        agent = parse_json(text.encode("utf-8", "surrogatepass"), name=name)
        validate_agent(agent, name)
    except ContentInvalid as error:
        raise ParameterInvalid(name, error.rule) from error
    except StatementInvalid as error:
        raise ParameterInvalid(error.path, error.rule) from error
    return dict(agent)
