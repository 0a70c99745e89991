"""The administrator's use cases: deployments, schools, and what a launch brought. Rights are in `rights`."""

import re
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.administration.reach import at_platform, mine
from lti_tool.errors import BadRequest, NotFound
from lti_tool.lti.launch import Launch
from lti_tool.lti.model import Client, Deployment, Platform
from lti_tool.people.model import Context, Placement, School
from xapi.sql_store import SqlStore

UAI = re.compile(r"[0-9]{7}[A-Z]")
NAME_LIMIT = 255
SHOWN = 100


class UaiInvalid(BadRequest):
    """Not seven digits and a capital letter."""

    code = "uai-invalid"


class SchoolNameMissing(BadRequest):
    """A school that is not known yet needs its name."""

    code = "school-name-missing"


@dataclass(frozen=True, slots=True)
class DeploymentLine:
    """A deployment with its client and platform."""

    deployment: Deployment
    client: Client
    platform: Platform


@dataclass(frozen=True, slots=True)
class ContextLine:
    """A context (course or class) with its platform and the school that it is tied to."""

    context: Context
    platform: Platform
    school: School | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a launch brought with it, for the page that says that it worked."""

    client_id: str
    deployment_id: str
    roster: bool
    line_item: bool
    line_items: bool


def brought(session: Session, launch: Launch) -> Brought:
    """What came with a launch besides what `Launch` itself says."""
    deployment = session.get_one(Deployment, launch.deployment_pk)
    client = session.get_one(Client, launch.client_pk)
    placement = session.get(Placement, launch.placement_id) if launch.placement_id is not None else None
    return Brought(
        client_id=client.client_id,
        deployment_id=deployment.deployment_id,
        roster=bool(placement and placement.roster_url),
        line_item=bool(placement and placement.line_item),
        line_items=bool(placement and placement.line_items),
    )


def platforms(session: Session, platform_id: int | None) -> list[Platform]:
    """The administrator's platform, or every one, by name."""
    return list(session.scalars(select(Platform).where(mine(platform_id)).order_by(Platform.name, Platform.id)))


def deployments(session: Session, platform_id: int | None) -> list[DeploymentLine]:
    """Deployments, those that wait first, then the latest seen."""
    query = (
        select(Deployment, Client, Platform)
        .select_from(Deployment)
        .join(Client, Client.id == Deployment.client_pk)
        .join(Platform, Platform.id == Client.platform_id)
        .where(mine(platform_id))
        .order_by(Deployment.decided_at.is_not(None), Deployment.seen_at.desc(), Deployment.id.desc())
    )
    return [DeploymentLine(*row) for row in session.execute(query)]


def waiting_count(session: Session, platform_id: int | None) -> int:
    """How many deployments wait for an answer."""
    query = select(func.count(Deployment.id)).select_from(Deployment).join(Client).join(Platform)
    return session.scalar(query.where(mine(platform_id), Deployment.decided_at.is_(None))) or 0


def contexts(session: Session, platform_id: int | None, *, words: str = "") -> list[ContextLine]:
    """Courses and classes that somebody has launched from, whose title holds `words`, by title; `SHOWN` and one."""
    query = (
        at_platform(select(Context, Platform, School), Context, Context.deployment_id)
        .outerjoin(School, School.id == Context.school_id)
        .where(mine(platform_id))
        .order_by(Platform.name, Context.title, Context.id)
        .limit(SHOWN + 1)
    )
    if words:
        query = query.where(Context.title.icontains(words, autoescape=True))
    return [ContextLine(*row) for row in session.execute(query)]


def schools(session: Session) -> list[School]:
    """Every school known, by name: what the field of a UAI suggests."""
    return list(session.scalars(select(School).order_by(School.name, School.uai)))


def tie(
    session: Session, store: SqlStore, context_id: int, *, uai: str, name: str, platform_id: int | None
) -> str | None:
    """Tie a context to a school, made where it is not known yet, or with an empty `uai` to none; gives the UAI.

    The statements already recorded in the context follow, in the same transaction. A school that is known keeps its
    name. Raises `UaiInvalid`, `SchoolNameMissing`, or `NotFound` for a context of another platform.
    """
    query = at_platform(select(Context), Context, Context.deployment_id)
    context = session.scalar(query.where(Context.id == context_id, mine(platform_id)))
    if context is None:
        raise NotFound("context")
    wanted = uai.replace(" ", "").upper()
    school = _school(session, wanted, name.strip()[:NAME_LIMIT]) if wanted else None
    context.school_id = school.id if school else None
    session.flush()
    store.rescope(session, context=str(context.id), school=school.uai if school else None)
    return school.uai if school else None


def _school(session: Session, uai: str, name: str) -> School:
    if not UAI.fullmatch(uai):
        raise UaiInvalid("uai")
    school = session.scalar(select(School).where(School.uai == uai))
    if school is None:
        if not name:
            raise SchoolNameMissing("name")
        school = School(uai=uai, name=name)
        session.add(school)
        session.flush()
    return school
