"""Contents of attachments in SQL: each kept once, and given with the statements that brought it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from xapi.attachments import attachments_of
from xapi.sql_lookups import rows_among
from xapi.sql_tables import attachment, statement, statement_attachment


def keep_contents(
    session: Session, bodies: Sequence[Mapping[str, Any]], positions: Sequence[int], contents: Mapping[str, bytes]
) -> None:
    """Keep the contents that came with new statements; `positions` are the statements' `seq`.

    Those who write take turns, so nobody else is adding the same content.
    """
    links = {
        (position, found["sha2"].lower())
        for body, position in zip(bodies, positions, strict=True)
        for _path, found in attachments_of(body)
        if found["sha2"].lower() in contents
    }
    named = {sha2 for _position, sha2 in links}
    known = {row.sha2 for row in rows_among(session, select(attachment.c.sha2), attachment.c.sha2, named)}
    new = [{"sha2": sha2, "content": contents[sha2]} for sha2 in sorted(named - known)]
    if new:
        session.execute(insert(attachment), new)
    if links:
        rows = [{"seq": position, "sha2": sha2} for position, sha2 in sorted(links)]
        session.execute(insert(statement_attachment), rows)


def contents_kept(session: Session, ids: Iterable[UUID]) -> set[str]:
    """The `sha2` of every content that came with one of these statements."""
    asked = select(statement_attachment.c.sha2).join(statement, statement.c.seq == statement_attachment.c.seq)
    return {row.sha2 for row in rows_among(session, asked, statement.c.statement_id, list(ids))}


def content_of(session: Session, sha2: str) -> bytes:
    """One content that is kept."""
    return bytes(session.execute(select(attachment.c.content).where(attachment.c.sha2 == sha2)).scalar_one())
