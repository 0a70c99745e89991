"""Rights that an administrator gives: who holds which, giving one, taking it back.

Nothing is deleted: a right keeps who gave it, when, and when it was withdrawn.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from lti_tool.errors import BadRequest, NotFound
from lti_tool.people.model import Grant, GrantRole, Person


@dataclass(frozen=True, slots=True)
class Right:
    """A right that stands: a role on one platform, or only for one school or one context of it."""

    role: GrantRole
    platform_id: int
    school_id: int | None
    context_id: int | None

    @property
    def platform_wide(self) -> bool:
        """Whether it reaches the whole platform."""
        return self.school_id is None and self.context_id is None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a right: a person, or whoever comes by a placement; exactly one of the two."""

    person_id: int | None = None
    placement_id: int | None = None


def grants_of(session: Session, *, person_id: int | None, placement_id: int | None, now: datetime) -> frozenset[Right]:
    """The rights that stand at `now` for a person, together with those of the placement that they came by."""
    held = or_(
        and_(Grant.person_id.is_not(None), Grant.person_id == person_id),
        and_(Grant.placement_id.is_not(None), Grant.placement_id == placement_id),
    )
    standing = or_(Grant.withdrawn_at.is_(None), Grant.withdrawn_at > now)
    rows = session.scalars(select(Grant).where(held, standing, Grant.given_at <= now))
    return frozenset(Right(GrantRole(row.role), row.platform_id, row.school_id, row.context_id) for row in rows)


def give(session: Session, holder: Holder, right: Right, *, given_by: int | None, now: datetime) -> int:
    """Give a right; gives its row's id. The same right that already stands for the holder is left as it is.

    `given_by`: the person who gives it, None for the operator. That the placement, the school and the context are
    the platform's is the caller's to check. Raises `BadRequest` for no holder or two, or for two scopes, `NotFound`
    for a person of another platform.
    """
    if (holder.person_id is None) == (holder.placement_id is None):
        raise BadRequest("holder")
    if right.school_id is not None and right.context_id is not None:
        raise BadRequest("scope")
    if holder.person_id is not None:
        person = session.get(Person, holder.person_id)
        if person is None or person.platform_id != right.platform_id:
            raise NotFound("person")
    same = select(Grant.id).where(
        Grant.person_id.is_not_distinct_from(holder.person_id),
        Grant.placement_id.is_not_distinct_from(holder.placement_id),
        Grant.role == right.role.value,
        Grant.platform_id == right.platform_id,
        Grant.school_id.is_not_distinct_from(right.school_id),
        Grant.context_id.is_not_distinct_from(right.context_id),
        Grant.withdrawn_at.is_(None),
    )
    known = session.scalar(same.limit(1))
    if known is not None:
        return known
    grant = Grant(
        person_id=holder.person_id,
        placement_id=holder.placement_id,
        role=right.role.value,
        platform_id=right.platform_id,
        school_id=right.school_id,
        context_id=right.context_id,
        given_by=given_by,
        given_at=now,
    )
    session.add(grant)
    session.flush()
    return grant.id


def withdraw(session: Session, grant_id: int, *, platform_id: int | None, now: datetime) -> None:
    """Take a right back, from `now` on; within one platform unless `platform_id` is None (the operator).

    Taking it back again changes nothing. Raises `NotFound` for one that is not there, or is another platform's.
    """
    grant = session.get(Grant, grant_id)
    if grant is None or (platform_id is not None and grant.platform_id != platform_id):
        raise NotFound("grant")
    grant.withdrawn_at = grant.withdrawn_at or now
