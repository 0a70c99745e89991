"""Erasing a person: their rows go, their statements stay under an actor that nobody can link to them."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.lti.model import Platform
from lti_tool.people.model import Person
from xapi.sql_erasure import forget_documents, reattribute
from xapi.statements import account_actor
from xapi.store import Scope

MONTH = timedelta(days=30.44)


def erase_person(session: Session, person_id: int) -> int:
    """Erase one person, within the caller's transaction; gives how many statements were re-attributed.

    Launches, attempts, answers, grades, rights and the roles in classes go with the person's row. The new
    actor's name is random and kept nowhere else: who comes back begins anew.
    """
    person = session.get_one(Person, person_id)
    issuer = session.get_one(Platform, person.platform_id).issuer
    actor = account_actor(issuer, person.pseudonym)
    forget_documents(session, agent=actor)
    changed = reattribute(
        session,
        agent=actor,
        replacement=account_actor(issuer, f"erased-{secrets.token_hex(16)}"),
        scope=Scope(platform=str(person.platform_id), context=None, school=None),
    )
    session.execute(delete(Person).where(Person.id == person_id))
    return changed


def inactive_people(session: Session, *, months: int, now: datetime, limit: int) -> list[int]:
    """Those who have not come for so many months, longest first."""
    query = select(Person.id).where(Person.last_seen_at < now - months * MONTH)
    return list(session.scalars(query.order_by(Person.last_seen_at).limit(limit)))
