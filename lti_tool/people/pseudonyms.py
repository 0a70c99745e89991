"""Guarding the secret that pseudonyms come from: the database remembers its fingerprint."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.database import Base

ACTOR_FINGERPRINT = "actor-fingerprint"


class InstallationFact(Base):
    """Something that this installation must remember of itself, by name."""

    __tablename__ = "installation_fact"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))


def remembered_fingerprint(session: Session) -> str | None:
    """The fingerprint of the actor secret that made this database's pseudonyms; None before the first start."""
    fact = session.get(InstallationFact, ACTOR_FINGERPRINT)
    return fact.value if fact else None


def remember_fingerprint(session: Session, fingerprint: str) -> bool:
    """Note the fingerprint at first start; whether the secret is the one that the database knows."""
    known = remembered_fingerprint(session)
    if known is None:
        session.add(InstallationFact(name=ACTOR_FINGERPRINT, value=fingerprint))
        return True
    return known == fingerprint
