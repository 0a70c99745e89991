"""Statements that refer to statements, in SQL: by what their targets say they are found too.

Each reference is followed to its target, from there on where that one refers too, and so on, to a hundred
statements at most: nobody reads that far, and a writer could have the store follow for long.
Spec: xAPI 1.0.3 Communication §2.1.3 (filter conditions for StatementRefs).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from xapi.sql_lookups import rows_among
from xapi.sql_tables import statement, statement_reference

_MOST_REACHED = 100
_KNOWN = select(statement_reference.c.target, statement_reference.c.seq)
_ONWARD = select(statement.c.statement_id, statement_reference.c.target).join(
    statement_reference, statement_reference.c.seq == statement.c.seq
)


def keep_references(session: Session, rows: Sequence[Mapping[str, Any]], positions: Sequence[int]) -> None:
    """Note every target that the new statements reach, and those that others reach through them.

    `rows` are the statements' columns, `positions` their `seq` in the same order. Those already kept may refer
    to the new ones, as ids are known before statements come.
    """
    ways: dict[UUID, UUID] = {row["statement_id"]: row["refers_to"] for row in rows if row["refers_to"] is not None}
    if not ways:
        return
    onward = _onward(session, set(ways.values()) - ways.keys())
    seqs: dict[UUID, set[int]] = {identifier: set() for identifier in ways}
    for row, position in zip(rows, positions, strict=True):
        if row["statement_id"] in seqs:
            seqs[row["statement_id"]].add(position)
    for waiting in rows_among(session, _KNOWN, statement_reference.c.target, ways):
        seqs[waiting.target].add(waiting.seq)
    found = {
        (target, seq)
        for identifier, reaching in seqs.items()
        for target in _along(identifier, ways, onward)
        for seq in reaching
    }
    targets = {target for target, _seq in found}
    known = {(one.target, one.seq) for one in rows_among(session, _KNOWN, statement_reference.c.target, targets)}
    new = [{"target": target, "seq": seq} for target, seq in sorted(found - known)]
    if new:
        session.execute(insert(statement_reference), new)


def _along(start: UUID, ways: Mapping[UUID, UUID], onward: Mapping[UUID, Collection[UUID]]) -> list[UUID]:
    """The ids reached from a new statement; statements may refer to each other in a circle."""
    seen: dict[UUID, None] = {}
    step = ways[start]
    while step not in seen and len(seen) < _MOST_REACHED:
        seen[step] = None
        if step not in ways:
            seen |= dict.fromkeys(onward.get(step, ()))
            break
        step = ways[step]
    return list(seen)[:_MOST_REACHED]


def _onward(session: Session, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """What statements already kept reach, by their ids."""
    reached: dict[UUID, set[UUID]] = {}
    for row in rows_among(session, _ONWARD, statement.c.statement_id, ids):
        reached.setdefault(row.statement_id, set()).add(row.target)
    return reached
