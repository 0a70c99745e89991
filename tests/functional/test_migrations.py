"""An empty database gets every table, and the models are what the migrations make."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from lti_tool import models
from lti_tool.database import Database
from lti_tool.schema import alembic_config, upgrade
from lti_tool.web.readiness import migrations_at_head


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    url = (
        f"sqlite:///{tmp_path}/tool.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    )
    made = Database(url)
    yield made
    made.dispose()


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": models.metadata}
        )
        return list(compare_metadata(context, models.metadata))


def test_an_empty_database_gets_every_table(database: Database) -> None:
    upgrade(database)
    wanted = {table.name for metadata in models.metadata for table in metadata.tables.values()}
    assert set(inspect(database.engine).get_table_names()) == wanted | {"alembic_version"}


def test_the_models_are_what_the_migrations_make(database: Database) -> None:
    upgrade(database)
    assert differences(database) == []


def test_every_constraint_and_index_has_the_name_that_the_models_give_it(database: Database) -> None:
    upgrade(database)
    inspector = inspect(database.engine)
    for metadata in models.metadata:
        for table in metadata.tables.values():
            found = {
                entry["name"]
                for entry in (
                    *inspector.get_unique_constraints(table.name),
                    *inspector.get_foreign_keys(table.name),
                    *inspector.get_check_constraints(table.name),
                )
            }
            assert None not in found, table.name
            indexes = {entry["name"] for entry in inspector.get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= indexes, table.name


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    upgrade(database)
    assert differences(database) == []


def test_an_older_database_is_brought_up_step_by_step(database: Database) -> None:
    scripts = ScriptDirectory.from_config(alembic_config(database))
    for script in reversed(list(scripts.walk_revisions())):
        with database.engine.execution_options(passerelle_write=True).begin() as connection:
            config = alembic_config(database)
            config.attributes["connection"] = connection
            command.upgrade(config, script.revision)
    assert differences(database) == []
    assert migrations_at_head(database)


def test_two_processes_that_start_at_once_both_find_the_tables(database: Database) -> None:
    others = [Database(database.url.render_as_string(hide_password=False)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(upgrade, others))
    for other in others:
        other.dispose()
    assert differences(database) == []


def test_readiness_knows_whether_the_tables_are_those_of_this_code(database: Database) -> None:
    assert not migrations_at_head(database)
    upgrade(database)
    assert migrations_at_head(database)


def test_there_is_one_line_of_migrations(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/tool.sqlite3")
    scripts = ScriptDirectory.from_config(alembic_config(database))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    database.dispose()
