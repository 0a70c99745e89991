"""Platforms, their clients and deployments: looking them up, adding them, letting them in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.database import table_of, upsert
from lti_tool.errors import NotFound
from lti_tool.lti import errors
from lti_tool.lti.adapter import RegisteredClient
from lti_tool.lti.model import Client, Deployment, DeploymentState, Platform

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """What a registration, dynamic or by hand, says of one client of a platform."""

    issuer: str
    client_id: str
    authorization_url: str
    token_url: str
    jwks_url: str
    token_audience: str | None = None
    name: str | None = None
    product: str | None = None
    deployment_id: str | None = None
    frame_ancestors: tuple[str, ...] = ()


def origin(url: str) -> str:
    """`scheme://host[:port]` of an address; empty for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def save_client(session: Session, details: ClientDetails, *, now: datetime) -> Client:
    """Make or update a client of a platform, and let its deployment in where one is named.

    A second client for a known issuer must have that issuer's one JWKS URL; otherwise its keys could sign in
    that issuer's people. Raises `IssuerTaken`.
    """
    platform = session.scalar(select(Platform).where(Platform.issuer == details.issuer))
    if platform is None:
        platform = Platform(
            issuer=details.issuer,
            name=details.name or urlsplit(details.issuer).netloc or details.issuer,
            product=details.product,
            jwks_url=details.jwks_url,
            frame_ancestors=list(details.frame_ancestors),
            created_at=now,
        )
        session.add(platform)
        session.flush()
    elif platform.jwks_url != details.jwks_url:
        raise errors.IssuerTaken("another JWKS URL")
    platform.name = details.name or platform.name
    platform.product = details.product or platform.product
    platform.frame_ancestors = sorted({*platform.frame_ancestors, *details.frame_ancestors})
    platform.disabled_at = None
    client_pk = upsert(
        session,
        Client,
        {"platform_id": platform.id, "client_id": details.client_id},
        {
            "authorization_url": details.authorization_url,
            "token_url": details.token_url,
            "token_audience": details.token_audience,
            "created_at?": now,
            "disabled_at": None,
        },
    )
    if details.deployment_id:
        accept_deployment(session, client_pk, details.deployment_id, now=now)
    return session.get_one(Client, client_pk, populate_existing=True)


def accept_deployment(session: Session, client_pk: int, deployment_id: str, *, now: datetime) -> int:
    """Let a deployment of a client in; gives its row's id."""
    return upsert(
        session,
        Deployment,
        {"client_pk": client_pk, "deployment_id": deployment_id},
        {"state": DeploymentState.ACCEPTED.value, "decided_at": now, "seen_at?": now},
    )


def decide_deployment(
    session: Session, deployment_pk: int, *, accept: bool, platform_id: int | None, now: datetime
) -> None:
    """Accept or refuse a deployment, within one platform unless `platform_id` is None (the operator).

    Raises `NotFound` for one that is not there, or is another platform's.
    """
    query = select(Deployment).join(Client).where(Deployment.id == deployment_pk)
    if platform_id is not None:
        query = query.where(Client.platform_id == platform_id)
    deployment = session.scalar(query)
    if deployment is None:
        raise NotFound("deployment")
    deployment.state = (DeploymentState.ACCEPTED if accept else DeploymentState.REFUSED).value
    deployment.decided_at = now


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client whose door is open, with what a login and a launch need of its platform."""

    registered: RegisteredClient
    platform_id: int
    frame_ancestors: tuple[str, ...]


def recognise(database: Connection | Session, issuer: str, client_id: str | None) -> KnownClient:
    """The client that a login names; without a client_id, the issuer's only one.

    Raises `PlatformUnknown` or `PlatformDisabled`.
    """
    query = _BY_NAME if client_id else _BY_ISSUER
    found = database.execute(query, {"by_issuer": issuer, "by_client_id": client_id}).all()
    if len(found) != 1:
        raise errors.PlatformUnknown("no such client" if not found else "client_id needed")
    return _known(found[0])


def recognise_again(database: Connection | Session, client_pk: int) -> KnownClient:
    """The client that a login was for. Raises `PlatformUnknown` or `PlatformDisabled`."""
    found = database.execute(_BY_KEY, {"by_pk": client_pk}).first()
    if found is None:
        raise errors.PlatformUnknown("gone since the login")
    return _known(found)


def find_client(session: Session, issuer: str, client_id: str | None) -> Client:
    """The row of `recognise`."""
    return session.get_one(Client, recognise(session, issuer, client_id).registered.pk)


def get_client(session: Session, client_pk: int) -> Client:
    """A client by its row's id, with its platform. Raises `PlatformUnknown` or `PlatformDisabled`."""
    recognise_again(session, client_pk)
    return session.get_one(Client, client_pk, options=[joinedload(Client.platform)])


_C, _P = table_of(Client).c, table_of(Platform).c
# Built once, for every login and launch asks them.
_CLIENTS = select(
    _C.id,
    _C.client_id,
    _C.authorization_url,
    _C.token_url,
    _C.token_audience,
    _P.issuer,
    _P.jwks_url,
    _P.frame_ancestors,
    _P.id.label("platform_id"),
    or_(_C.disabled_at.is_not(None), _P.disabled_at.is_not(None)).label("disabled"),
).join_from(table_of(Client), table_of(Platform))
_BY_KEY = _CLIENTS.where(_C.id == bindparam("by_pk"))
_BY_ISSUER = _CLIENTS.where(_P.issuer == bindparam("by_issuer")).limit(2)
_BY_NAME = _BY_ISSUER.where(_C.client_id == bindparam("by_client_id"))


def _known(row: Row[Any]) -> KnownClient:
    if row.disabled:
        raise errors.PlatformDisabled(row.platform_id)
    client = RegisteredClient(
        pk=row.id,
        issuer=row.issuer,
        client_id=row.client_id,
        jwks_url=row.jwks_url,
        authorization_url=row.authorization_url,
        token_url=row.token_url,
        token_audience=row.token_audience,
    )
    return KnownClient(client, row.platform_id, frameable([origin(row.issuer), *row.frame_ancestors]))


def registered(client: Client) -> RegisteredClient:
    """A client's row as the adapter's frozen type."""
    return RegisteredClient(
        pk=client.id,
        issuer=client.platform.issuer,
        client_id=client.client_id,
        jwks_url=client.platform.jwks_url,
        authorization_url=client.authorization_url,
        token_url=client.token_url,
        token_audience=client.token_audience,
    )


def ancestors(platform: Platform) -> tuple[str, ...]:
    """The origins that may frame this platform's pages: its own first, then those configured."""
    return frameable([origin(platform.issuer), *platform.frame_ancestors])


def frameable(origins: Iterable[str]) -> tuple[str, ...]:
    """Those that are well-formed origins, once each: what comes from outside may add nothing else to a policy."""
    return tuple(dict.fromkeys(entry for entry in origins if _ORIGIN.fullmatch(entry)))


def list_platforms(session: Session) -> list[tuple[Platform, int]]:
    """Every platform with how many clients it has, by name."""
    query = select(Platform, func.count(Client.id)).outerjoin(Client).group_by(Platform.id).order_by(Platform.name)
    return [(platform, count) for platform, count in session.execute(query)]


def get_platform(session: Session, issuer_or_id: str) -> Platform:
    """A platform by its issuer or its number. Raises `NotFound`."""
    condition = Platform.id == int(issuer_or_id) if issuer_or_id.isdigit() else Platform.issuer == issuer_or_id
    platform = session.scalar(select(Platform).where(condition))
    if platform is None:
        raise NotFound("platform")
    return platform


def disable_platform(session: Session, issuer_or_id: str, *, now: datetime) -> Platform:
    """Close the door to a platform: its logins and launches are refused, its data stay."""
    platform = get_platform(session, issuer_or_id)
    platform.disabled_at = now
    return platform
