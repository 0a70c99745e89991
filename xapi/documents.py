"""Documents: what one is, where it stands, and who may overwrite it (xAPI 1.0.3 Communication §2.2, §3.1)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha1, sha256
from uuid import UUID

from xapi.errors import ContentInvalid, PreconditionFailed, PreconditionMissing, PreconditionUnsaid, Rule
from xapi.store import Scope
from xapi.strict_json import is_deep, parse_json


class DocumentKind(StrEnum):
    """The three document resources (Communication §2.3, §2.6, §2.7)."""

    STATE = "state"
    AGENT_PROFILE = "agent-profile"
    ACTIVITY_PROFILE = "activity-profile"


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents stand side by side: whose they are (`realm`), about which activity, which agent.

    `activity` and `agent` are canonical keys. A credential that is restricted has documents of its own, which
    no credential with another restriction reaches.
    """

    kind: DocumentKind
    realm: Scope
    activity: str | None = None
    agent: str | None = None

    @property
    def key(self) -> str:
        """A digest that no other place has."""
        return _digest(self.kind, *_sides(self.realm), self.activity, self.agent)

    def key_of(self, name: str, registration: UUID | None) -> str:
        """A digest that no other document has."""
        return _digest(self.key, None if registration is None else str(registration), name)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is kept. `etag` is the SHA-1 of its content, without quotes (Communication §3.1)."""

    content: bytes
    content_type: str
    updated: datetime
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", sha1(self.content, usedforsecurity=False).hexdigest())

    @property
    def is_json(self) -> bool:
        """Whether its media type is JSON's."""
        return self.content_type.partition(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True, slots=True)
class Precondition:
    """`If-Match` and `If-None-Match` as they came.

    `to_overwrite`: without either nothing may be overwritten; `to_write`: nor anything be made anew.
    """

    if_match: str | None
    if_none_match: str | None
    to_overwrite: bool = False
    to_write: bool = False

    def check(self, standing: str | None) -> None:
        """Refuse the change unless what stands (its ETag; None: nothing) is what the request expects.

        Raises `PreconditionFailed`, `PreconditionMissing`, `PreconditionUnsaid`.
        Spec: RFC 9110 §13.1; Communication §3.1.
        """
        if self.if_match is not None and (standing is None or not _names(self.if_match, standing)):
            raise PreconditionFailed
        if self.if_none_match is not None and standing is not None and _names(self.if_none_match, standing):
            raise PreconditionFailed
        if self.if_match is None and self.if_none_match is None:
            if self.to_overwrite and standing is not None:
                raise PreconditionMissing
            if self.to_write:
                raise PreconditionUnsaid


def check_json(document: Document) -> None:
    """Refuse a document that says it is JSON and is not. Raises `ContentInvalid`."""
    if document.is_json and is_deep(parse_json(document.content)):
        raise ContentInvalid("body", Rule.TOO_DEEP)


def merge(standing: Document, given: Document) -> Document:
    """The properties of both, those of `given` where both have one; one level deep (Communication §2.2).

    Raises `ContentInvalid` unless both are JSON objects.
    """
    made: dict[str, object] = {}
    for document in (standing, given):
        value = parse_json(document.content) if document.is_json else None
        if not isinstance(value, dict):
            raise ContentInvalid("body", Rule.JSON_OBJECT)
        made |= value
    content = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    return Document(content, "application/json", given.updated)


def _names(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or f'"{etag}"' in tags or etag in tags


def _sides(realm: Scope) -> tuple[str | None, str | None, str | None]:
    return realm.platform, realm.context, realm.school


def _digest(*parts: str | None) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()
