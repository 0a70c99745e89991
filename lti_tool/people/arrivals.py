"""Remembering who came, in which context, to which placement: one statement each, races left to the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.database import upsert
from lti_tool.people.model import Context, Membership, Person, Placement


def remember_person(
    session: Session, *, platform_id: int, subject: str, pseudonym: str, name: str | None, now: datetime
) -> int:
    """The person of this `sub`, made at the first launch; gives the row's id."""
    values: dict[str, object] = {"pseudonym?": pseudonym, "created_at?": now, "last_seen_at": now}
    values["name" if name else "name?"] = name
    return upsert(session, Person, {"platform_id": platform_id, "subject": subject}, values)


def remember_context(session: Session, *, deployment_pk: int, lti_id: str, title: str | None) -> int:
    """The course or class of this id within a deployment; gives the row's id."""
    return upsert(session, Context, {"deployment_id": deployment_pk, "lti_id": lti_id}, {"title": title})


def remember_placement(
    session: Session, *, deployment_pk: int, resource_link_id: str, values: dict[str, object]
) -> int:
    """The placement of this resource link within a deployment, with what the launch says of it."""
    return upsert(session, Placement, {"deployment_id": deployment_pk, "resource_link_id": resource_link_id}, values)


def remember_membership(
    session: Session, *, person_id: int, context_id: int, roles: Sequence[str], now: datetime
) -> None:
    """The person's roles in the context, as just launched."""
    upsert(
        session,
        Membership,
        {"person_id": person_id, "context_id": context_id},
        {"roles": list(roles), "last_seen_at": now},
    )
