"""`state`: a signed token that carries the whole login, so that login writes nothing.

It is bound to the browser by a cookie of its own, and spent with the nonce that it carries.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from lti_tool.lti.errors import StateRejected

LIFETIME = timedelta(minutes=10)
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class LoginState:
    """What the login knew: which client it was for, and what must come back."""

    id: str
    client_pk: int
    nonce: str
    binding_hash: str
    expires_at: datetime

    def is_bound_to(self, binding: str) -> bool:
        """Whether `binding` is what this login's cookie held."""
        return hmac.compare_digest(self.binding_hash, _hash(binding))


def new_state(key: bytes, *, client_pk: int, now: datetime) -> tuple[LoginState, str, str]:
    """A fresh state; gives it, its signed form, and the value for the browser's cookie."""
    binding = secrets.token_urlsafe(24)
    state = LoginState(
        id=secrets.token_hex(8),
        client_pk=client_pk,
        nonce=secrets.token_urlsafe(24),
        binding_hash=_hash(binding),
        expires_at=now + LIFETIME,
    )
    payload = {
        "jti": state.id,
        "c": state.client_pk,
        "n": state.nonce,
        "b": state.binding_hash,
        "exp": int(state.expires_at.timestamp()),
    }
    return state, jwt.encode(payload, key, algorithm=_ALGORITHM), binding


def read_state(key: bytes, value: str, *, now: datetime) -> LoginState:
    """Read a signed state back. Raises `StateRejected` when it is not ours or too old."""
    if len(value) > 2048:
        raise StateRejected("too long")
    try:
        payload = jwt.decode(
            value,
            key,
            algorithms=[_ALGORITHM],
            options={"require": ["exp", "jti"], "verify_exp": False, "verify_iat": False},
        )
        state = LoginState(
            id=payload["jti"],
            client_pk=payload["c"],
            nonce=payload["n"],
            binding_hash=payload["b"],
            expires_at=datetime.fromtimestamp(payload["exp"], now.tzinfo),
        )
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, UnicodeError) as error:
        raise StateRejected("not ours") from error
    if state.expires_at < now:
        raise StateRejected("too old")
    return state


def _hash(binding: str) -> str:
    return hashlib.sha256(binding.encode()).hexdigest()[:32]
