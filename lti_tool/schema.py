"""Bringing a database to the tables of this code."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from lti_tool.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x7061_7373  # PostgreSQL advisory lock: two processes that start at once migrate one after the other


def alembic_config(database: Database) -> Config:
    """Alembic's configuration for one database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Apply every migration that is missing, in one transaction; an empty database gets every table."""
    engine = database.engine.execution_options(passerelle_write=True)
    with engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config = alembic_config(database)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
