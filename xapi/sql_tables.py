"""The tables of the store and of its credentials; every name begins with `xapi_`."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on the way in and on the way out, on every engine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(value)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone: give it back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _key(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, String(512), nullable=nullable)


_SEQ = BigInteger().with_variant(Integer, "sqlite")

statement = Table(
    "xapi_statement",
    metadata,
    # The order of storing. Never used twice, even after an erasure, so that who follows it misses nothing.
    Column("seq", _SEQ, primary_key=True, autoincrement=True),
    Column("statement_id", Uuid, nullable=False, unique=True),
    Column("stored", UtcDateTime, nullable=False),
    Column("timestamp", UtcDateTime, nullable=False),
    # Canonical keys (`statements.agent_key`, `statements.index_key`)
    _key("actor"),
    _key("verb", nullable=False),
    _key("activity"),
    Column("registration", Uuid),
    _key("authority"),
    # Where it belongs: opaque to the store, and followed when a context moves to another school
    Column("scope_platform", String(512)),
    Column("scope_context", String(255)),
    Column("scope_school", String(64)),
    # Of a StatementRef: what it is about; `voids` says that its verb voids it
    Column("refers_to", Uuid),
    Column("voids", Boolean, nullable=False),
    Column("voided", Boolean, nullable=False),
    # The statement as it was accepted, with what the store had to add
    Column("body", Text, nullable=False),
    Index("ix_xapi_statement_stored", "stored"),
    Index("ix_xapi_statement_actor_seq", "actor", "seq"),
    Index("ix_xapi_statement_verb_seq", "verb", "seq"),
    Index("ix_xapi_statement_activity_seq", "activity", "seq"),
    Index("ix_xapi_statement_registration_seq", "registration", "seq"),
    Index("ix_xapi_statement_scope_platform_seq", "scope_platform", "seq"),
    Index("ix_xapi_statement_scope_context_seq", "scope_context", "seq"),
    Index("ix_xapi_statement_scope_school_seq", "scope_school", "seq"),
    Index("ix_xapi_statement_refers_to", "refers_to"),
    sqlite_autoincrement=True,
)


def _mentions(name: str) -> Table:
    """Who or what a statement names: `related` where only the `related_*` parameters look."""
    return Table(
        f"xapi_statement_{name}",
        metadata,
        Column("key", String(512), primary_key=True),
        Column(
            "seq",
            _SEQ,
            ForeignKey(statement.c.seq, ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("related", Boolean, nullable=False),
        Index(f"ix_xapi_statement_{name}_by_seq", "seq"),
        sqlite_with_rowid=False,
    )


statement_agent = _mentions("agent")
statement_activity = _mentions("activity")

statement_reference = Table(
    "xapi_statement_reference",
    metadata,
    # A statement is found by what the statement that it refers to says, and so on from there: every id along
    # that way. The target may not be kept here (yet).
    Column("target", Uuid, primary_key=True),
    Column("seq", _SEQ, ForeignKey(statement.c.seq, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Index("ix_xapi_statement_reference_by_seq", "seq"),
    sqlite_with_rowid=False,
)

attachment = Table(
    "xapi_attachment",
    metadata,
    Column("sha2", String(128), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

statement_attachment = Table(
    "xapi_statement_attachment",
    metadata,
    # Whose content came with it. A statement that only names a digest doesn't get another's content by it.
    Column("seq", _SEQ, ForeignKey(statement.c.seq, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("sha2", String(128), ForeignKey(attachment.c.sha2), primary_key=True),
    Index("ix_xapi_statement_attachment_sha2", "sha2"),
    sqlite_with_rowid=False,
)

document = Table(
    "xapi_document",
    metadata,
    Column("id", Integer, primary_key=True),
    # Digests of all that tells documents apart (`documents.Place`): databases bound what an index may hold
    Column("key", String(64), nullable=False, unique=True),
    Column("place", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("scope_platform", String(512)),
    Column("scope_context", String(255)),
    Column("scope_school", String(64)),
    _key("activity"),
    _key("agent"),
    Column("registration", Uuid),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Index("ix_xapi_document_place", "place"),
    Index("ix_xapi_document_agent", "agent"),
)

credential = Table(
    "xapi_credential",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("secret_hash", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("scope_platform", String(512)),
    Column("scope_context", String(255)),
    Column("scope_school", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)
