"""Person, School, Context, Placement, Membership, Grant."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base


class Person(Base):
    """Somebody known by a platform's issuer and `sub`; a statement knows them by `pseudonym` alone."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("platform_id", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    subject: Mapped[str] = mapped_column(String(255))
    pseudonym: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(8))
    """The language that the person chose; None while they follow launch and browser."""
    notice_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class School(Base):
    """A school by its UAI; a context may be tied to one."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    uai: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str] = mapped_column(String(255))


class Context(Base):
    """A course or class of a deployment (LTI core §5.3.4 `context`)."""

    __tablename__ = "context"
    __table_args__ = (UniqueConstraint("deployment_id", "lti_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    lti_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(255))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))


class Placement(Base):
    """An activity as it stands on a page of the platform (LTI core §5.3.5 `resource_link`).

    What it shows is said by the launch (path or `custom`), never by the resource link's id; `kind` and
    `target` remember the last one said. `wants_grade` is True only where the teacher asked for it.
    """

    __tablename__ = "placement"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("context.id"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str | None] = mapped_column(String(255))
    kind: Mapped[str | None] = mapped_column(String(32))
    target: Mapped[str | None] = mapped_column(String(128))
    wants_grade: Mapped[bool] = mapped_column(default=False)
    line_item: Mapped[str | None] = mapped_column(String(2048))
    line_items: Mapped[str | None] = mapped_column(String(2048))
    roster_url: Mapped[str | None] = mapped_column(String(2048))


class Membership(Base):
    """A person's roles in a context, as last launched."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    context_id: Mapped[int] = mapped_column(ForeignKey("context.id"))
    roles: Mapped[list[str]] = mapped_column(JSON)
    last_seen_at: Mapped[datetime]


class GrantRole(StrEnum):
    """What an administrator may let somebody be."""

    TEACHER = "teacher"
    MEDIATOR = "mediator"
    CERTIFICATION = "certification"
    TERRITORY = "territory"
    ADMINISTRATOR = "administrator"


class Grant(Base):
    """A right given by an administrator: (person or placement) × role × scope.

    The scope is one platform, or narrower: one school or one context of it.
    """

    __tablename__ = "grant_"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (placement_id IS NULL)", name="one_holder"),
        CheckConstraint("school_id IS NULL OR context_id IS NULL", name="one_scope"),
        Index("ix_grant_person", "person_id"),
        Index("ix_grant_placement", "placement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    role: Mapped[str] = mapped_column(String(32))
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("context.id"))
    given_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
