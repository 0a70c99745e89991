"""What must hold for the tool to be ready: its database, at the version of its code."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from lti_tool.database import Database

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def database_answers(database: Database) -> bool:
    """Whether a query comes back."""
    with database.read() as session:
        return bool(session.scalar(text("SELECT 1")) == 1)


def migrations_at_head(database: Database) -> bool:
    """Whether every migration of this code, and no later one, has been applied."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    heads = set(ScriptDirectory.from_config(config).get_heads())
    with database.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads
