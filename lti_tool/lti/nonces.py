"""Tokens that work once, across threads and processes: the insert is the check."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_tool.database import table_of
from lti_tool.lti.errors import NonceReused
from lti_tool.lti.model import Invitation, LaunchRecord, SpentToken


def spend(session: Session, purpose: str, value: str, *, expires_at: datetime) -> None:
    """Use up a token for one purpose; `expires_at` says until when it could have been used.

    Raises `NonceReused` when it was spent before, by whoever came first.
    """
    insert = _INSERTS[session.get_bind().dialect.name]
    spent = session.execute(insert, {"value": f"{purpose}:{value}", "expires_at": expires_at})
    if spent.first() is None:
        raise NonceReused(purpose)


_TABLE = table_of(SpentToken)
_INSERTS = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.value),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.value),
}
"""Another transaction that is spending the same token is waited for, on both engines."""


def forget_expired(session: Session, *, now: datetime) -> None:
    """Drop what can't be used any more anyway: spent tokens, launches and invitations that have ended."""
    session.execute(delete(SpentToken).where(SpentToken.expires_at < now))
    session.execute(delete(LaunchRecord).where(LaunchRecord.expires_at < now))
    session.execute(delete(Invitation).where(Invitation.expires_at < now, Invitation.used_at.is_(None)))
