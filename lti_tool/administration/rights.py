"""Rights: who may have them, giving one, and whether somebody may administer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.administration.reach import at_platform, mine
from lti_tool.errors import BadRequest, NotFound
from lti_tool.lti.launch import Audience, Launch
from lti_tool.lti.model import Platform
from lti_tool.people import grants
from lti_tool.people.grants import Holder, Right
from lti_tool.people.model import Context, Grant, GrantRole, Person, Placement, School

T = TypeVar("T")
SHOWN = 50
LISTED = 200


class RoleNotForPlacement(BadRequest):
    """The administrator's role is given to a person, on a whole platform; never to whoever comes by a link."""

    code = "role-not-for-placement"


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A right as it is listed."""

    grant: Grant
    platform: Platform
    person: Person | None
    placement: Placement | None
    school: School | None
    context: Context | None
    giver: Person | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a right can be given to, and for: people and placements, schools and contexts, each with its platform."""

    people: Sequence[tuple[Person, Platform]]
    placements: Sequence[tuple[Placement, Platform]]
    schools: Sequence[tuple[School, Platform]]
    contexts: Sequence[tuple[Context, Platform]]


def may_administer(session: Session, launch: Launch, *, now: datetime) -> bool:
    """Whether the launch is an administrator's: by its roles, or by a right given on the whole platform."""
    if launch.audience is Audience.ADMINISTRATOR:
        return True
    held = grants.grants_of(session, person_id=launch.person_id, placement_id=None, now=now)
    return any(right.role is GrantRole.ADMINISTRATOR and right.platform_wide for right in held)


def listed(session: Session, platform_id: int | None) -> list[GrantLine]:
    """Rights, those that stand first, then those taken back, the latest given first; the first `LISTED`."""
    query = (
        select(Grant, Platform, Person, Placement, School, Context)
        .select_from(Grant)
        .join(Platform, Platform.id == Grant.platform_id)
        .outerjoin(Person, Person.id == Grant.person_id)
        .outerjoin(Placement, Placement.id == Grant.placement_id)
        .outerjoin(School, School.id == Grant.school_id)
        .outerjoin(Context, Context.id == Grant.context_id)
        .where(mine(platform_id))
        .order_by(Grant.withdrawn_at.is_not(None), Grant.given_at.desc(), Grant.id.desc())
        .limit(LISTED)
    )
    rows = session.execute(query).all()
    givers = {row[0].given_by for row in rows if row[0].given_by is not None}
    known = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(givers)))}
    return [GrantLine(*row, known.get(row[0].given_by or 0)) for row in rows]


def choices(session: Session, platform_id: int | None, *, words: str = "") -> Choices:
    """What a right can be given to and for. People: those seen last, whose name holds `words`."""
    here = mine(platform_id)
    people = select(Person, Platform).select_from(Person).join(Platform, Platform.id == Person.platform_id).where(here)
    if words:
        people = people.where(Person.name.icontains(words, autoescape=True))
    placed = at_platform(select(Placement, Platform), Placement, Placement.deployment_id).where(here)
    held = at_platform(select(Context, Platform), Context, Context.deployment_id).where(here)
    tied = (
        at_platform(select(Context.school_id, Platform.id.label("platform_id")), Context, Context.deployment_id)
        .where(here)
        .distinct()  # of the numbers alone: a platform's JSON knows no equality on PostgreSQL
        .subquery()
    )
    schools = (
        select(School, Platform)
        .join_from(tied, School, School.id == tied.c.school_id)
        .join(Platform, Platform.id == tied.c.platform_id)
        .order_by(School.name, School.id, Platform.id)
    )
    return Choices(
        people=_pairs(session, people.order_by(Person.last_seen_at.desc(), Person.id).limit(SHOWN)),
        placements=_pairs(session, placed.order_by(Placement.id.desc()).limit(SHOWN)),
        schools=_pairs(session, schools),
        contexts=_pairs(session, held.order_by(Context.title, Context.id)),
    )


def give(
    session: Session,
    *,
    holder: str,
    role: str,
    scope: str,
    platform_id: int | None,
    given_by: int | None,
    now: datetime,
) -> int:
    """Give a right as the form says it: `person:3` or `placement:3`; a role; `platform`, `school:3` or `context:3`.

    Everything named must be of one platform, the administrator's own unless `platform_id` is None. Gives the
    right's row. Raises `BadRequest`, `RoleNotForPlacement`, `NotFound`.
    """
    kind, holder_id = _reference(holder, ("person", "placement"))
    scope_kind, scope_id = ("platform", 0) if scope == "platform" else _reference(scope, ("school", "context"))
    try:
        wanted = GrantRole(role)
    except ValueError as error:
        raise BadRequest("role") from error
    if wanted is GrantRole.ADMINISTRATOR and (kind == "placement" or scope_kind != "platform"):
        raise RoleNotForPlacement("administrator")
    home = _home(session, kind, holder_id)
    if home is None or platform_id not in {None, home}:
        raise NotFound("holder")
    if scope_kind != "platform" and not _within(session, scope_kind, scope_id, home):
        raise NotFound("scope")
    right = Right(
        role=wanted,
        platform_id=home,
        school_id=scope_id if scope_kind == "school" else None,
        context_id=scope_id if scope_kind == "context" else None,
    )
    held_by = Holder(person_id=holder_id) if kind == "person" else Holder(placement_id=holder_id)
    return grants.give(session, held_by, right, given_by=given_by, now=now)


def withdraw(session: Session, grant_id: int, *, platform_id: int | None, now: datetime) -> None:
    """Take a right back, within the administrator's platform. Raises `NotFound`."""
    grants.withdraw(session, grant_id, platform_id=platform_id, now=now)


def _home(session: Session, kind: str, holder_id: int) -> int | None:
    """The platform of a person or of a placement."""
    if kind == "person":
        return session.scalar(select(Person.platform_id).where(Person.id == holder_id))
    query = at_platform(select(Platform.id), Placement, Placement.deployment_id)
    return session.scalar(query.where(Placement.id == holder_id))


def _within(session: Session, kind: str, scope_id: int, platform_id: int) -> bool:
    """Whether a context is the platform's, or a school has one of its contexts."""
    column = Context.id if kind == "context" else Context.school_id
    query = at_platform(select(Context.id), Context, Context.deployment_id)
    return session.scalar(query.where(column == scope_id, Platform.id == platform_id).limit(1)) is not None


def _reference(value: str, kinds: Sequence[str]) -> tuple[str, int]:
    kind, _colon, number = value.partition(":")
    if kind not in kinds or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise BadRequest("reference")
    return kind, int(number)


def _pairs(session: Session, query: Select[T, Platform]) -> list[tuple[T, Platform]]:
    return [(row[0], row[1]) for row in session.execute(query)]
