"""The ENT's own tables, in a database that is not the tool's."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from lti_tool.database import NAMING, UtcDateTime

SCHEMA = 1
"""Raised when a table changes: an older database is then thrown away and made anew."""


class DemoBase(DeclarativeBase):
    """Mother of the ENT's tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime()}


class EntRow(DemoBase):
    """The one row that says who the ENT is."""

    __tablename__ = "ent"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(512))
    tool: Mapped[str] = mapped_column(String(512))
    private_key: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(String(128))
    generation: Mapped[str] = mapped_column(String(36))


class Tool(DemoBase):
    """A tool that registered itself."""

    __tablename__ = "tool"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64), unique=True)
    deployment_id: Mapped[str] = mapped_column(String(64))
    domain: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(Text)
    login_url: Mapped[str] = mapped_column(String(2048))
    redirect_urls: Mapped[list[str]] = mapped_column(JSON)
    jwks_url: Mapped[str] = mapped_column(String(2048))
    target_link_url: Mapped[str] = mapped_column(String(2048))
    deep_linking_url: Mapped[str | None] = mapped_column(String(2048))
    """Where content is chosen; None when the tool does not do deep linking."""
    scopes: Mapped[list[str]] = mapped_column(JSON)
    claims: Mapped[list[str]] = mapped_column(JSON)
    custom: Mapped[dict[str, str]] = mapped_column(JSON)
    registered_at: Mapped[datetime]


class Placement(DemoBase):
    """An activity placed in the class."""

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    resource_link_id: Mapped[str] = mapped_column(String(36), unique=True)
    title: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(String(2048))
    custom: Mapped[dict[str, str]] = mapped_column(JSON)
    placed_at: Mapped[datetime]

    line_item: Mapped["LineItem | None"] = relationship(back_populates="placement", lazy="joined")


class LineItem(DemoBase):
    """A column of the gradebook; only where the teacher asked for a grade."""

    __tablename__ = "line_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    placement_id: Mapped[int] = mapped_column(ForeignKey("placement.id"), unique=True)
    label: Mapped[str] = mapped_column(String(255))
    maximum: Mapped[float]
    resource_id: Mapped[str | None] = mapped_column(String(255))
    tag: Mapped[str | None] = mapped_column(String(255))

    placement: Mapped[Placement] = relationship(back_populates="line_item", lazy="joined")


class ScoreRow(DemoBase):
    """The last score that came for somebody, as it came."""

    __tablename__ = "score"

    line_item_id: Mapped[int] = mapped_column(ForeignKey("line_item.id"), primary_key=True)
    sub: Mapped[str] = mapped_column(String(36), primary_key=True)
    given: Mapped[float | None]
    """None when the post cleared the grade."""
    maximum: Mapped[float | None]
    comment: Mapped[str] = mapped_column(Text)
    activity_progress: Mapped[str] = mapped_column(String(32))
    grading_progress: Mapped[str] = mapped_column(String(32))
    timestamp: Mapped[datetime]
    received_at: Mapped[datetime]


class Proposal(DemoBase):
    """What a deep linking answer proposes to place, until the teacher says yes."""

    __tablename__ = "proposal"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    items: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    made_at: Mapped[datetime]


class AccessToken(DemoBase):
    """An access token, by its hash."""

    __tablename__ = "access_token"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tool.id"))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime]


class Spent(DemoBase):
    """What was good once and has been used. The insert is the check."""

    __tablename__ = "spent"

    value: Mapped[str] = mapped_column(String(80), primary_key=True)
    expires_at: Mapped[datetime]
