"""Tokens that work once, across threads and processes: the insert is the check."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.lti.errors import NonceReused
from lti_tool.lti.model import Invitation, LaunchRecord, SpentToken


def spend(session: Session, purpose: str, value: str, *, expires_at: datetime) -> None:
    """Use up a token for one purpose; `expires_at` says until when it could have been used.

    Raises `NonceReused` when it was spent before, by whoever came first.
    """
    try:
        with session.begin_nested():
            session.add(SpentToken(value=f"{purpose}:{value}", expires_at=expires_at))
    except IntegrityError as error:
        raise NonceReused(purpose) from error


def forget_expired(session: Session, *, now: datetime) -> None:
    """Drop what can't be used any more anyway: spent tokens, launches and invitations that have ended."""
    session.execute(delete(SpentToken).where(SpentToken.expires_at < now))
    session.execute(delete(LaunchRecord).where(LaunchRecord.expires_at < now))
    session.execute(delete(Invitation).where(Invitation.expires_at < now, Invitation.used_at.is_(None)))
