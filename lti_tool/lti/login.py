"""Third-party initiated login: checking what came, probing for cookies, and sending the browser back.

Spec: 1EdTech security framework §5.1.1.1 and §5.1.1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from lti_tool.lti import errors, platforms
from lti_tool.lti.claims import launch_segments
from lti_tool.lti.door import Door
from lti_tool.lti.state import new_state

FIELDS = ("iss", "target_link_uri", "login_hint", "lti_message_hint", "client_id", "lti_deployment_id")
LIMIT = 4096


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """A platform's login request, its fields bounded."""

    issuer: str
    login_hint: str
    target_link_uri: str
    message_hint: str | None
    client_id: str | None
    parameters: Mapping[str, str]
    """The fields as they came, to be sent again by the probe and by « Ouvrir dans un nouvel onglet »."""


@dataclass(frozen=True, slots=True)
class KnownLogin:
    """A login of a platform that we know."""

    request: LoginRequest
    client_pk: int
    client_id: str
    authorization_url: str
    platform_id: int
    frame_ancestors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoginStart:
    """Where to send the browser, and the cookie that binds the login to it."""

    url: str
    state_id: str
    binding: str


def read_request(values: Mapping[str, str], *, base_url: str) -> LoginRequest:
    """The login's fields. Raises `LoginRejected` naming the one that lacks, `TargetNotOurs`."""
    parameters = {name: values.get(name, "") for name in FIELDS}
    for name, value in parameters.items():
        if len(value) > LIMIT or "\x00" in value or (not value and name in FIELDS[:3]):
            raise errors.LoginRejected(name)
    launch_segments(parameters["target_link_uri"], base_url=base_url)
    return LoginRequest(
        issuer=parameters["iss"],
        login_hint=parameters["login_hint"],
        target_link_uri=parameters["target_link_uri"],
        message_hint=parameters["lti_message_hint"] or None,
        client_id=parameters["client_id"] or None,
        parameters={name: value for name, value in parameters.items() if value},
    )


def recognise(door: Door, request: LoginRequest) -> KnownLogin:
    """Find the client that the login is for. Raises `PlatformUnknown` or `PlatformDisabled`."""
    with door.database.look() as connection:
        known = platforms.recognise(connection, request.issuer, request.client_id)
    return KnownLogin(
        request=request,
        client_pk=known.registered.pk,
        client_id=known.registered.client_id,
        authorization_url=known.registered.authorization_url,
        platform_id=known.platform_id,
        frame_ancestors=known.frame_ancestors,
    )


def start(door: Door, login: KnownLogin) -> LoginStart:
    """Make the state and the authentication request. Writes nothing."""
    state, signed, binding = new_state(door.secrets.session, client_pk=login.client_pk, now=door.clock())
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": login.client_id,
        "redirect_uri": f"{door.settings.base_url}/lti/launch",
        "state": signed,
        "nonce": state.nonce,
        "login_hint": login.request.login_hint,
    }
    if login.request.message_hint:
        query["lti_message_hint"] = login.request.message_hint
    return LoginStart(url=with_query(login.authorization_url, query), state_id=state.id, binding=binding)


def with_query(url: str, query: Mapping[str, str]) -> str:
    """An address with more query parameters; those that it has stay."""
    parts = urlsplit(url)
    joined = "&".join(part for part in (parts.query, urlencode(query)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, joined, ""))
