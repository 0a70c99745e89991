"""Statements in SQL: SQLite or PostgreSQL, inside the caller's own transaction.

Writers are put in a row from their first `add` until they commit (on SQLite by the database's write lock,
on PostgreSQL by an advisory lock), and `stored` only ever grows. So `seq`, `stored` and the order of
commits agree: whoever follows the store by `seq` or polls it by `since` misses nothing. It follows that
`add` belongs near the end of a transaction.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, func, insert, select, text, update
from sqlalchemy.orm import Session

from xapi import mentions
from xapi.comparison import same_statement
from xapi.errors import Rule, StatementConflict, StatementInvalid
from xapi.formats import parse_timestamp
from xapi.query import StatementQuery, encode_cursor
from xapi.sql_attachments import keep_contents
from xapi.sql_lookups import rows_among
from xapi.sql_references import keep_references
from xapi.sql_referring import with_referring
from xapi.sql_search import find_rows, within
from xapi.sql_tables import metadata, statement, statement_activity, statement_agent
from xapi.statements import agent_key, format_timestamp, index_key
from xapi.store import Page, Scope
from xapi.validation import Version, validate_batch
from xapi.vocabulary import Verb

__all__ = ["SqlStore", "metadata"]

_WRITERS = 0x78415049  # PostgreSQL's advisory lock of those who write statements
_MY_TURN = text(f"SELECT pg_advisory_xact_lock({_WRITERS})")
_NOBODY_WRITES = text(
    f"SELECT CASE WHEN pg_try_advisory_lock_shared({_WRITERS})"
    f" THEN pg_advisory_unlock_shared({_WRITERS}) ELSE false END"
)
_TICK = timedelta(milliseconds=1)
NOTHING: Mapping[str, bytes] = MappingProxyType({})


class SqlStore:
    """A `StatementStore` that keeps nothing itself: the session is the connection and the transaction.

    `settling` is how long a transaction may take from its `add` to its commit: the answer to "until when
    have I seen everything" lags that much behind. PostgreSQL can tell that nobody writes: no lag then.
    """

    def __init__(self, *, settling: timedelta = timedelta(milliseconds=200)) -> None:
        self.settling = settling

    def add(
        self,
        session: Session,
        statements: Sequence[dict[str, Any]],
        *,
        scope: Scope,
        authority: dict[str, Any],
        now: datetime,
        version: Version = "1.0.3",
    ) -> list[UUID]:
        """Validate and keep a batch, whole or not at all; gives the ids in order.

        `stored` and `authority` are set (whatever the statement says), `id`, `timestamp` and `version`
        where they are missing. An id that is already kept with the same content is left as it is.
        Raises `StatementInvalid` (of a batch: with the position), `StatementConflict` where the id is
        another statement's. Takes part in the session's transaction; never commits.
        Spec: xAPI 1.0.3 Communication §2.1.1–2.1.2, Data §2.3.
        """
        validate_batch(statements, version=version)
        return self.add_valid(session, statements, scope=scope, authority=authority, now=now, version=version)

    def add_valid(
        self,
        session: Session,
        statements: Sequence[dict[str, Any]],
        *,
        scope: Scope,
        authority: dict[str, Any],
        now: datetime,
        version: Version = "1.0.3",
        contents: Mapping[str, bytes] = NOTHING,
    ) -> list[UUID]:
        """As `add`, for a batch that `validate_batch` has passed: writers wait for nobody's validating.

        `contents` are those of attachments, by their `sha2` in lower case.
        """
        if not statements:
            return []
        stored = self._enter(session, now)
        accepted = [_accepted(given, authority=authority, stored=stored, version=version) for given in statements]
        ids = [UUID(body["id"]) for body in accepted]
        _refuse_repeated(ids)
        kept = self._kept(session, ids)
        for identifier, given in zip(ids, statements, strict=True):
            if identifier in kept and not same_statement(kept[identifier], given):
                raise StatementConflict(identifier)
        new = [body for identifier, body in zip(ids, accepted, strict=True) if identifier not in kept]
        if new:
            self._insert(session, new, scope=scope, stored=stored, contents=contents)
        return ids

    def search(
        self, session: Session, query: StatementQuery, *, scope: Scope | None, authority: str | None = None
    ) -> Page:
        """One page of what the query asks for, within the scope (None: everything) and of the authority.

        Newest first unless `ascending`; one more row than the limit tells whether there is a next page.
        Voided statements are left out, what refers to them is not. Spec: xAPI 1.0.3 Communication §2.1.3.
        """
        limit = query.limit + 1
        rows = find_rows(session, query, scope=scope, authority=authority, limit=limit)
        rows = with_referring(session, query, rows, scope=scope, authority=authority, limit=limit)
        page = rows[: query.limit]
        cursor = encode_cursor(query, page[-1].seq) if len(rows) > query.limit else None
        return Page([json.loads(row.body) for row in page], cursor)

    def mentioning(
        self,
        session: Session,
        *,
        agent: str | None = None,
        activity: str | None = None,
        scope: Scope | None,
        authority: str | None = None,
        limit: int = 20,
    ) -> list[dict[str, Any]]:
        """The latest statements that name an agent or an activity (canonical keys), the oldest of them first."""
        table, key = (statement_agent, agent) if agent is not None else (statement_activity, activity)
        found = select(statement.c.body).join(table, table.c.seq == statement.c.seq)
        found = found.where(table.c.key == key, statement.c.voided.is_(False), within(scope))
        if authority is not None:
            found = found.where(statement.c.authority == authority)
        rows = session.execute(found.order_by(table.c.seq.desc()).limit(limit)).scalars().all()
        return [json.loads(body) for body in reversed(rows)]

    def get(
        self,
        session: Session,
        id: UUID,  # noqa: A002 — the property's own name
        *,
        scope: Scope | None,
        voided: bool = False,
        authority: str | None = None,
    ) -> dict[str, Any] | None:
        """The statement of this id, within the scope: one that stands, or with `voided` one that does not."""
        found = select(statement.c.body).where(
            statement.c.statement_id == id, statement.c.voided.is_(voided), within(scope)
        )
        if authority is not None:
            found = found.where(statement.c.authority == authority)
        body = session.execute(found).scalar_one_or_none()
        return None if body is None else dict(json.loads(body))

    def rescope(self, session: Session, *, context: str, school: str | None) -> int:
        """Move every statement of a context to another school (or none); gives how many moved."""
        moved = session.execute(
            update(statement)
            .where(statement.c.scope_context == context, statement.c.scope_school.is_distinct_from(school))
            .values(scope_school=school)
        )
        return _touched(moved)

    def count(self, session: Session, *, scope: Scope | None = None) -> int:
        """How many statements stand (are not voided) within the scope."""
        counted = select(func.count()).select_from(statement).where(statement.c.voided.is_(False), within(scope))
        return int(session.execute(counted).scalar_one())

    def consistent_through(self, session: Session, *, now: datetime) -> datetime:
        """Until when every stored statement can be seen by this session's transaction.

        Ask before searching, with a clock read before asking. Spec: xAPI 1.0.3 Communication §2.1.3
        (X-Experience-API-Consistent-Through).
        """
        last = _last_stored(session)
        settled = now - self.settling
        if session.get_bind().dialect.name == "postgresql" and session.execute(_NOBODY_WRITES).scalar_one():
            settled = now
        return settled if last is None else max(settled, last)

    def last_stored(self, session: Session) -> datetime | None:
        """When the last statement that this transaction sees was stored: what its own `add` waited for is there."""
        return _last_stored(session)

    def _enter(self, session: Session, now: datetime) -> datetime:
        """Wait for one's turn to write; the moment of storing, later than any before."""
        if session.get_bind().dialect.name == "postgresql":
            session.execute(_MY_TURN)
        last = _last_stored(session)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return now if last is None else max(now, last + _TICK)

    def _kept(self, session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        asked = select(statement.c.statement_id, statement.c.body)
        found = rows_among(session, asked, statement.c.statement_id, ids)
        return {row.statement_id: json.loads(row.body) for row in found}

    def _insert(
        self,
        session: Session,
        bodies: Sequence[dict[str, Any]],
        *,
        scope: Scope,
        stored: datetime,
        contents: Mapping[str, bytes],
    ) -> None:
        rows = [_row(body, scope=scope, stored=stored) for body in bodies]
        _refuse_voiding_the_voiding(session, rows)
        returning = insert(statement).returning(statement.c.seq, sort_by_parameter_order=True)
        positions = session.execute(returning, rows).scalars().all()
        for table, named in ((statement_agent, mentions.agents), (statement_activity, mentions.activities)):
            found = [
                {"key": key, "seq": seq, "related": related}
                for seq, body in zip(positions, bodies, strict=True)
                for key, related in named(body).items()
            ]
            if found:
                session.execute(insert(table), found)
        if contents:
            keep_contents(session, bodies, positions, contents)
        keep_references(session, rows, positions)
        _void(session, rows)


def _accepted(
    given: Mapping[str, Any], *, authority: dict[str, Any], stored: datetime, version: Version
) -> dict[str, Any]:
    """The statement as it is kept: with what the store adds, and context activities as lists (Data §2.4.6.2)."""
    body = {"id": str(uuid4())} | dict(given)
    body["id"] = body["id"].lower()
    body["stored"] = format_timestamp(stored)
    body.setdefault("timestamp", body["stored"])
    if version == "2.0.0":
        body["timestamp"] = _in_utc(body["timestamp"])
    body.setdefault("version", "1.0.0" if version == "1.0.3" else version)
    body["authority"] = authority
    _list_context_activities(body)
    if body["object"].get("objectType") == "SubStatement":
        body["object"] = dict(body["object"])
        _list_context_activities(body["object"])
    return body


def _in_utc(timestamp: str) -> str:
    """The same moment in UTC, as fine as it came; xAPI 2.0 §4.2.7 has a store convert."""
    moment = parse_timestamp(timestamp)
    if moment is None or timestamp[-1] in "Zz":
        return timestamp
    return moment.isoformat(timespec="microseconds" if moment.microsecond % 1000 else "milliseconds")[:-6] + "Z"


def _list_context_activities(body: dict[str, Any]) -> None:
    activities = body.get("context", {}).get("contextActivities", {})
    if any(not isinstance(given, list) for given in activities.values()):
        listed = {name: given if isinstance(given, list) else [given] for name, given in activities.items()}
        body["context"] = body["context"] | {"contextActivities": listed}


def _refuse_repeated(ids: Sequence[UUID]) -> None:
    seen: set[UUID] = set()
    for position, identifier in enumerate(ids):
        if identifier in seen:
            raise StatementInvalid(f"[{position}].id", Rule.DISTINCT, "Communication §2.1.2")
        seen.add(identifier)


def _row(body: dict[str, Any], *, scope: Scope, stored: datetime) -> dict[str, Any]:
    """The columns of a statement that is ready to be kept."""
    target, context = body["object"], body.get("context", {})
    refers = target.get("objectType") == "StatementRef"
    is_activity = target.get("objectType", "Activity") == "Activity"
    return {
        "statement_id": UUID(body["id"]),
        "stored": stored,
        "timestamp": parse_timestamp(body["timestamp"]),
        "actor": agent_key(body["actor"]),
        "verb": index_key(body["verb"]["id"]),
        "activity": index_key(target["id"]) if is_activity else None,
        "registration": UUID(context["registration"]) if "registration" in context else None,
        "authority": agent_key(body["authority"]),
        "scope_platform": scope.platform,
        "scope_context": scope.context,
        "scope_school": scope.school,
        "refers_to": UUID(target["id"]) if refers else None,
        "voids": refers and body["verb"]["id"] == Verb.VOIDED,
        "voided": False,
        "body": json.dumps(body, separators=(",", ":")),
    }


# Voiding


def _refuse_voiding_the_voiding(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """A voiding statement can't be voided (Data §2.3.2). One that is not kept here yet is not looked for."""
    targets = {row["refers_to"] for row in rows if row["voids"]}
    if not targets:
        return
    voiding = {row["statement_id"] for row in rows if row["voids"]}
    asked = select(statement.c.statement_id).where(statement.c.voids)
    voiding |= {row.statement_id for row in rows_among(session, asked, statement.c.statement_id, targets)}
    for position, row in enumerate(rows):
        if row["voids"] and row["refers_to"] in voiding:
            path = f"[{position}].object.id" if len(rows) > 1 else "object.id"
            raise StatementInvalid(path, Rule.VOIDS_VOIDING, "Data §2.3.2")


def _void(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Void what the new statements void, and those of them that were voided before they came.

    A statement voids only within its own scope, so that nobody voids another's.
    """
    asked = select(
        statement.c.refers_to, statement.c.scope_platform, statement.c.scope_context, statement.c.scope_school
    ).where(statement.c.voids)
    earlier = rows_among(session, asked, statement.c.refers_to, [row["statement_id"] for row in rows])
    for row in [*(row for row in rows if row["voids"]), *(row._asdict() for row in earlier)]:
        reach = Scope(row["scope_platform"], row["scope_context"], row["scope_school"])
        session.execute(
            update(statement)
            .where(statement.c.statement_id == row["refers_to"], statement.c.voids.is_(False), within(reach))
            .values(voided=True)
        )


# Reading


def _last_stored(session: Session) -> datetime | None:
    return session.execute(select(statement.c.stored).order_by(statement.c.seq.desc()).limit(1)).scalar_one_or_none()


def _touched(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
