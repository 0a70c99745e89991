"""From a statement query to SQL: the statements that it names, and those that refer to them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, select, true
from sqlalchemy.orm import Session

from xapi.query import StatementQuery
from xapi.sql_tables import statement, statement_activity, statement_agent, statement_reference
from xapi.statements import index_key
from xapi.store import Scope

_SCOPES = ("platform", "context", "school")


def within(scope: Scope | None, table: FromClause = statement) -> ColumnElement[bool]:
    """Only what the scope reaches: every side of it that is given must be the statement's own."""
    if scope is None:
        return true()
    asked = [(table.c[f"scope_{name}"], getattr(scope, name)) for name in _SCOPES]
    return and_(true(), *(column == value for column, value in asked if value is not None))


def find_rows(
    session: Session, query: StatementQuery, *, scope: Scope | None, authority: str | None, limit: int
) -> list[Row[Any]]:
    """`seq` and `body` of the first statements that the query asks for, in its order, `limit` at most.

    A statement about a statement is found by what that one says too; when it was stored counts, not when
    that one was. Spec: xAPI 1.0.3 Communication §2.1.3 (filter conditions for StatementRefs).
    """
    found, position = _by_agent_and_activity(query, statement)
    referring = _by_reference(query, scope, authority)
    rows: list[Row[Any]] = []
    if referring is not None:
        rows += _page(session, query, referring, statement.c.seq, scope, authority, limit)
    conditions = list(_filters(query, statement))
    rows += _page(session, query, found.where(*conditions), position, scope, authority, limit)
    if referring is None:
        return rows
    by_position = {row.seq: row for row in rows}
    return [by_position[seq] for seq in sorted(by_position, reverse=not query.ascending)][:limit]


def _page(
    session: Session,
    query: StatementQuery,
    found: Select[Any],
    position: ColumnElement[int],
    scope: Scope | None,
    authority: str | None,
    limit: int,
) -> list[Row[Any]]:
    conditions = [*_standing(query), within(scope)]
    if authority is not None:
        conditions.append(statement.c.authority == authority)
    if query.after is not None:
        conditions.append(position > query.after if query.ascending else position < query.after)
    order = position.asc() if query.ascending else position.desc()
    return list(session.execute(found.where(and_(*conditions)).order_by(order).limit(limit)).all())


def _by_reference(query: StatementQuery, scope: Scope | None, authority: str | None) -> Select[Any] | None:
    """Statements whose target is what the query filters by, and within reach; None where it doesn't filter."""
    target = statement.alias("target")
    filters = list(_filters(query, target))
    joined, _position = _by_agent_and_activity(query, target)
    if not filters and query.agent is None and query.activity is None:
        return None
    if authority is not None:
        filters.append(target.c.authority == authority)
    reached = (
        joined.with_only_columns(statement_reference.c.seq)
        .join(statement_reference, statement_reference.c.target == target.c.statement_id)
        .where(and_(*filters, within(scope, target)))
    )
    return select(statement.c.seq, statement.c.body).where(statement.c.seq.in_(reached))


def _by_agent_and_activity(query: StatementQuery, table: FromClause) -> tuple[Select[Any], ColumnElement[int]]:
    """The select joined to what the query names, and the column whose index gives the order."""
    found: Select[Any] = select(table.c.seq, table.c.body).select_from(table)
    position: ColumnElement[int] = table.c.seq
    asked = [
        (statement_activity, None if query.activity is None else index_key(query.activity), query.related_activities),
        (statement_agent, query.agent_key, query.related_agents),
    ]
    for named, key, related in asked:
        if key is None:
            continue
        matches = and_(named.c.seq == table.c.seq, named.c.key == key)
        found = found.join(named, matches if related else and_(matches, named.c.related.is_(False)))
        position = named.c.seq
    return found, position


def _filters(query: StatementQuery, table: FromClause) -> Iterable[ColumnElement[bool]]:
    """What the statement itself, or the one that it refers to, must say."""
    if query.verb is not None:
        yield table.c.verb == index_key(query.verb)
    if query.registration is not None:
        yield table.c.registration == query.registration


def _standing(query: StatementQuery) -> Iterable[ColumnElement[bool]]:
    """What must be so of the statement that is given, whatever it refers to."""
    if query.voided_statement_id is not None:
        yield statement.c.statement_id == query.voided_statement_id
    yield statement.c.voided.is_(query.voided_statement_id is not None)
    if query.statement_id is not None:
        yield statement.c.statement_id == query.statement_id
    if query.since is not None:
        yield statement.c.stored > query.since
    if query.until is not None:
        yield statement.c.stored <= query.until
