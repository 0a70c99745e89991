"""The doctor's checks of each platform, made from here as a launch would make them."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from lti_tool.administration.findings import Finding
from lti_tool.clock import Clock
from lti_tool.errors import Refused, Unavailable
from lti_tool.lti.adapter import RegisteredClient
from lti_tool.lti.jwks import read_key_set
from lti_tool.lti.keys import KeyRing
from lti_tool.lti.model import Client, Deployment, LaunchLog, LaunchRecord, Platform
from lti_tool.lti.platforms import ancestors, origin, registered
from lti_tool.lti.registration import SCOPES
from lti_tool.lti.services import PlatformServices, TokenCache, TokenRefused
from lti_tool.lti.transport import Answer, Transport
from lti_tool.settings import Settings

SKEW_SECONDS = 30
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CONFIGURATIONS = ("/.well-known/openid-configuration", "/mod/lti/openid-configuration.php")
"""Where platforms tell their own issuer, after its address: the usual place, then Moodle's."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A platform as the checks need it."""

    issuer: str
    jwks_url: str
    ancestors: tuple[str, ...]
    configured_ancestors: bool
    """Whether an operator named origins besides the issuer's own."""
    clients: tuple[RegisteredClient, ...]
    return_origins: frozenset[str]
    """Where the last launches said that their pages are."""
    has_launched: bool


def patients(session: Session, platform_id: int | None) -> list[Patient]:
    """Every platform that is not switched off, or the one asked for."""
    query = select(Platform).where(Platform.disabled_at.is_(None)).options(selectinload(Platform.clients))
    if platform_id is not None:
        query = query.where(Platform.id == platform_id)
    return [_patient(session, platform) for platform in session.scalars(query.order_by(Platform.issuer))]


def _patient(session: Session, platform: Platform) -> Patient:
    launched = select(exists().where(LaunchLog.platform_id == platform.id, LaunchLog.outcome == "ok"))
    pages = (
        select(LaunchRecord.return_url)
        .join(Deployment, Deployment.id == LaunchRecord.deployment_pk)
        .join(Client, Client.id == Deployment.client_pk)
        .where(Client.platform_id == platform.id, LaunchRecord.return_url.is_not(None))
        .order_by(LaunchRecord.created_at.desc())
        .limit(50)
    )
    return Patient(
        issuer=platform.issuer,
        jwks_url=platform.jwks_url,
        ancestors=ancestors(platform),
        configured_ancestors=bool(platform.frame_ancestors),
        clients=tuple(registered(client) for client in platform.clients if client.disabled_at is None),
        return_origins=frozenset(origin(url) for url in session.scalars(pages) if url),
        has_launched=bool(session.scalar(launched)),
    )


def check_issuer(patient: Patient, transport: Transport) -> Finding:
    """Whether the issuer is written as the platform itself writes it, to the last slash."""
    said = _own_issuer(patient.issuer, transport)
    values = {"issuer": patient.issuer, "said": said or patient.issuer.rstrip("/")}
    if said == patient.issuer or (said is None and (patient.has_launched or not patient.issuer.endswith("/"))):
        return Finding("issuer", subject=patient.issuer, detail=patient.issuer)
    slash = said is None or said.rstrip("/") == patient.issuer.rstrip("/")
    fault = "issuer-slash" if slash else "issuer-other"
    return Finding("issuer", fault, subject=patient.issuer, detail=f"{patient.issuer} ≠ {said or '?'}", values=values)


def _own_issuer(issuer: str, transport: Transport) -> str | None:
    """What the platform's configuration says, where it can be found from its address."""
    for path in CONFIGURATIONS:
        try:
            answer = transport.get(issuer.rstrip("/") + path, headers={"Accept": "application/json"})
            document = json.loads(answer.body) if answer.ok else None
        except (Unavailable, ValueError, RecursionError):
            continue
        if isinstance(document, dict) and isinstance(document.get("issuer"), str):
            return str(document["issuer"])[:512]
    return None


def check_platform_keys(patient: Patient, transport: Transport, clock: Clock) -> list[Finding]:
    """Whether the platform's keys can be fetched and used, and whether its clock, as it answers, agrees with ours."""
    values: dict[str, object] = {"url": patient.jwks_url}
    try:
        answer = transport.get(patient.jwks_url, headers={"Accept": "application/json"})
    except Unavailable as error:
        detail = f"{patient.jwks_url}: {error.code}, {error.detail}"
        fault = "platform-address-refused" if error.code == "address-refused" else "platform-keys-unreachable"
        return [Finding("platform-keys", fault, patient.issuer, detail, values)]
    skew = _check_clock(patient, answer, clock())
    if not answer.ok:
        detail = f"{patient.jwks_url}: HTTP {answer.status}"
        return [Finding("platform-keys", "platform-keys-unreachable", patient.issuer, detail, values), skew]
    keys = read_key_set(answer.body)
    if not keys:
        return [Finding("platform-keys", "platform-keys-unusable", patient.issuer, patient.jwks_url, values), skew]
    return [Finding("platform-keys", subject=patient.issuer, detail=", ".join(sorted(keys)[:5])), skew]


def _check_clock(patient: Patient, answer: Answer, now: datetime) -> Finding:
    """How far the platform's clock is from ours; a platform that tells no date passes."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return Finding("clock", subject=patient.issuer)
    seconds = round((theirs - now).total_seconds())
    fault = "clock-skew" if abs(seconds) > SKEW_SECONDS else ""
    return Finding("clock", fault, patient.issuer, f"{seconds:+d} s", {"seconds": abs(seconds)})


def check_tokens(patient: Patient, keys: KeyRing, transport: Transport) -> list[Finding]:
    """Whether the platform gives each client an access token for grades and roster; else, its own words."""
    return [_check_token(patient, client, keys, transport) for client in patient.clients]


def _check_token(patient: Patient, client: RegisteredClient, keys: KeyRing, transport: Transport) -> Finding:
    values = {"client": client.client_id, "url": client.token_url}
    try:
        PlatformServices(client, keys.current, transport, TokenCache()).token(SCOPES)
    except TokenRefused as error:
        known = {"invalid_client": "token-invalid-client", "invalid_scope": "token-invalid-scope"}
        fault = known.get(error.detail.partition(":")[0], "token-refused")
        return Finding("token", fault, patient.issuer, f"{client.client_id}: {error.detail.rstrip(': ')}", values)
    except (Unavailable, Refused) as error:
        detail = f"{client.token_url}: {error.code}, {error.detail}"
        return Finding("token", "token-unreachable", patient.issuer, detail, values)
    return Finding("token", subject=patient.issuer, detail=client.client_id)


def check_frames(patient: Patient, settings: Settings, transport: Transport) -> Finding:
    """Whether our answers, as they arrive, let the platform's pages frame us.

    A real login is asked for and left there. The pages are where the last launches said, else where the platform's
    authorisation address is (an operator who named origins knows better).
    """
    client = patient.clients[0]
    pages = set(patient.return_origins)
    if not pages and not patient.configured_ancestors:
        pages = {origin(client.authorization_url)}
    login = urlencode(
        {
            "iss": patient.issuer,
            "client_id": client.client_id,
            "login_hint": "doctor",
            "target_link_uri": f"{settings.base_url}/lti/launch",
        }
    )
    try:
        # Not a GET: its redirects would be followed, and it is the first answer's policy that counts.
        answer = transport.send("POST", f"{settings.base_url}/lti/login", headers=_FORM, data=login)
    except Unavailable as error:
        values = {"url": settings.base_url}
        return Finding("frames", "frames-unknown", patient.issuer, f"{error.code}, {error.detail}", values)
    allowed = _frame_ancestors(answer.headers.get("content-security-policy", ""))
    missing = sorted(pages - allowed)
    values = {"origins": " ".join(missing), "issuer": patient.issuer}
    if not allowed:
        return Finding("frames", "frames-policy-lost", patient.issuer, f"HTTP {answer.status}", values)
    if "x-frame-options" in answer.headers:
        return Finding("frames", "frames-option-added", patient.issuer, answer.headers["x-frame-options"], values)
    if missing:
        return Finding("frames", "frames-origin-missing", patient.issuer, " ".join(missing), values)
    return Finding("frames", subject=patient.issuer, detail=" ".join(sorted(allowed)))


def _frame_ancestors(policy: str) -> set[str]:
    """The origins of `frame-ancestors` in a policy (CSP 3 §6.4.2)."""
    for directive in policy.split(";"):
        name, *sources = directive.split() or [""]
        if name.lower() == "frame-ancestors":
            return {source for source in sources if source.startswith("http")}
    return set()
