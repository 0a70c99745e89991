"""Platforms and what comes through the door."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base


class Platform(Base):
    """An issuer with its one JWKS URL; its clients and deployments share it (and so do its people)."""

    __tablename__ = "platform"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(512), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    product: Mapped[str | None] = mapped_column(String(64))
    """`product_family_code` of the platform (`moodle`, `canvas`, …), where it said so."""
    jwks_url: Mapped[str] = mapped_column(String(2048))
    frame_ancestors: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Origins, besides the issuer's own, whose pages may frame the tool."""
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    clients: Mapped[list["Client"]] = relationship(back_populates="platform")


class Client(Base):
    """One registration of the tool at a platform: a client_id and the platform's end points for it."""

    __tablename__ = "client"
    __table_args__ = (UniqueConstraint("platform_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    client_id: Mapped[str] = mapped_column(String(255))
    authorization_url: Mapped[str] = mapped_column(String(2048))
    token_url: Mapped[str] = mapped_column(String(2048))
    token_audience: Mapped[str | None] = mapped_column(String(2048))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    platform: Mapped[Platform] = relationship(back_populates="clients")
    deployments: Mapped[list["Deployment"]] = relationship(back_populates="client")


class DeploymentState(StrEnum):
    """Whether an administrator has let a deployment in."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Deployment(Base):
    """A deployment_id of a client; an unknown one waits for the administrator's acceptance."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("client_pk", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_pk: Mapped[int] = mapped_column(ForeignKey("client.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    seen_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    client: Mapped[Client] = relationship(back_populates="deployments")


class Invitation(Base):
    """A single-use, expiring right to register a platform dynamically."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platform.id"))
    """Set once used: the platform that it brought."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SpentToken(Base):
    """A nonce, or another single-use token, that has been spent. The insert is the check."""

    __tablename__ = "spent_token"

    value: Mapped[str] = mapped_column(String(80), primary_key=True)
    """`<purpose>:<token>`: launch nonces, hand-overs, administrator links."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LaunchRecord(Base):
    """A launch that passed every check: what its pages need, and nothing else of the token."""

    __tablename__ = "launch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    deployment_pk: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("context.id"))
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id"))
    message: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str | None] = mapped_column(String(32))
    target: Mapped[str | None] = mapped_column(String(128))
    roles: Mapped[list[str]] = mapped_column(JSON)
    """Our own role names (`roles.Role`), already read from the claim."""
    audience: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(8))
    """The launch's own language, where the platform gave one that we speak."""
    return_url: Mapped[str | None] = mapped_column(String(2048))
    deep_linking: Mapped[dict[str, object] | None] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LaunchLog(Base):
    """The administrator's log: one line a login refused or a launch, with its outcome. No personal data."""

    __tablename__ = "launch_log"
    __table_args__ = (Index("ix_launch_log_platform_at", "platform_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platform.id"))
    outcome: Mapped[str] = mapped_column(String(64))
    """`ok`, or the code of the error."""
    message: Mapped[str | None] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(16))


class GradeState(StrEnum):
    """How far a score is on its way to the platform's gradebook."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"


class Grade(Base):
    """The score of a person at a placement, and the receipt of its last posting."""

    __tablename__ = "grade"
    __table_args__ = (UniqueConstraint("placement_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    given: Mapped[float]
    maximum: Mapped[float]
    state: Mapped[str] = mapped_column(String(16))
    posted_timestamp: Mapped[datetime | None]
    """The `timestamp` of the last accepted post: the next one must be later by a whole second."""
    posted_status: Mapped[int | None]
    posted_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
