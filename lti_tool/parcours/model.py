"""Attempts, answers, and situations that are under way."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base


class Attempt(Base):
    """A person's go at a parcours. Its id is the xAPI registration.

    It belongs to the person, not to the device nor to the placement: whoever comes back from elsewhere
    finds it again. The partial unique index lets one attempt of a parcours be open at a time, so a
    double tap or two devices can't make two.
    """

    __tablename__ = "parcours_attempt"
    __table_args__ = (
        UniqueConstraint("person_id", "parcours_id", "number"),
        Index(
            "uq_parcours_attempt_open",
            "person_id",
            "parcours_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_parcours_attempt_context", "context_id", "parcours_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("context.id"))
    """Where it began; an attempt begun outside any context joins the first one it is resumed from."""
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    launch_id: Mapped[str | None] = mapped_column(String(32))
    """The last launch that a `launched` statement was written for."""
    parcours_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    """1 for the person's first attempt of this parcours, then 2, 3…"""
    language: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    score_given: Mapped[float | None]
    score_max: Mapped[float | None]


class Answer(Base):
    """What was answered to an item. Number 1 is the answer that counts; later ones are practice.

    `response` is what was chosen or typed: it stays here, and never enters a statement as it is.
    """

    __tablename__ = "parcours_answer"
    __table_args__ = (UniqueConstraint("attempt_id", "item_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("parcours_attempt.id", ondelete="CASCADE"))
    item_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    response: Mapped[dict[str, object]] = mapped_column(JSON)
    outcome: Mapped[str] = mapped_column(String(16))
    """`right`, `partly`, `wrong` or `unknown` (the person said that they do not know)."""
    score: Mapped[float]
    """From 0 to 1."""
    answered_at: Mapped[datetime]
    duration_ms: Mapped[int | None]
    """None when the page stood open too long for its time to mean anything."""
    statement_id: Mapped[str] = mapped_column(String(36))


class Draft(Base):
    """The state of a situation that is under way in an attempt."""

    __tablename__ = "parcours_draft"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("parcours_attempt.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    """JSON text, as `content.situation.to_json` gives it."""
    moves: Mapped[int]
    """Grows with each act: a form sent twice carries the same number, and its second copy does nothing."""
    updated_at: Mapped[datetime]
