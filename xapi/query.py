"""What a reader asks of the statements: parsed from a query string, or from the cursor of the page before."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from xapi.errors import ParameterInvalid, Rule
from xapi.parameters import as_agent, as_flag, as_iri, as_moment, as_uuid, single_values
from xapi.statements import agent_key, format_timestamp

MAX_LIMIT = 200
"""Most statements on one page; what a limit of 0, or none, gives."""

_LONGEST_CURSOR = 8_000
_LONGEST_QUERY = 64_000
_FORMATS = ("exact", "ids", "canonical")
_ALONE = frozenset({"statementId", "voidedStatementId"})
_BESIDE_AN_ID = frozenset({"attachments", "format"})
_FLAGS = {
    "related_activities": "related_activities",
    "related_agents": "related_agents",
    "attachments": "attachments",
    "ascending": "ascending",
}
PARAMETERS = frozenset(
    _ALONE | _FLAGS.keys() | {"agent", "verb", "activity", "registration", "since", "until", "limit", "format"}
)


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """A query of the Statement resource (xAPI 1.0.3 Communication §2.1.3).

    `since` (later than) and `until` (not later than) are about `stored`; `after` is the position in the
    store that the page before ended at, in the order asked for.
    """

    statement_id: UUID | None = None
    voided_statement_id: UUID | None = None
    agent: Mapping[str, Any] | None = None
    verb: str | None = None
    activity: str | None = None
    registration: UUID | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = MAX_LIMIT
    format: str = "exact"
    attachments: bool = False
    ascending: bool = False
    after: int | None = None

    @property
    def agent_key(self) -> str | None:
        """The canonical identifier of the agent asked for."""
        return None if self.agent is None else agent_key(self.agent)


def parse_query(args: Mapping[str, Sequence[str]]) -> StatementQuery:
    """The query that the parameters ask for; each comes as the list of its values.

    Raises `ParameterInvalid` naming the parameter that is unknown, given twice, malformed, or beside
    another that excludes it. Spec: xAPI 1.0.3 Communication §2.1.3.
    """
    given = single_values(args, PARAMETERS)
    alone = _ALONE & given.keys()
    if alone and (len(alone) > 1 or given.keys() - alone - _BESIDE_AN_ID):
        raise ParameterInvalid(sorted(alone)[0], Rule.EXCLUSIVE)
    return StatementQuery(
        statement_id=as_uuid(given, "statementId"),
        voided_statement_id=as_uuid(given, "voidedStatementId"),
        agent=as_agent(given, "agent"),
        verb=as_iri(given, "verb"),
        activity=as_iri(given, "activity"),
        registration=as_uuid(given, "registration"),
        since=as_moment(given, "since"),
        until=as_moment(given, "until"),
        limit=_limit(given),
        format=_format(given),
        **{attribute: as_flag(given, name) for name, attribute in _FLAGS.items()},
    )


def encode_cursor(query: StatementQuery, position: int) -> str:
    """The opaque text that continues `query` after `position`: it carries the whole query."""
    text = json.dumps([position, _parameters(query)], separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> StatementQuery:
    """The query that a cursor continues; it is parsed as strictly as one that came anew.

    Nothing in it is trusted: the reader's scope is applied to it again. Raises `ParameterInvalid`.
    """
    if len(cursor) > _LONGEST_CURSOR:
        raise ParameterInvalid("more", Rule.TOO_LONG)
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        text = zlib.decompressobj().decompress(packed, _LONGEST_QUERY)
        position, parameters = json.loads(text)
    except (ValueError, TypeError, binascii.Error, zlib.error, RecursionError) as error:
        raise ParameterInvalid("more", Rule.NOT_A_CURSOR) from error
    if type(position) is not int or not 0 <= position < 2**63 or not isinstance(parameters, dict):
        raise ParameterInvalid("more", Rule.NOT_A_CURSOR)
    if not all(isinstance(value, str) for value in parameters.values()):
        raise ParameterInvalid("more", Rule.NOT_A_CURSOR)
    query = parse_query({name: [value] for name, value in parameters.items()})
    return replace(query, after=position)


def _parameters(query: StatementQuery) -> dict[str, str]:
    """The parameters that `parse_query` would read as this query."""
    made: dict[str, str] = {"limit": str(query.limit)}
    if query.agent is not None:
        made["agent"] = json.dumps(query.agent, separators=(",", ":"))
    for name in ("verb", "activity", "registration"):
        if (value := getattr(query, name)) is not None:
            made[name] = str(value)
    for name, moment in (("since", query.since), ("until", query.until)):
        if moment is not None:
            made[name] = moment.isoformat() if moment.microsecond % 1000 else format_timestamp(moment)
    made |= {name: "true" for name, attribute in _FLAGS.items() if getattr(query, attribute)}
    if query.format != "exact":
        made["format"] = query.format
    return made


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ParameterInvalid("limit", Rule.INTEGER)
    return min(int(text) or MAX_LIMIT, MAX_LIMIT)


def _format(given: Mapping[str, str]) -> str:
    text = given.get("format", "exact")
    if text not in _FORMATS:
        raise ParameterInvalid("format", Rule.CHOICE)
    return text
