"""Basic authentication of the programs that ask the store (xAPI 1.0.3 Communication §4)."""

import base64
import binascii
import secrets
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from threading import Lock

from sqlalchemy.orm import Session

from xapi.credentials import AccessScope, Credential
from xapi.errors import TooManyFailures, Unauthenticated
from xapi.sql_credentials import find_credential, insert_credential
from xapi.store import Scope

_LONGEST_HEADER = 1024
_NO_HASH = "0" * 64


def create_credential(
    session: Session, *, name: str, scopes: Collection[AccessScope | str], restrict: Scope, now: datetime
) -> tuple[str, str]:
    """Make a credential and keep it; gives its key and its secret, which can't be read again.

    Raises `ValueError` for a scope that xAPI does not know.
    """
    known = frozenset(AccessScope(scope) for scope in scopes)
    key, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
    insert_credential(
        session, key=key, secret_hash=_hashed(secret), name=name, scopes=known, restrict=restrict, now=now
    )
    return key, secret


def authenticate(session: Session, header: str | None) -> Credential:
    """The credential that an `Authorization` header names and proves.

    Raises `Unauthenticated`, the same whether the key is unknown, revoked, or the secret is wrong.
    Spec: RFC 7617 §2.
    """
    key, secret = _parse_basic(header)
    found = find_credential(session, key)
    kept_hash = _NO_HASH if found is None else found[1]
    proved = compare_digest(_hashed(secret), kept_hash)
    if found is None or not proved or found[0].revoked_at is not None:
        raise Unauthenticated
    return found[0]


def _parse_basic(header: str | None) -> tuple[str, str]:
    kind, _, encoded = (header or "").partition(" ")
    if kind.lower() != "basic" or len(encoded) > _LONGEST_HEADER:
        raise Unauthenticated
    try:
        key, separator, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError) as error:
        raise Unauthenticated from error
    if not separator or "\0" in key:
        raise Unauthenticated
    return key, secret


def _hashed(secret: str) -> str:
    # A plain digest is enough, and keeps a query cheap: the secrets are 256 random bits of our own making,
    # so there is nothing to guess that a slow hash would make slower.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class FailureLimit:
    """How often one address may fail to authenticate, counted in this process's memory alone.

    `failures` in `window` at most; no more than `addresses` are remembered, the oldest forgotten first.
    """

    def __init__(self, *, failures: int = 20, window: timedelta = timedelta(minutes=1), addresses: int = 1024) -> None:
        self._failures, self._window, self._addresses = failures, window, addresses
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str, *, now: datetime) -> None:
        """Raise `TooManyFailures` while the address has failed too often."""
        with self._lock:
            since, count = self._seen.get(address, (now, 0))
        left = since + self._window - now
        if count >= self._failures and left > timedelta(0):
            raise TooManyFailures(max(1, int(left.total_seconds())))

    def record(self, address: str, *, now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            since, count = self._seen.pop(address, (now, 0))
            if now - since >= self._window:
                since, count = now, 0
            self._seen[address] = (since, count + 1)
            while len(self._seen) > self._addresses:
                self._seen.popitem(last=False)
