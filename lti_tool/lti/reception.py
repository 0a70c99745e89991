"""Receiving a launch: every check first, then one transaction that spends the nonce and remembers who came.

Spec: LTI core 1.3 §5, security framework §5.1.3.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from lti_tool.database import table_of, upsert
from lti_tool.lti import errors
from lti_tool.lti.adapter import LEEWAY, MAX_TOKEN, RegisteredClient, VerifiedLaunch
from lti_tool.lti.claims import Claims, read_claims
from lti_tool.lti.door import Door
from lti_tool.lti.launch import Audience, Message
from lti_tool.lti.launch_log import note
from lti_tool.lti.model import Deployment, DeploymentState, LaunchRecord
from lti_tool.lti.nonces import spend
from lti_tool.lti.platforms import recognise_again
from lti_tool.lti.state import LoginState, read_state
from lti_tool.people.arrivals import remember_context, remember_membership, remember_person, remember_placement
from lti_tool.settings import LANGUAGES

LAUNCH_LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A launch answer on its way through the checks: the login that it answers, and its platform."""

    state: LoginState
    client: RegisteredClient
    platform_id: int
    frame_ancestors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A launch that was let in."""

    launch_id: str
    message: Message
    audience: Audience
    kind: str | None
    target: str | None


def open_arrival(door: Door, form: Mapping[str, str]) -> Arrival:
    """Read the state and find the login's platform. Raises `StateRejected`, `PlatformUnknown`, `PlatformDisabled`."""
    state = read_state(door.secrets.session, form.get("state", ""), now=door.clock())
    with door.database.look() as connection:
        known = recognise_again(connection, state.client_pk)
    return Arrival(state, known.registered, known.platform_id, known.frame_ancestors)


def receive(door: Door, arrival: Arrival, form: Mapping[str, str], *, binding: str | None, reference: str) -> Received:
    """Check a launch and let it in.

    `binding` is what this login's cookie held. Raises a `LaunchRejected`; then nothing was stored but, for a
    launch that is good in all else, that its deployment waits for an administrator.
    """
    if binding is None or not arrival.state.is_bound_to(binding):
        raise errors.StateNotOfThisBrowser("cookie")
    if form.get("error"):
        raise errors.PlatformRefused("error parameter")
    if len(form.get("id_token", "")) > MAX_TOKEN:
        raise errors.TokenRejected("size")
    now = door.clock()
    verified = VerifiedLaunch(
        form, state=arrival.state, client=arrival.client, signing_key=door.jwks.key, now=now
    ).verified()
    claims = read_claims(verified, base_url=door.settings.base_url)
    if claims.message is Message.DEEP_LINKING and claims.audience is Audience.PARENT:
        raise errors.RoleNotAllowed("deep linking")
    launch_id = None
    with door.database.write() as session:
        deployment_pk = _deployment(session, arrival, claims, now=now)
        spend(session, "nonce", arrival.state.nonce, expires_at=arrival.state.expires_at + LEEWAY)
        if deployment_pk is not None:
            launch_id = _remember(session, door, arrival, claims, deployment_pk)
            note(
                session,
                platform_id=arrival.platform_id,
                outcome="ok",
                message=claims.message.value,
                reference=reference,
                now=now,
            )
    if launch_id is None:
        raise errors.DeploymentWaiting("first seen")
    return Received(launch_id, claims.message, claims.audience, claims.kind, claims.target)


def _deployment(session: Session, arrival: Arrival, claims: Claims, *, now: datetime) -> int | None:
    """The row of an accepted deployment; an unknown one gives None, and is noted as waiting.

    Raises `DeploymentWaiting` or `DeploymentRefused` for one noted before.
    """
    names: dict[str, object] = {"client_pk": arrival.client.pk, "deployment_id": claims.deployment_id}
    known = session.execute(_DEPLOYMENT, names).first()
    if known is None:
        upsert(session, Deployment, names, {"state?": DeploymentState.WAITING.value, "seen_at?": now})
        return None
    if known.state == DeploymentState.REFUSED.value:
        raise errors.DeploymentRefused("refused")
    if known.state != DeploymentState.ACCEPTED.value:
        raise errors.DeploymentWaiting("waiting")
    return int(known.id)


_D = table_of(Deployment).c
_DEPLOYMENT = select(_D.id, _D.state).where(
    _D.client_pk == bindparam("client_pk"), _D.deployment_id == bindparam("deployment_id")
)


def _remember(session: Session, door: Door, arrival: Arrival, claims: Claims, deployment_pk: int) -> str:
    now = door.clock()
    person_id = remember_person(
        session,
        platform_id=arrival.platform_id,
        subject=claims.subject,
        pseudonym=door.secrets.pseudonym(arrival.client.issuer, claims.subject),
        name=claims.name,
        now=now,
    )
    context_id = placement_id = None
    roles = sorted(role.value for role in claims.roles)
    if claims.context_id:
        context_id = remember_context(
            session, deployment_pk=deployment_pk, lti_id=claims.context_id, title=claims.context_title
        )
        remember_membership(session, person_id=person_id, context_id=context_id, roles=roles, now=now)
    if claims.resource_link_id:
        values: dict[str, object] = {
            "context_id": context_id,
            "title": claims.resource_title,
            "kind": claims.kind,
            "target": claims.target,
            "wants_grade": claims.line_item is not None,
            "line_item": claims.line_item,
            "line_items": claims.line_items,
        }
        values["roster_url" if claims.roster_url else "roster_url?"] = claims.roster_url
        placement_id = remember_placement(
            session, deployment_pk=deployment_pk, resource_link_id=claims.resource_link_id, values=values
        )
    launch_id = secrets.token_urlsafe(16)
    record = {
        "id": launch_id,
        "deployment_pk": deployment_pk,
        "person_id": person_id,
        "context_id": context_id,
        "placement_id": placement_id,
        "message": claims.message.value,
        "kind": claims.kind,
        "target": claims.target,
        "roles": roles,
        "audience": claims.audience.value,
        "language": spoken(claims.locale),
        "return_url": claims.return_url,
        "deep_linking": _kept_settings(claims),
        "created_at": now,
        "expires_at": now + LAUNCH_LIFETIME,
    }
    session.execute(_INSERT, record)
    return launch_id


_INSERT = insert(table_of(LaunchRecord))


def spoken(locale: str | None) -> str | None:
    """The language of a locale (`fr_FR`, `ar-SA`, `en`), where it is one that we speak."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else None


def _kept_settings(claims: Claims) -> dict[str, object] | None:
    settings = claims.deep_linking
    if settings is None:
        return None
    return {
        "return_url": settings.return_url,
        "data": settings.data,
        "multiple": settings.multiple,
        "takes_line_items": settings.takes_line_items,
        "deployment_id": claims.deployment_id,
    }
