"""What a store of statements is, whatever keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from xapi.query import StatementQuery

SessionT = TypeVar("SessionT", contravariant=True)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a statement belongs, or what a reader may see; opaque strings of the application.

    For a statement, None is "nowhere"; for a reader, None is "no restriction" on that side.
    """

    platform: str | None = None
    context: str | None = None
    school: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in the order asked for, and the cursor that continues them (None: that was all)."""

    statements: list[dict[str, Any]]
    cursor: str | None


class StatementStore(Protocol[SessionT]):
    """Keeps statements. Every call takes part in the session's transaction and never ends it."""

    def add(
        self,
        session: SessionT,
        statements: Sequence[dict[str, Any]],
        *,
        scope: Scope,
        authority: dict[str, Any],
        now: datetime,
    ) -> list[UUID]:
        """Validate and keep a batch, whole or not at all; the ids in order."""
        ...

    def search(
        self, session: SessionT, query: StatementQuery, *, scope: Scope | None, authority: str | None = None
    ) -> Page:
        """The statements that the query asks for, within the scope."""
        ...

    def get(self, session: SessionT, id: UUID, *, scope: Scope | None) -> dict[str, Any] | None:  # noqa: A002
        """The statement of this id that is not voided, within the scope."""
        ...

    def rescope(self, session: SessionT, *, context: str, school: str | None) -> int:
        """Move a context's statements to another school; how many moved."""
        ...

    def count(self, session: SessionT, *, scope: Scope | None = None) -> int:
        """How many statements stand within the scope."""
        ...

    def consistent_through(self, session: SessionT, *, now: datetime) -> datetime:
        """Until when every stored statement can be seen by this session."""
        ...
