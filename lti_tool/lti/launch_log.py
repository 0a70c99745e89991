"""The administrator's launch log: outcome and reason, no personal data, the last 200 of a platform."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from lti_tool.database import table_of
from lti_tool.lti.door import Door
from lti_tool.lti.model import LaunchLog

KEPT = 200
_TABLE = table_of(LaunchLog)
_INSERT = insert(_TABLE).returning(_TABLE.c.id)


def note(
    session: Session, *, platform_id: int, outcome: str, message: str | None, reference: str, now: datetime
) -> None:
    """Add a line. Only what names a platform that we know is noted: a stranger can't fill the log."""
    line = {"at": now, "platform_id": platform_id, "outcome": outcome, "message": message, "reference": reference}
    number: int = session.execute(_INSERT, line).scalar_one()
    if number % 50 == 0:
        kept = select(LaunchLog.id).where(LaunchLog.platform_id == platform_id).order_by(LaunchLog.id.desc())
        oldest = kept.offset(KEPT).limit(1).scalar_subquery()
        session.execute(delete(LaunchLog).where(LaunchLog.platform_id == platform_id, LaunchLog.id <= oldest))


def latest(door: Door, *, platform_id: int | None, limit: int = KEPT) -> list[LaunchLog]:
    """The last lines, newest first; of every platform for the operator (`platform_id` None)."""
    query = select(LaunchLog).order_by(LaunchLog.id.desc()).limit(limit)
    if platform_id is not None:
        query = query.where(LaunchLog.platform_id == platform_id)
    with door.database.read() as session:
        return list(session.scalars(query))
