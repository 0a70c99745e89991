"""PyLTI1p3 2.0.0, held on a short leash: this module and `services` alone import it.

The library gives the order of a launch's checks, the service connector and the deep-linking response. What it
leaves to a careful tool is overridden here, each override saying what it replaces (`docs/adr/0002-pylti1p3.md`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
import requests
from jwt.utils import base64url_decode
from pylti1p3.cookie import CookieService
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfAbstract

from lti_tool.lti import errors
from lti_tool.lti.claims import VerifiedClaims
from lti_tool.lti.keys import KeyPair
from lti_tool.lti.state import LoginState

LEEWAY = timedelta(seconds=60)
"""The one tolerance for clocks that disagree: in `exp`, `iat`, `nbf`, and in how long a nonce is remembered."""
MAX_TOKEN = 65536


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client of a platform, as the adapter needs it."""

    pk: int
    issuer: str
    client_id: str
    jwks_url: str
    authorization_url: str
    token_url: str
    token_audience: str | None


class _Parameters(Request):  # type: ignore[misc]
    """The launch's form, as PyLTI1p3 asks for it."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form

    def get_param(self, key: str) -> str:
        return self._form.get(key, "")

    def is_secure(self) -> bool:
        return True

    @property
    def session(self) -> dict[str, object]:
        return {}


class _NoCookies(CookieService):  # type: ignore[misc]
    """The binding cookie is ours (`sessions`): the library's service knows no Partitioned."""

    def get_cookie(self, name: str) -> None:
        return None

    def set_cookie(self, name: str, value: object, exp: int | None = 3600) -> None:
        raise NotImplementedError


class _OneClient(ToolConfAbstract[_Parameters]):  # type: ignore[misc]
    """The configuration that the login chose: there is nothing left to search."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Registration:
        raise errors.PlatformUnknown("by issuer alone")

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> Registration:
        return self._registration

    def find_deployment(self, iss: str, deployment_id: str) -> None:
        return None

    def find_deployment_by_params(self, *args: Any, **kwargs: Any) -> None:
        return None


_NOTHING_IS_FETCHED = requests.Session()
"""Handed to the library, which else makes one for each launch; keys come through `transport` (see `jwks`)."""


class VerifiedLaunch(MessageLaunch[Any, Any, Any, Any]):  # type: ignore[misc]
    """A launch checked in PyLTI1p3's order (`validate`), each check replaced by a strict one.

    Nothing is stored: deployment, message and roles are settled by `launch.receive` on the typed claims.
    """

    def __init__(
        self,
        form: Mapping[str, str],
        *,
        state: LoginState,
        client: RegisteredClient,
        signing_key: Callable[[str, str], jwt.PyJWK],
        now: datetime,
    ) -> None:
        request = _Parameters(form)
        super().__init__(
            request,
            _OneClient(registration_of(client)),
            SessionService(request),
            _NoCookies(),
            requests_session=_NOTHING_IS_FETCHED,
        )
        self._state = state
        self._client = client
        self._signing_key = signing_key
        self._now = now

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))

    def verified(self) -> VerifiedClaims:
        """Run every check; gives the claims. Raises a `LaunchRejected`."""
        self.validate()
        return VerifiedClaims(self._jwt["body"])

    def validate_state(self) -> "VerifiedLaunch":
        """State and browser were checked before; the library's shortcut for an already valid state is gone."""
        return self

    def validate_jwt_format(self) -> "VerifiedLaunch":
        """A bounded token with an RS256 header that names its key; the rest stays unread until it is verified."""
        token = self._get_request_param("id_token")
        if not token or len(token) > MAX_TOKEN:
            raise errors.TokenRejected("size")
        try:
            header = json.loads(base64url_decode(token.partition(".")[0]))
        except (ValueError, RecursionError) as error:
            raise errors.TokenRejected("format") from error
        if not isinstance(header, dict):
            raise errors.TokenRejected("format")
        kid = header.get("kid")
        if header.get("alg") != "RS256":
            raise errors.TokenRejected("alg")
        if not isinstance(kid, str) or not kid or len(kid) > 255:
            raise errors.TokenRejected("kid")
        self._jwt = {"header": header, "body": {}}
        return self

    def validate_registration(self) -> "VerifiedLaunch":
        """The client is the one that the login was for, never one that the token names."""
        self._registration = registration_of(self._client)
        return self

    def validate_nonce(self) -> "VerifiedLaunch":
        """Checked with the signature: before it, nothing of the body may be believed."""
        return self

    def validate_jwt_signature(self) -> "VerifiedLaunch":
        """Signature, issuer, audience, `azp`, times and nonce. Spec: security framework §5.1.3."""
        key = self._signing_key(self._client.jwks_url, self._jwt["header"]["kid"])
        try:
            body = jwt.decode(
                self._get_request_param("id_token"),
                key,
                algorithms=["RS256"],
                options={
                    "require": ["exp", "iat", "nonce", "iss", "aud"],
                    "verify_aud": False,
                    "verify_sub": False,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_jti": False,
                },
            )
        except jwt.InvalidSignatureError as error:
            raise errors.SignatureInvalid("signature") from error
        except jwt.MissingRequiredClaimError as error:
            raise errors.ClaimInvalid(str(error.claim)) from error
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError, AttributeError) as error:
            raise errors.TokenRejected("decode") from error
        self._check_identity(body)
        self._check_times(body)
        self._jwt["body"] = body
        return self

    def validate_deployment(self) -> "VerifiedLaunch":
        """Settled on the typed claims, where an unknown deployment can be noted for the administrator."""
        return self

    def validate_message(self) -> "VerifiedLaunch":
        """Settled by `claims.read_claims`, which checks every claim's type and size."""
        return self

    def save_launch_data(self) -> "VerifiedLaunch":
        """Nothing is kept of the token: `launch.receive` stores what pages need, in its own transaction."""
        return self

    def _check_identity(self, body: Mapping[str, object]) -> None:
        audience, party = body.get("aud"), body.get("azp")
        audiences = [audience] if isinstance(audience, str) else audience
        if not isinstance(audiences, list) or not all(isinstance(entry, str) for entry in audiences):
            raise errors.ClaimInvalid("aud")
        if body.get("iss") != self._client.issuer or self._client.client_id not in audiences:
            raise errors.AudienceMismatch("iss or aud")
        if party is not None and party != self._client.client_id:
            raise errors.AudienceMismatch("azp")
        if len(audiences) > 1 and party is None:
            raise errors.AudienceMismatch("several audiences without azp")
        if not isinstance(body.get("nonce"), str):
            raise errors.ClaimInvalid("nonce")
        if body["nonce"] != self._state.nonce:
            raise errors.NonceMismatch("nonce")

    def _check_times(self, body: Mapping[str, object]) -> None:
        moments = {name: body.get(name) for name in ("exp", "iat", "nbf")}
        for name, value in moments.items():
            if value is None and name == "nbf":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
                raise errors.ClaimInvalid(name)
        now, leeway = self._now.timestamp(), LEEWAY.total_seconds()
        if float(str(moments["exp"])) + leeway <= now:
            raise errors.TokenExpired("exp")
        if float(str(moments["iat"])) - leeway > now or float(str(moments["nbf"] or 0)) - leeway > now:
            raise errors.TokenExpired("iat or nbf")


def registration_of(client: RegisteredClient, pair: KeyPair | None = None) -> Registration:
    """PyLTI1p3's own description of a client, with our signing key where something is to be signed."""
    registration = Registration()
    registration.set_issuer(client.issuer)
    registration.set_client_id(client.client_id)
    registration.set_auth_login_url(client.authorization_url)
    registration.set_auth_token_url(client.token_url)
    registration.set_key_set_url(client.jwks_url)
    if client.token_audience:
        registration.set_auth_audience(client.token_audience)
    if pair is not None:
        registration.set_tool_private_key(pair.private_key)  # PyJWT takes a key as well, and need not read a PEM
        registration.set_tool_public_key(pair.public_pem)
        registration.get_kid = lambda: pair.kid  # the library derives another kid than our JWKS says
    return registration


def sign_deep_linking_response(
    client: RegisteredClient,
    pair: KeyPair,
    *,
    deployment_id: str,
    data: str | None,
    items: Sequence[Mapping[str, object]],
) -> str:
    """The signed LtiDeepLinkingResponse; `data` is left out where the request had none. Spec: DL 2.0 §4.5."""
    link = DeepLink(registration_of(client, pair), deployment_id, {"data": data})
    message = link.get_message_jwt([_Item(item) for item in items])
    if data is None:
        message.pop("https://purl.imsglobal.org/spec/lti-dl/claim/data")
    message["sub"] = client.client_id
    return str(link.encode_jwt(message))


class _Item(DeepLinkResource):  # type: ignore[misc]
    """A content item that is already in the specification's own shape."""

    def __init__(self, item: Mapping[str, object]) -> None:
        super().__init__()
        self._item = dict(item)

    def to_dict(self) -> dict[str, object]:
        return self._item
