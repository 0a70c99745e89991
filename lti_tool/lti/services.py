"""A client's authorised calls to its platform: access tokens, and the service calls that they open.

PyLTI1p3's connector builds and signs the token request; what it leaves open is settled here (see `adapter`).
"""

import json
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from pylti1p3.exception import LtiServiceException
from pylti1p3.service_connector import ServiceConnector

from lti_tool.errors import Unavailable
from lti_tool.lti.adapter import RegisteredClient, registration_of
from lti_tool.lti.keys import KeyPair
from lti_tool.lti.transport import Answer, Transport

TOKEN_MARGIN_SECONDS = 60.0


class TokenCache:
    """Access tokens by (client, scopes), for a little less than they live."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[int, str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, client_pk: int, scope: str) -> str | None:
        """A token that is still good."""
        with self._lock:
            token, until = self._tokens.get((client_pk, scope), ("", 0.0))
        return token if until > monotonic() else None

    def put(self, client_pk: int, scope: str, token: str, seconds: float) -> None:
        """Keep a token for its lifetime less a margin."""
        with self._lock:
            self._tokens[(client_pk, scope)] = (token, monotonic() + seconds - TOKEN_MARGIN_SECONDS)

    def forget(self, client_pk: int) -> None:
        """Drop a client's tokens (one was refused)."""
        with self._lock:
            self._tokens = {key: value for key, value in self._tokens.items() if key[0] != client_pk}


class TokenRefused(Unavailable):
    """The platform gave no access token; `detail` holds its own error code, for the doctor."""

    code = "token-refused"


class PlatformServices(ServiceConnector):  # type: ignore[misc]
    """A client's authorised calls to its platform's services, with exact media types and bounded answers.

    The library's `get_access_token` builds and signs the request; the answer is checked here and cached per
    client. Its `make_service_request` is not used: it lower-cases paging links and knows no status but "ok".
    """

    def __init__(self, client: RegisteredClient, pair: KeyPair, transport: Transport, tokens: TokenCache) -> None:
        super().__init__(registration_of(client, pair), transport.session)
        self._client = client
        self._transport = transport
        self._tokens = tokens

    def token(self, scopes: Sequence[str]) -> str:
        """An access token for these scopes. Raises `TokenRefused` or another `Unavailable`. Spec: SEC §4."""
        scope = " ".join(sorted(scopes))
        held = self._tokens.get(self._client.pk, scope)
        if held is not None:
            return held
        self._access_tokens.clear()
        lifetimes: list[float] = []
        self._requests_session = _TokenWatcher(self._transport, lifetimes)
        try:
            token = str(super().get_access_token(scopes))
        except LtiServiceException as error:
            raise TokenRefused(_oauth_error(error.response.content)) from error
        self._tokens.put(self._client.pk, scope, token, lifetimes[0])
        return token

    def call(
        self,
        method: str,
        url: str,
        *,
        scopes: Sequence[str],
        accept: str,
        content_type: str | None = None,
        body: object = None,
    ) -> Answer:
        """One authorised call; a 401 is tried once more with a fresh token."""
        for last in (False, True):
            headers = {"Authorization": f"Bearer {self.token(scopes)}", "Accept": accept}
            if content_type:
                headers["Content-Type"] = content_type
            answer = self._transport.send(method, url, headers=headers, data=json.dumps(body) if body else None)
            if answer.status != 401 or last:
                break
            self._tokens.forget(self._client.pk)
        return answer


class _TokenWatcher:
    """Stands where the library posts its token request, checks the answer, and notes how long the token lives."""

    def __init__(self, transport: Transport, lifetimes: list[float]) -> None:
        self._transport = transport
        self._lifetimes = lifetimes

    def post(self, url: str, data: Mapping[str, str]) -> Any:
        response = self._transport.session.post(url, data=data, headers={"Accept": "application/json"})
        if response.ok:
            self._lifetimes.append(_lifetime(response.content))
        return response


def _lifetime(body: bytes) -> float:
    """How many seconds the token of an answer lives. Raises `TokenRefused` unless it holds one (RFC 6749 §5.1)."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise TokenRefused("no JSON in the answer") from error
    token = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
        raise TokenRefused("no token in the answer")
    seconds = document.get("expires_in")
    usable = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < 1e9
    return float(seconds) if usable else 3600.0


def _oauth_error(body: bytes) -> str:
    """The `error` and `error_description` of a refusal, shortened (RFC 6749 §5.2)."""
    try:
        document = json.loads(body)
        return f"{document['error']}: {document.get('error_description', '')}"[:200]
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace")
