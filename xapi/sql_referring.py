"""Statements about statements, found by what those say (xAPI 1.0.3 Communication §2.1.3, StatementRefs).

Which way is short depends on the query. Where it names few statements, from those to who refers to them.
Where it names many, its page is a short stretch of the store: from who refers within that stretch to what
they refer to. So neither many references nor many matches make a page slow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from xapi.query import StatementQuery
from xapi.sql_lookups import rows_among
from xapi.sql_search import filters, joined, mentioned, standing, within
from xapi.sql_tables import statement, statement_reference
from xapi.store import Scope

_AT_A_TIME = 500
_TARGET = statement.alias("target")
_REFERRING = statement_reference.c


def with_referring(
    session: Session,
    query: StatementQuery,
    direct: list[Row[Any]],
    *,
    scope: Scope | None,
    authority: str | None,
    limit: int,
) -> list[Row[Any]]:
    """The first `limit` of the statements found directly and of those that refer to what the query asks for.

    Both the statement and its target must be within the scope and of the authority, else the answer would
    tell of the target. Moments of storing are the statement's own, and a voided target counts.
    """
    if not _filters_by_content(query) or _nobody_refers(session):
        return direct
    search = _Search(session, query, scope, authority)
    stretch = search.stretch(direct, limit)
    found = search.from_targets() if stretch is None else search.from_referring(stretch, limit)
    rows = {row.seq: row for row in (*direct, *search.rows(found))}
    return [rows[seq] for seq in sorted(rows, reverse=not query.ascending)][:limit]


def _filters_by_content(query: StatementQuery) -> bool:
    return query.agent is not None or any(
        value is not None for value in (query.verb, query.activity, query.registration)
    )


def _nobody_refers(session: Session) -> bool:
    return session.execute(select(_REFERRING.seq).order_by(_REFERRING.seq.desc()).limit(1)).first() is None


@dataclass(frozen=True, slots=True)
class _Search:
    session: Session
    query: StatementQuery
    scope: Scope | None
    authority: str | None

    def stretch(self, direct: Sequence[Row[Any]], limit: int) -> list[ColumnElement[bool]] | None:
        """Bounds of the stretch that the page lies in; None where it may lie anywhere."""
        query, seq = self.query, _REFERRING.seq
        bounds: list[ColumnElement[bool]] = []
        if query.after is not None:
            bounds.append(seq > query.after if query.ascending else seq < query.after)
        if len(direct) >= limit:
            bounds.append(seq < direct[-1].seq if query.ascending else seq > direct[-1].seq)
        for moment, later in ((query.since, True), (query.until, False)):
            if moment is not None:
                # `stored` grows with `seq`
                edge = statement.c.stored > moment
                first = select(statement.c.seq).where(edge).order_by(statement.c.stored).limit(1).scalar_subquery()
                position = self.session.execute(select(first)).scalar_one()
                if position is not None:
                    bounds.append(seq >= position if later else seq < position)
                elif later:
                    bounds.append(seq < 0)
        return bounds or None

    def from_targets(self) -> list[int]:
        """Who refers to what the query names."""
        found, _position = joined(self.query, select(_TARGET.c.statement_id), _TARGET)
        targets = found.where(*filters(self.query, _TARGET), *self._reach())
        referring = select(_REFERRING.seq).where(_REFERRING.target.in_(targets))
        return list(self.session.execute(referring).scalars())

    def from_referring(self, stretch: list[ColumnElement[bool]], limit: int) -> list[int]:
        """Who refers within the stretch, in the query's order, to what the query names: enough for a page."""
        order = _REFERRING.seq.asc() if self.query.ascending else _REFERRING.seq.desc()
        asked = select(_REFERRING.seq).where(*stretch).distinct().order_by(order)
        found: list[int] = []
        last: int | None = None
        while len(found) < limit:
            beyond = () if last is None else (_REFERRING.seq > last if self.query.ascending else _REFERRING.seq < last,)
            some = self.session.execute(asked.where(*beyond).limit(_AT_A_TIME)).scalars().all()
            if not some:
                break
            last = some[-1]
            found += self._named_from(some)
        return found

    def _named_from(self, referring: Sequence[int]) -> list[int]:
        """Those who may be given and refer to what the query names."""
        asked = select(_REFERRING.seq, _REFERRING.target)
        pairs = list(rows_among(self.session, asked, _REFERRING.seq, referring))
        named = self._named({row.target for row in pairs})
        candidates = {row.seq for row in pairs if row.target in named}
        return [row.seq for row in self.rows(list(candidates))]

    def _named(self, targets: set[UUID]) -> set[UUID]:
        """Those of the targets that the query names, each step by an index of its own."""
        asked = select(_TARGET.c.statement_id, _TARGET.c.seq).where(*filters(self.query, _TARGET), *self._reach())
        by_seq = {row.seq: row.statement_id for row in rows_among(self.session, asked, _TARGET.c.statement_id, targets)}
        for table, key, related in mentioned(self.query):
            saying: Select[Any] = select(table.c.seq).where(table.c.key == key)
            if not related:
                saying = saying.where(table.c.related.is_(False))
            kept = {row.seq for row in rows_among(self.session, saying, table.c.seq, by_seq)}
            by_seq = {seq: by_seq[seq] for seq in kept}
        return set(by_seq.values())

    def rows(self, positions: Sequence[int]) -> list[Row[Any]]:
        """`seq` and `body` of those of the statements that may be given."""
        asked = select(statement.c.seq, statement.c.body).where(*standing(self.query), within(self.scope))
        if self.authority is not None:
            asked = asked.where(statement.c.authority == self.authority)
        if self.query.after is not None:
            after, seq = self.query.after, statement.c.seq
            asked = asked.where(seq > after if self.query.ascending else seq < after)
        return list(rows_among(self.session, asked, statement.c.seq, positions))

    def _reach(self) -> Iterator[ColumnElement[bool]]:
        yield within(self.scope, _TARGET)
        if self.authority is not None:
            yield _TARGET.c.authority == self.authority
