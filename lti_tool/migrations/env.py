"""Alembic's environment: every table of the tool and of the statement store."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from lti_tool import models


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write a type of ours as the plain type under it: a migration must not change with today's code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    transactional_ddl=False,
)
context.run_migrations()
