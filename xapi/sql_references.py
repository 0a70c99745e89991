"""Statements that refer to statements, in SQL: by what their targets say they are found too.

Spec: xAPI 1.0.3 Communication §2.1.3 (filter conditions for StatementRefs).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from xapi.sql_lookups import rows_among
from xapi.sql_tables import statement, statement_reference

_KNOWN = select(statement_reference.c.target, statement_reference.c.seq)
_ONWARD = select(statement.c.statement_id, statement.c.refers_to).where(statement.c.refers_to.is_not(None))


def keep_references(session: Session, rows: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> None:
    """Note every target that the new statements reach, and those that others reach through them.

    `rows` are the statements' columns, `positions` their `seq` in the same order. Those already kept may refer
    to the new ones, as ids are known before statements come.
    """
    ways: dict[UUID, UUID] = {row["statement_id"]: row["refers_to"] for row in rows if row["refers_to"] is not None}
    if not ways:
        return
    reached = set(ways.values())
    ways |= _onward(session, reached - ways.keys())
    by_target: dict[UUID, set[int]] = _waiting(session, [row["statement_id"] for row in rows])
    for row, position in zip(rows, positions, strict=True):
        if row["refers_to"] is not None:
            by_target.setdefault(row["refers_to"], set()).add(position)
    found = {
        (target, position)
        for first, waiting in by_target.items()
        for target in _along(first, ways)
        for position in waiting
    }
    _insert(session, found)


def _along(first: UUID, ways: Mapping[UUID, UUID]) -> Iterable[UUID]:
    """The ids reached from the first on; statements may refer to each other in a circle."""
    seen: dict[UUID, None] = {}
    step: UUID | None = first
    while step is not None and step not in seen:
        seen[step] = None
        step = ways.get(step)
    return seen


def _onward(session: Session, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """From each kept statement on these ways to what it refers to, as far as it goes."""
    ways: dict[UUID, UUID] = {}
    left = set(ids)
    while left:
        found: dict[UUID, UUID] = {
            row.statement_id: row.refers_to for row in rows_among(session, _ONWARD, statement.c.statement_id, left)
        }
        ways |= found
        left = set(found.values()) - ways.keys()
    return ways


def _waiting(session: Session, ids: Sequence[UUID]) -> dict[UUID, set[int]]:
    """Who already refers to these ids, by id."""
    waiting: dict[UUID, set[int]] = {}
    for row in rows_among(session, _KNOWN, statement_reference.c.target, ids):
        waiting.setdefault(row.target, set()).add(row.seq)
    return waiting


def _insert(session: Session, found: set[tuple[UUID, int]]) -> None:
    targets = {target for target, _ in found}
    known = {(row.target, row.seq) for row in rows_among(session, _KNOWN, statement_reference.c.target, targets)}
    new = [{"target": target, "seq": position} for target, position in sorted(found - known)]
    if new:
        session.execute(insert(statement_reference), new)
