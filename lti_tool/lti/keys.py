"""The tool's key pairs and secrets, as files of mode 0600 in one folder.

`lti-<moment>-<kid>.pem` are RSA key pairs: the newest signs, the others stay in the JWKS until retired.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from lti_tool.errors import NotFound

KEY_SIZE = 2048
_PATTERN = "lti-*.pem"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """One signing key; `kid` is its RFC 7638 thumbprint, shortened."""

    kid: str
    created: str
    path: Path
    private_key: RSAPrivateKey = field(compare=False, repr=False)
    public_pem: str
    public_jwk: dict[str, str]


class KeyRing:
    """The key pairs of a folder, read again whenever the folder changes, so that a rotation by command is seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: tuple[object, ...] | None = None
        self._pairs: tuple[KeyPair, ...] = ()

    def pairs(self) -> tuple[KeyPair, ...]:
        """Every pair that is served, the signing one first."""
        stamp = tuple((entry.name, entry.stat().st_mtime_ns) for entry in sorted(self.folder.glob(_PATTERN)))
        if stamp != self._seen:
            self._pairs = tuple(_read_pair(path) for path in sorted(self.folder.glob(_PATTERN), reverse=True))
            self._seen = stamp
        return self._pairs

    @property
    def current(self) -> KeyPair:
        """The pair that signs. Raises `NotFound` when the folder holds none."""
        pairs = self.pairs()
        if not pairs:
            raise NotFound("no key pair")
        return pairs[0]

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set served at /.well-known/jwks.json (RFC 7517 §5)."""
        return {"keys": [pair.public_jwk for pair in self.pairs()]}

    def rotate(self, now: datetime) -> KeyPair:
        """Make a new pair that signs from now on; the previous ones stay in the JWKS."""
        with _locked(self.folder):
            return _make_pair(self.folder, now)

    def retire(self, kid: str) -> None:
        """Remove a previous pair: tokens that it signed are refused from now on.

        Raises `NotFound` for an unknown kid; the signing pair can't be retired (rotate first).
        """
        for pair in self.pairs()[1:]:
            if pair.kid == kid:
                pair.path.unlink()
                return
        raise NotFound("no such previous key")


@dataclass(frozen=True, slots=True)
class Secrets:
    """The two secrets of the folder: `session` signs states and cookies, `actor` makes pseudonyms."""

    session: bytes
    actor: bytes

    def sign(self, purpose: str, value: str) -> str:
        """A keyed hash of `value` for one purpose (HMAC-SHA256, hex)."""
        return hmac.new(self.session, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def verify(self, purpose: str, value: str, signature: str) -> bool:
        """Whether `signature` is `sign(purpose, value)`, compared in constant time."""
        return hmac.compare_digest(self.sign(purpose, value).encode(), signature.encode("utf-8", "replace"))

    def pseudonym(self, issuer: str, subject: str) -> str:
        """The name that statements give to a person: it can't be turned back without the secret."""
        return hmac.new(self.actor, f"{issuer}\0{subject}".encode(), hashlib.sha256).hexdigest()[:40]

    @property
    def actor_fingerprint(self) -> str:
        """What the database remembers of the actor secret, so that a lost one is noticed."""
        return hashlib.sha256(b"passerelle-actor\0" + self.actor).hexdigest()[:16]


def open_keys(folder: Path, now: datetime) -> tuple[KeyRing, Secrets]:
    """The folder's keys, made with mode 0600 where they are missing; safe when several processes start at once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(folder):
        if not any(folder.glob(_PATTERN)):
            _make_pair(folder, now)
        session = _read_or_make(folder / "session.secret")
        actor = _read_or_make(folder / "actor.secret")
    return KeyRing(folder), Secrets(session=session, actor=actor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_private(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def _read_or_make(path: Path) -> bytes:
    if not path.exists():
        _write_private(path, secrets.token_hex(32).encode())
    return path.read_bytes().strip()


def _make_pair(folder: Path, now: datetime) -> KeyPair:
    key = generate_private_key(public_exponent=65537, key_size=KEY_SIZE)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"lti-{now:%Y%m%dT%H%M%S%f}-{_thumbprint(key.public_key())}.pem"
    _write_private(path, pem)
    return _read_pair(path)


def _read_pair(path: Path) -> KeyPair:
    # The file is our own: proving its numbers anew would take longer than all the rest of a start.
    key = serialization.load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise NotFound(f"{path.name} is no RSA key")
    public = key.public_key()
    kid = _thumbprint(public)
    jwk = {**json.loads(RSAAlgorithm.to_jwk(public)), "kid": kid, "alg": "RS256", "use": "sig"}
    jwk.pop("key_ops", None)
    return KeyPair(
        kid=kid,
        created=path.name.split("-")[1],
        path=path,
        private_key=key,
        public_pem=public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        public_jwk=jwk,
    )


def _thumbprint(key: RSAPublicKey) -> str:
    jwk = json.loads(RSAAlgorithm.to_jwk(key))
    canonical = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).decode().rstrip("=")[:20].replace("-", "_")
