"""The engine, and sessions that say whether they mean to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, cast

from sqlalchemy import URL, DateTime, Dialect, Engine, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
IDLE_SECONDS = 2.0
"""How long a pooled connection may lie idle before it is asked whether it is still there."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on the way in and on the way out, on every engine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone: give it back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Mother of every table of the tool; constraints get predictable names."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime()}


class Database:
    """One engine. `read()` and `write()` give sessions; a write commits whole or not at all."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _engine(url)
        self._writing = self.engine.execution_options(passerelle_write=True)
        self._reading = self.engine if self.is_sqlite else _postgresql(self.url, reading=True)
        self._looking = self._reading.execution_options(passerelle_look=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded engine is in use."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads.

        On SQLite it sees one snapshot, and is rolled back at the end. On PostgreSQL each statement sees what is
        then committed, as in any transaction there, and nothing is sent but the statements; one that writes fails.
        """
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A connection for one statement that reads: no session and no transaction, at half the cost of `read`."""
        with self._looking.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back by any exception.

        On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that a reader that turns
        writer is never told "database is locked" for a stale snapshot.
        """
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close every pooled connection (before a fork, at the end of a test)."""
        self.engine.dispose()
        self._reading.dispose()


def table_of(mapped: type[Base]) -> Table:
    """The table of a mapped class, for statements that no object is wanted of."""
    return cast("Table", mapped.__table__)


def upsert(session: Session, table: type[Base], key: dict[str, object], values: dict[str, object]) -> int:
    """Make or update the row with this unique key in one statement; gives its id. Races are the database's to settle.

    `values` are set on insert and on update; a key `name?` is set on insert alone.
    """
    always = {name: value for name, value in values.items() if not name.endswith("?")}
    once = {name.removesuffix("?"): value for name, value in values.items() if name.endswith("?")}
    statement = _upsert(table, session.get_bind().dialect.name, tuple(key), tuple(always))
    return int(session.execute(statement, {**key, **always, **once}).scalar_one())


@cache
def _upsert(table: type[Base], dialect: str, key: tuple[str, ...], changed: tuple[str, ...]) -> ReturningInsert[int]:
    """The statement of `upsert`, built once for each shape: building one takes longer than running it."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table_of(table))
    new = {name: statement.excluded[name] for name in changed or key[:1]}
    return statement.on_conflict_do_update(index_elements=key, set_=new).returning(table_of(table).c.id)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 15, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("passerelle_look"):
            driver: Any = connection.connection.driver_connection
            driver.execute("BEGIN IMMEDIATE" if options.get("passerelle_write") else "BEGIN")

    return engine


def _postgresql(url: URL, *, reading: bool = False) -> Engine:
    """An engine; one for `reading` sends no BEGIN nor ROLLBACK around what it asks, and may not write."""
    options: dict[str, Any] = {}
    if reading:
        given = str(url.query.get("options", ""))
        options["isolation_level"] = "AUTOCOMMIT"
        options["connect_args"] = {"options": f"{given} -c default_transaction_read_only=on".strip()}
    engine = create_engine(url, hide_parameters=True, pool_size=10, max_overflow=10, pool_use_lifo=True, **options)

    @event.listens_for(engine, "checkin")
    def _begin_idling(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _check_idle(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        # Instead of `pool_pre_ping`, which asks each time: a connection used a moment ago is taken to be alive.
        if monotonic() - record.info.get("idle_since", inf) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return engine
