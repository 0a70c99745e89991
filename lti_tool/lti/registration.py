"""Dynamic Registration behind single-use, expiring invitations. Spec: 1EdTech LTI Dynamic Registration 1.0."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.lti import errors
from lti_tool.lti.claims import storable
from lti_tool.lti.door import Door
from lti_tool.lti.model import Invitation
from lti_tool.lti.platforms import ClientDetails, frameable, origin, save_client
from lti_tool.settings import Settings, is_loopback

INVITATION_LIFETIME = timedelta(days=7)
LTI_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
LTI_TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
CLAIMS = ("iss", "sub", "name", "given_name", "family_name")
"""Names are asked for, to greet and to show a teacher their class; an e-mail address is not."""
URL_LIMIT = 2048


@dataclass(frozen=True, slots=True)
class PlatformConfiguration:
    """What a platform's openid-configuration says that a registration needs."""

    issuer: str
    authorization_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    token_audience: str | None
    product: str | None


def invite(session: Session, *, base_url: str, now: datetime, lifetime: timedelta = INVITATION_LIFETIME) -> str:
    """Make an invitation; gives the registration URL to paste into the platform, once, until it expires."""
    token = secrets.token_urlsafe(24)
    session.add(Invitation(token_hash=_hash(token), created_at=now, expires_at=now + lifetime))
    return f"{base_url}/lti/register?invitation={token}"


def check_invitation(session: Session, token: str, *, now: datetime) -> int:
    """The invitation's row, if it can still be used. Raises `InvitationInvalid`."""
    query = select(Invitation.id).where(
        Invitation.token_hash == _hash(token), Invitation.used_at.is_(None), Invitation.expires_at > now
    )
    found = session.scalar(query)
    if found is None:
        raise errors.InvitationInvalid("unknown, used or expired")
    return found


def read_configuration(door: Door, url: str) -> PlatformConfiguration:
    """Fetch and check a platform's configuration. Raises `PlatformAnswerInvalid` or an `Unavailable`.

    Spec: Dynamic Registration §3.4; the issuer must be of the configuration's own origin, so that nobody can
    register in another platform's name.
    """
    if not _is_url(url, door.settings):
        raise errors.PlatformAnswerInvalid("openid_configuration")
    answer = door.transport.get(url, headers={"Accept": "application/json"})
    document = _json_object(answer.body) if answer.ok else None
    if document is None:
        raise errors.PlatformAnswerInvalid(f"configuration status {answer.status}")
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    for name in names:
        if not _is_url(document.get(name), door.settings):
            raise errors.PlatformAnswerInvalid(name)
    issuer, authorization, token, jwks, registration = (str(document[name]) for name in names)
    if origin(issuer) != origin(url) or origin(registration) != origin(url):
        raise errors.PlatformAnswerInvalid("origin")
    audience = document.get("authorization_server")
    platform = document.get(LTI_PLATFORM)
    product = platform.get("product_family_code") if isinstance(platform, dict) else None
    return PlatformConfiguration(
        issuer=issuer,
        authorization_url=authorization,
        token_url=token,
        jwks_url=jwks,
        registration_url=registration,
        token_audience=_text(audience, limit=URL_LIMIT),
        product=_text(product, limit=64),
    )


def tool_registration(settings: Settings, description: str) -> dict[str, object]:
    """What the tool says of itself. Spec: Dynamic Registration §3.5; `domain` is host:port, as Moodle compares it."""
    base = settings.base_url
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": f"{base}/lti/login",
        "redirect_uris": [f"{base}/lti/launch"],
        "client_name": "Passerelle",
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "logo_uri": f"{base}/logo.png",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES),
        LTI_TOOL: {
            "domain": settings.host,
            "description": description,
            "target_link_uri": f"{base}/lti/launch",
            "claims": list(CLAIMS),
            "messages": [
                {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{base}/lti/launch"},
                {"type": "LtiResourceLinkRequest", "target_link_uri": f"{base}/lti/launch"},
            ],
        },
    }


def register(
    door: Door, *, invitation: str, configuration_url: str, registration_token: str | None, description: str
) -> str:
    """Register at a platform and remember it; gives the platform's issuer.

    The invitation is used up in the transaction that stores the platform; a failed try leaves it good.
    Raises `InvitationInvalid`, `PlatformAnswerInvalid`, `IssuerTaken`, or an `Unavailable`.
    """
    with door.database.read() as session:
        check_invitation(session, invitation, now=door.clock())
    configuration = read_configuration(door, configuration_url)
    details = _ask(door, configuration, registration_token, description)
    with door.database.write() as session:
        now = door.clock()
        invitation_id = check_invitation(session, invitation, now=now)
        client = save_client(session, details, now=now)
        used = session.execute(
            update(Invitation)
            .where(Invitation.id == invitation_id, Invitation.used_at.is_(None))
            .values(used_at=now, platform_id=client.platform_id)
        )
        if used.rowcount != 1:  # type: ignore[attr-defined]
            raise errors.InvitationInvalid("used meanwhile")
    door.jwks.forget(details.jwks_url)
    return details.issuer


def _ask(
    door: Door, configuration: PlatformConfiguration, registration_token: str | None, description: str
) -> ClientDetails:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if registration_token:
        headers["Authorization"] = f"Bearer {registration_token}"
    answer = door.transport.send(
        "POST",
        configuration.registration_url,
        headers=headers,
        data=json.dumps(tool_registration(door.settings, description)),
    )
    document = _json_object(answer.body) if answer.ok else None
    if document is None:
        raise errors.PlatformAnswerInvalid(f"registration status {answer.status}")
    client_id = _text(document.get("client_id"), limit=255)
    if client_id is None:
        raise errors.PlatformAnswerInvalid("client_id")
    tool = document.get(LTI_TOOL)
    deployment = tool.get("deployment_id") if isinstance(tool, dict) else None
    number = isinstance(deployment, int) and not isinstance(deployment, bool)
    return ClientDetails(
        issuer=configuration.issuer,
        client_id=client_id,
        authorization_url=configuration.authorization_url,
        token_url=configuration.token_url,
        jwks_url=configuration.jwks_url,
        token_audience=configuration.token_audience,
        product=configuration.product,
        deployment_id=_text(str(deployment) if number else deployment, limit=255),
    )


def _json_object(body: bytes) -> Mapping[str, object] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _text(value: object, *, limit: int) -> str | None:
    """A text that can be kept, of 1 to `limit` characters; None for anything else."""
    return value if isinstance(value, str) and 0 < len(value) <= limit and storable(value) else None


def _is_url(value: object, settings: Settings) -> bool:
    """An https address, or an http one on loopback where private addresses are allowed (development)."""
    if not isinstance(value, str) or len(value) > URL_LIMIT:
        return False
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or not frameable([origin(value)]) or not value.isprintable():
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and settings.allow_private_addresses and is_loopback(parts.hostname)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
