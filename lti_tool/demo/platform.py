"""The platform's identity, its key, and the tokens that it signs. Pure but for the making of keys."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid5

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from lti_tool.demo.errors import LinkSpent

ID_TOKEN_SECONDS = 60
HINT_SECONDS = 300
REGISTRATION_SECONDS = 3600
DEEP_LINKING_SECONDS = 3600


class Purpose(StrEnum):
    """What a ticket is good for; one made for something else is refused."""

    HINT = "launch-hint"
    REGISTRATION = "registration"
    DEEP_LINKING = "deep-linking"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the ENT is: its issuer, its key pair, its secret, and its present generation."""

    issuer: str
    tool: str
    """Root URL of the tool that it is meant for."""
    private_key: str
    """PEM, RSA of 2048 bits."""
    secret: str
    generation: str
    """A UUID that changes when the ENT starts afresh: people, context and old tickets go with it."""

    @property
    def context_id(self) -> str:
        """The `context.id` of the one class."""
        return str(uuid5(UUID(self.generation), "class"))

    @property
    def guid(self) -> str:
        """`tool_platform.guid`: a short stable name that says nothing of the machine."""
        return sha256(self.issuer.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signed, single-use link says once read. `id` is what is spent."""

    id: str
    sub: str
    content: Mapping[str, Any]
    expires_at: datetime


def make_private_key() -> str:
    """A new RSA key of 2048 bits, as PEM."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@lru_cache(maxsize=8)
def _load(pem: str) -> tuple[RSAPrivateKey, dict[str, str]]:
    key = cast("RSAPrivateKey", load_pem_private_key(pem.encode(), password=None))
    numbers = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    required = json.dumps({name: numbers[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    kid = urlsafe_b64encode(sha256(required.encode()).digest()).rstrip(b"=").decode()
    return key, {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "alg": "RS256", "use": "sig", "kid": kid}


def public_jwk(identity: Identity) -> dict[str, str]:
    """The public half as a JWK; its `kid` is the thumbprint of RFC 7638."""
    return dict(_load(identity.private_key)[1])


def sign(identity: Identity, claims: Mapping[str, Any]) -> str:
    """An RS256 token with its `kid`. Spec: 1EdTech security framework §5.1.3."""
    key, jwk = _load(identity.private_key)
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": jwk["kid"]})


def make_ticket(
    identity: Identity,
    purpose: Purpose,
    *,
    ticket_id: str,
    sub: str,
    seconds: int,
    now: datetime,
    content: Mapping[str, Any] | None = None,
) -> str:
    """A signed, short-lived link of the ENT to itself, which needs no cookie to be believed (HS256)."""
    expires_at = int((now + timedelta(seconds=seconds)).timestamp())
    claims = {
        "iss": identity.issuer,
        "gen": identity.generation,
        "use": purpose.value,
        "jti": ticket_id,
        "sub": sub,
        "exp": expires_at,
        "content": dict(content or {}),
    }
    return jwt.encode(claims, identity.secret, algorithm="HS256")


def read_ticket(identity: Identity, token: str, purpose: Purpose, *, now: datetime) -> Ticket:
    """Read a ticket back. Raises `LinkSpent` for one forged, expired, of another purpose or of before a reset."""
    try:
        claims = jwt.decode(
            token,
            identity.secret,
            algorithms=["HS256"],
            issuer=identity.issuer,
            options={"require": ["exp", "jti", "sub", "iss"], "verify_exp": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise LinkSpent("forged") from error
    expected = f"{identity.generation}:{purpose.value}"
    if not hmac.compare_digest(expected, f"{claims.get('gen')}:{claims.get('use')}"):
        raise LinkSpent("other purpose")
    expires_at = datetime.fromtimestamp(int(claims["exp"]), tz=now.tzinfo)
    if expires_at <= now:
        raise LinkSpent("expired")
    return Ticket(id=claims["jti"], sub=claims["sub"], content=claims["content"], expires_at=expires_at)
