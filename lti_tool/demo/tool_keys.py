"""Checking what the tool signs, against the keys that it publishes. They are fetched anew each time."""

import json
from datetime import datetime
from typing import Any

import jwt

from lti_tool.errors import Unavailable
from lti_tool.lti.transport import Transport

LEEWAY_SECONDS = 10
LONGEST_SECONDS = 3600


class SignatureRefused(Exception):
    """A token that can't be believed; `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(
    transport: Transport, jwks_url: str, token: str, *, issuer: str, audience: str, now: datetime
) -> dict[str, Any]:
    """The claims of a token signed by the tool (RS256, by a key that it publishes, of one hour at most).

    Raises `SignatureRefused`. Spec: 1EdTech security framework §5.1.3, §4.1.1.
    """
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise SignatureRefused("malformed") from error
    if header.get("alg") != "RS256":
        raise SignatureRefused("alg")
    key = _find_key(transport, jwks_url, header.get("kid"))
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=issuer,
            audience=audience,
            options={
                "require": ["iss", "aud", "exp", "iat"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise SignatureRefused(_reason(error)) from error
    _check_times(claims, int(now.timestamp()))
    return claims


def _find_key(transport: Transport, jwks_url: str, kid: object) -> jwt.PyJWK:
    if not isinstance(kid, str) or not kid:
        raise SignatureRefused("kid")
    try:
        answer = transport.get(jwks_url, {"Accept": "application/json"})
        keys = jwt.PyJWKSet.from_dict(json.loads(answer.body)).keys if answer.ok else []
    except (Unavailable, jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise SignatureRefused("jwks") from error
    found = next((key for key in keys if key.key_id == kid and key.key_type == "RSA"), None)
    if found is None:
        raise SignatureRefused("kid")
    return found


def _check_times(claims: dict[str, Any], now: int) -> None:
    expires_at, issued_at, not_before = claims["exp"], claims["iat"], claims.get("nbf", claims["iat"])
    if not all(isinstance(moment, int | float) for moment in (expires_at, issued_at, not_before)):
        raise SignatureRefused("times")
    if expires_at <= now - LEEWAY_SECONDS:
        raise SignatureRefused("expired")
    if max(issued_at, not_before) > now + LEEWAY_SECONDS or expires_at - issued_at > LONGEST_SECONDS:
        raise SignatureRefused("times")


def _reason(error: Exception) -> str:
    known: dict[type[Exception], str] = {
        jwt.InvalidSignatureError: "signature",
        jwt.InvalidAudienceError: "aud",
        jwt.InvalidIssuerError: "iss",
        jwt.MissingRequiredClaimError: "missing-claim",
    }
    return next((reason for kind, reason in known.items() if isinstance(error, kind)), "malformed")
