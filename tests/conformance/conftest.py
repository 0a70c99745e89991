"""One database of each kind, empty, with the store's tables; an application and a client on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lrs import Clock, Lrs, application, basic

from lti_tool.database import Database
from xapi.sql_store import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'xapi.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    made = Database(url)
    metadata.create_all(made.engine)
    yield made
    made.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lrs(database: Database, clock: Clock) -> Lrs:
    """A client that may do everything, on the mount of 1.0.3."""
    return Lrs(application(database, clock).test_client(), basic(database, "all"))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A database of the embedded kind, for what no database has a part in."""
    made = Database(f"sqlite:///{tmp_path / 'alone.sqlite3'}")
    metadata.create_all(made.engine)
    yield made
    made.dispose()


@pytest.fixture
def here(sqlite: Database, clock: Clock) -> Lrs:
    """As `lrs`, on the embedded database alone."""
    return Lrs(application(sqlite, clock).test_client(), basic(sqlite, "all"))
