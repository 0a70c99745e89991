"""The session of one launch: a signed cookie of its own, and the record that its pages read."""

import secrets
from datetime import datetime, timedelta

import jwt
from flask import Request
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from lti_tool.lti import cookies
from lti_tool.lti.door import Door
from lti_tool.lti.errors import HandoverSpent, NonceReused, SessionLost
from lti_tool.lti.launch import Audience, Launch, Message
from lti_tool.lti.model import Client, Deployment, LaunchRecord, Platform
from lti_tool.lti.nonces import spend
from lti_tool.lti.platforms import ancestors
from lti_tool.lti.reception import LAUNCH_LIFETIME
from lti_tool.lti.roles import Role
from lti_tool.people.model import Context, Person, Placement, School

HANDOVER_LIFETIME = timedelta(minutes=30)


def open_session(response: Response, request: Request, door: Door, launch_id: str) -> None:
    """Give the browser the cookie of a launch, and take back those beyond the limit."""
    for name in cookies.surplus_launches(request, door.settings):
        cookies.drop_cookie(response, door.settings, name)
    cookies.set_cookie(
        response,
        door.settings,
        cookies.launch_name(door.settings, launch_id),
        door.secrets.sign("launch", launch_id),
        seconds=int(LAUNCH_LIFETIME.total_seconds()),
    )


def load_launch(door: Door, launch_id: str, request: Request, *, now: datetime) -> Launch:
    """The launch of a page, for the browser that holds its cookie.

    Raises `SessionLost` when the cookie did not come, the launch has ended, or its platform was disabled.
    """
    signature = request.cookies.get(cookies.launch_name(door.settings, launch_id), "")
    if len(launch_id) > 32 or not door.secrets.verify("launch", launch_id, signature):
        raise SessionLost("cookie")
    with door.database.read() as session:
        row = session.execute(_QUERY.where(LaunchRecord.id == launch_id, LaunchRecord.expires_at > now)).first()
    if row is None:
        raise SessionLost("ended")
    record, person, platform, client_pk, context, placement, school = row
    return Launch(
        id=record.id,
        message=Message(record.message),
        platform_id=platform.id,
        platform_issuer=platform.issuer,
        platform_product=platform.product,
        frame_ancestors=ancestors(platform),
        client_pk=client_pk,
        deployment_pk=record.deployment_pk,
        person_id=person.id,
        pseudonym=person.pseudonym,
        person_name=person.name,
        person_language=person.language,
        notice_seen=person.notice_seen_at is not None,
        context_id=record.context_id,
        context_title=context.title if context else None,
        context_lti_id=context.lti_id if context else None,
        school_id=school.id if school else None,
        school_uai=school.uai if school else None,
        placement_id=record.placement_id,
        placement_title=placement.title if placement else None,
        wants_grade=bool(placement and placement.wants_grade),
        kind=record.kind,
        target=record.target,
        roles=frozenset(Role(role) for role in record.roles),
        audience=Audience(record.audience),
        language=record.language,
        return_url=record.return_url,
    )


_QUERY: Select[LaunchRecord, Person, Platform, int, Context | None, Placement | None, School | None] = (
    select(LaunchRecord, Person, Platform, Client.id, Context, Placement, School)
    .join(Person, Person.id == LaunchRecord.person_id)
    .join(Deployment, Deployment.id == LaunchRecord.deployment_pk)
    .join(Client, Client.id == Deployment.client_pk)
    .join(Platform, Platform.id == Client.platform_id)
    .outerjoin(Context, Context.id == LaunchRecord.context_id)
    .outerjoin(Placement, Placement.id == LaunchRecord.placement_id)
    .outerjoin(School, School.id == Context.school_id)
    .where(Platform.disabled_at.is_(None), Client.disabled_at.is_(None))
)


def handover_path(door: Door, launch: Launch, rest: str = "") -> str:
    """A single-use address that opens a page of this launch in another tab.

    A Partitioned cookie does not follow into a new tab; this does. It is signed, so making one writes nothing.
    """
    token = jwt.encode(
        {
            "l": launch.id,
            "r": rest,
            "j": secrets.token_urlsafe(12),
            "exp": int((door.clock() + HANDOVER_LIFETIME).timestamp()),
        },
        door.secrets.session,
        algorithm="HS256",
    )
    return f"/lti/continue/{token}"


def take_handover(door: Door, token: str) -> tuple[str, str]:
    """Spend a hand-over: gives the launch's id and the page's path within it. Raises `HandoverSpent`."""
    try:
        payload = jwt.decode(token, door.secrets.session, algorithms=["HS256"], options={"verify_exp": False})
        launch_id, rest, unique, expires = (payload[name] for name in ("l", "r", "j", "exp"))
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
        raise HandoverSpent("not ours") from error
    now = door.clock()
    if expires < now.timestamp():
        raise HandoverSpent("too old")
    try:
        with door.database.write() as session:
            spend(session, "handover", unique, expires_at=datetime.fromtimestamp(expires, now.tzinfo))
    except NonceReused as error:
        raise HandoverSpent("used") from error
    return str(launch_id), str(rest)
