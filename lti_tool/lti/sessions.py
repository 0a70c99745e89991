"""The session of one launch: a signed cookie of its own, and the record that its pages read."""

import secrets
from datetime import datetime, timedelta

import jwt
from flask import Request
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from lti_tool.database import table_of
from lti_tool.lti import cookies
from lti_tool.lti.door import Door
from lti_tool.lti.errors import HandoverSpent, NonceReused, SessionLost
from lti_tool.lti.launch import Audience, Launch, Message
from lti_tool.lti.model import Client, Deployment, LaunchRecord, Platform
from lti_tool.lti.nonces import spend
from lti_tool.lti.platforms import frameable, origin
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
    with door.database.look() as connection:
        row = connection.execute(_LAUNCH, {"by_id": launch_id, "at": now}).first()
    if row is None:
        raise SessionLost("ended")
    return Launch(
        id=row.id,
        message=Message(row.message),
        platform_id=row.platform_id,
        platform_issuer=row.platform_issuer,
        platform_product=row.platform_product,
        frame_ancestors=frameable([origin(row.platform_issuer), *row.frame_ancestors]),
        client_pk=row.client_pk,
        deployment_pk=row.deployment_pk,
        person_id=row.person_id,
        pseudonym=row.pseudonym,
        person_name=row.person_name,
        person_language=row.person_language,
        notice_seen=row.notice_seen_at is not None,
        context_id=row.context_id,
        context_title=row.context_title,
        context_lti_id=row.context_lti_id,
        school_id=row.school_id,
        school_uai=row.school_uai,
        placement_id=row.placement_id,
        placement_title=row.placement_title,
        wants_grade=bool(row.wants_grade),
        kind=row.kind,
        target=row.target,
        roles=frozenset(Role(role) for role in row.roles),
        audience=Audience(row.audience),
        language=row.language,
        return_url=row.return_url,
    )


_L, _D, _C, _P = (table_of(mapped).c for mapped in (LaunchRecord, Deployment, Client, Platform))
_PERSON, _CONTEXT, _PLACEMENT, _SCHOOL = (table_of(mapped).c for mapped in (Person, Context, Placement, School))
# Built once, for every page asks it.
_LAUNCH = (
    select(
        *(_L.id, _L.deployment_pk, _L.person_id, _L.context_id, _L.placement_id, _L.message, _L.kind, _L.target),
        *(_L.roles, _L.audience, _L.language, _L.return_url),
        *(_PERSON.pseudonym, _PERSON.name.label("person_name"), _PERSON.language.label("person_language")),
        _PERSON.notice_seen_at,
        *(_C.id.label("client_pk"), _P.id.label("platform_id"), _P.issuer.label("platform_issuer")),
        *(_P.product.label("platform_product"), _P.frame_ancestors),
        *(_CONTEXT.title.label("context_title"), _CONTEXT.lti_id.label("context_lti_id")),
        *(_SCHOOL.id.label("school_id"), _SCHOOL.uai.label("school_uai")),
        *(_PLACEMENT.title.label("placement_title"), _PLACEMENT.wants_grade),
    )
    .select_from(table_of(LaunchRecord))
    .join(table_of(Person), _PERSON.id == _L.person_id)
    .join(table_of(Deployment), _D.id == _L.deployment_pk)
    .join(table_of(Client), _C.id == _D.client_pk)
    .join(table_of(Platform), _P.id == _C.platform_id)
    .outerjoin(table_of(Context), _CONTEXT.id == _L.context_id)
    .outerjoin(table_of(Placement), _PLACEMENT.id == _L.placement_id)
    .outerjoin(table_of(School), _SCHOOL.id == _CONTEXT.school_id)
    .where(
        _L.id == bindparam("by_id"),
        _L.expires_at > bindparam("at"),
        _P.disabled_at.is_(None),
        _C.disabled_at.is_(None),
    )
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
