"""Re-attributing a person's statements to somebody else, everywhere that they name the person.

xAPI itself knows no erasure; a right to it does. Counts hold: every statement stays, under another actor.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from xapi.sql_tables import document, statement, statement_agent
from xapi.statements import agent_key
from xapi.store import Scope

_BATCH = 500


def reattribute(
    session: Session, *, agent: Mapping[str, Any], replacement: Mapping[str, Any], scope: Scope | None = None
) -> int:
    """Put `replacement` wherever a statement names `agent`: as actor, object, in the context, in a group.

    Gives how many statements were changed; works within the caller's transaction. `replacement` must be an
    identifier that no statement has yet, or two people would become one.
    """
    old, new = agent_key(agent), agent_key(replacement)
    if old is None or new is None:
        raise ValueError("an anonymous group names nobody")
    changed = 0
    named = (
        select(statement.c.seq, statement.c.body)
        .where(statement.c.seq.in_(select(statement_agent.c.seq).where(statement_agent.c.key == old)))
        .order_by(statement.c.seq)
        .limit(_BATCH)
    )
    if scope is not None and scope.platform is not None:
        named = named.where(statement.c.scope_platform == scope.platform)
    while rows := session.execute(named).all():
        for row in rows:
            body = _replaced(json.loads(row.body), old, dict(replacement))
            session.execute(
                update(statement)
                .where(statement.c.seq == row.seq)
                .values(
                    body=json.dumps(body, separators=(",", ":")),
                    actor=case((statement.c.actor == old, new), else_=statement.c.actor),
                )
            )
        seqs = [row.seq for row in rows]
        session.execute(
            update(statement_agent).where(statement_agent.c.key == old, statement_agent.c.seq.in_(seqs)).values(key=new)
        )
        changed += len(rows)
    return changed


def forget_documents(session: Session, *, agent: Mapping[str, Any]) -> int:
    """Delete the states and profiles that are kept about a person; gives how many."""
    gone = session.execute(delete(document).where(document.c.agent == agent_key(agent)).returning(document.c.id))
    return len(gone.all())


def _replaced(value: Any, old: str, replacement: dict[str, Any]) -> Any:
    """The same JSON with another agent in the place of one; a name that stood beside the identifier goes too."""
    if isinstance(value, list):
        return [_replaced(entry, old, replacement) for entry in value]
    if not isinstance(value, dict):
        return value
    if {"mbox", "mbox_sha1sum", "openid", "account"} & value.keys() and _key(value) == old:
        kept = {"objectType": value["objectType"]} if "objectType" in value else {}
        return kept | {name: entry for name, entry in replacement.items() if name != "objectType"}
    return {name: _replaced(entry, old, replacement) for name, entry in value.items()}


def _key(value: Mapping[str, Any]) -> str | None:
    """The key of what looks like an agent; an extension's free JSON may only look like one."""
    try:
        return agent_key(value)
    except (KeyError, TypeError):
        return None
