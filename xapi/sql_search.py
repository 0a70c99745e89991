"""From a statement query to SQL: the statements that it names itself."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, select, true
from sqlalchemy.orm import Session

from xapi.query import StatementQuery
from xapi.sql_tables import statement, statement_activity, statement_agent
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
    """`seq` and `body` of the first statements that say what the query asks for, in its order, `limit` at most."""
    found, position = joined(query, select(statement.c.seq, statement.c.body), statement)
    conditions = [*filters(query, statement), *standing(query), within(scope)]
    if authority is not None:
        conditions.append(statement.c.authority == authority)
    if query.after is not None:
        conditions.append(position > query.after if query.ascending else position < query.after)
    order = position.asc() if query.ascending else position.desc()
    return list(session.execute(found.where(and_(*conditions)).order_by(order).limit(limit)).all())


def joined(query: StatementQuery, found: Select[Any], table: FromClause) -> tuple[Select[Any], ColumnElement[int]]:
    """The select joined to the agent and activity that the query names, and the column whose index gives the order."""
    position: ColumnElement[int] = table.c.seq
    for named, key, related in mentioned(query):
        matches = and_(named.c.seq == table.c.seq, named.c.key == key)
        found = found.join(named, matches if related else and_(matches, named.c.related.is_(False)))
        position = named.c.seq
    return found, position


def mentioned(query: StatementQuery) -> Iterable[tuple[FromClause, str, bool]]:
    """Where to look for the activity and the agent that the query names: table, key, whether related ones count."""
    if query.activity is not None:
        yield statement_activity, index_key(query.activity), query.related_activities
    if query.agent_key is not None:
        yield statement_agent, query.agent_key, query.related_agents


def filters(query: StatementQuery, table: FromClause) -> Iterable[ColumnElement[bool]]:
    """What the statement itself, or the one that it refers to, must say besides."""
    if query.verb is not None:
        yield table.c.verb == index_key(query.verb)
    if query.registration is not None:
        yield table.c.registration == query.registration


def standing(query: StatementQuery) -> Iterable[ColumnElement[bool]]:
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
