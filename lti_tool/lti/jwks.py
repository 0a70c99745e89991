"""The platforms' public keys: cached, and asked for again once, at a bounded rate, for a `kid` not yet seen."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from lti_tool.errors import Unavailable
from lti_tool.lti.errors import KeysUnreachable, KeyUnknown
from lti_tool.lti.transport import Answer

FRESH_SECONDS = 3600.0
"""How long a key set is believed without asking again."""
REFETCH_SECONDS = 30.0
"""At most one refetch for an unknown kid in this time: a flood of bad tokens can't make us flood a platform."""
MAX_KEYS = 100


@dataclass(slots=True)
class _KeySet:
    keys: dict[str, PyJWK] = field(default_factory=dict)
    fetched: float = float("-inf")
    tried: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class JwksCache:
    """Key sets by URL, shared by the threads of a process."""

    def __init__(self, get: Callable[[str], Answer], *, now: Callable[[], float] = monotonic) -> None:
        self._get = get
        self._now = now
        self._sets: dict[str, _KeySet] = {}
        self._lock = threading.Lock()

    def key(self, url: str, kid: str) -> PyJWK:
        """The RS256 key `kid` of the set at `url`.

        Raises `KeyUnknown` when the set, asked anew where that is allowed, has no such key, and
        `KeysUnreachable` when nothing usable could be fetched. Spec: security framework §6.3.
        """
        with self._lock:
            key_set = self._sets.setdefault(url, _KeySet())
        fresh = self._now() - key_set.fetched < FRESH_SECONDS
        if fresh and kid in key_set.keys:
            return key_set.keys[kid]
        with key_set.lock:
            fresh = self._now() - key_set.fetched < FRESH_SECONDS
            if (not fresh or kid not in key_set.keys) and self._now() - key_set.tried >= REFETCH_SECONDS:
                self._refetch(url, key_set)
        if kid in key_set.keys:
            return key_set.keys[kid]
        if not key_set.keys:
            raise KeysUnreachable("no usable key set")
        raise KeyUnknown("kid")

    def forget(self, url: str) -> None:
        """Drop a set (a registration was updated)."""
        with self._lock:
            self._sets.pop(url, None)

    def _refetch(self, url: str, key_set: _KeySet) -> None:
        key_set.tried = self._now()
        try:
            answer = self._get(url)
        except Unavailable:
            return  # the keys that we hold stay good: a platform's short outage closes no door
        keys = read_key_set(answer.body) if answer.ok else {}
        if keys:
            key_set.keys, key_set.fetched = keys, self._now()


def read_key_set(body: bytes) -> dict[str, PyJWK]:
    """The RSA signing keys of a JWK Set by `kid`; whatever else it holds is passed over. Spec: RFC 7517 §5."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return {}
    keys: dict[str, PyJWK] = {}
    for entry in entries[:MAX_KEYS]:
        if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
            continue
        if entry.get("kty") != "RSA" or entry.get("alg", "RS256") != "RS256" or entry.get("use", "sig") != "sig":
            continue
        try:
            keys[entry["kid"]] = PyJWK(entry, algorithm="RS256")
        except (PyJWTError, ValueError, TypeError):
            continue
    return keys
