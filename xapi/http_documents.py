"""The State, Agent Profile and Activity Profile resources over HTTP (xAPI 1.0.3 Communication §2.2–2.3, §2.6–2.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from xapi import formats
from xapi.credentials import AccessScope
from xapi.documents import Document, DocumentKind, Place, Precondition
from xapi.errors import ContentInvalid, DocumentNotFound, ParameterInvalid, Rule
from xapi.http_requests import Call, Resource, Sessions
from xapi.http_responses import json_response, no_content
from xapi.parameters import as_agent, as_iri, as_moment, as_uuid, require, single_values
from xapi.sql_documents import (
    Address,
    delete_document,
    delete_documents,
    get_document,
    list_documents,
    post_document,
    put_document,
)
from xapi.statements import agent_key, index_key

_LONGEST_NAME = 2_000
_NO_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What tells the three resources apart: `named` is the parameter of a document's own id."""

    kind: DocumentKind
    path: str
    scope: AccessScope
    about: frozenset[str]
    named: str
    optional: frozenset[str] = frozenset()


_KINDS = (
    _Kind(
        DocumentKind.STATE,
        "/activities/state",
        AccessScope.STATE,
        frozenset({"activityId", "agent"}),
        "stateId",
        frozenset({"registration"}),
    ),
    _Kind(
        DocumentKind.ACTIVITY_PROFILE,
        "/activities/profile",
        AccessScope.PROFILE,
        frozenset({"activityId"}),
        "profileId",
    ),
    _Kind(DocumentKind.AGENT_PROFILE, "/agents/profile", AccessScope.PROFILE, frozenset({"agent"}), "profileId"),
)


def document_resources(sessions: Sessions) -> list[Resource]:
    """The three resources of documents."""
    return [_Documents(sessions, kind).resource() for kind in _KINDS]


@dataclass(frozen=True, slots=True)
class _Documents:
    """One resource of documents."""

    sessions: Sessions
    kind: _Kind

    def resource(self) -> Resource:
        return Resource(
            str(self.kind.kind),
            self.kind.path,
            reads={"GET": self.get},
            writes={"PUT": self.put, "POST": self.post, "DELETE": self.delete},
            may_read=lambda caller: caller.reads_documents(self.kind.scope),
            may_write=lambda caller: caller.writes_documents(self.kind.scope),
        )

    def get(self, session: Session, call: Call) -> Response:
        """One document, or the ids of those of a place, of those changed after `since` where it is given."""
        given, place = self._asked(call, frozenset({"since"}))
        since, registration = as_moment(given, "since"), as_uuid(given, "registration")
        if self.kind.named not in given:
            return _listed(list_documents(session, place, registration=registration, since=since))
        found = get_document(session, self._address(given, place, registration))
        if found is None:
            raise DocumentNotFound
        response = Response(found.content, content_type=found.content_type)
        response.set_etag(found.etag)
        response.last_modified = found.updated
        return response

    def put(self, call: Call) -> Response:
        """Keep a document in the place of another, or anew.

        xAPI 1.0.3 has who writes a profile say what should stand there, and lets states alone (§3.1); 2.0 has
        nothing overwritten by who doesn't say so (§4.1.4).
        """
        given, place = self._asked(call)
        address = self._address(given, place, as_uuid(given, "registration"))
        first, profile = call.version == "1.0.3", self.kind.kind is not DocumentKind.STATE
        said = replace(_precondition(call), to_overwrite=profile or not first, to_write=profile and first)
        with self.sessions(True) as session:
            put_document(session, address, _document(call), said)
        return no_content()

    def post(self, call: Call) -> Response:
        """Merge a document into the one that stands."""
        given, place = self._asked(call)
        address = self._address(given, place, as_uuid(given, "registration"))
        with self.sessions(True) as session:
            post_document(session, address, _document(call), _precondition(call))
        return no_content()

    def delete(self, call: Call) -> Response:
        """Remove a document, or of states every one of a place."""
        given, place = self._asked(call)
        registration = as_uuid(given, "registration")
        many = self.kind.kind is DocumentKind.STATE and self.kind.named not in given
        address = None if many else self._address(given, place, registration)
        with self.sessions(True) as session:
            if address is None:
                delete_documents(session, place, registration=registration)
            else:
                delete_document(session, address, _precondition(call))
        return no_content()

    def _asked(self, call: Call, more: frozenset[str] = frozenset()) -> tuple[dict[str, str], Place]:
        """The parameters, and the place that they name within the caller's own realm."""
        known = self.kind.about | self.kind.optional | more | {self.kind.named}
        given = single_values(call.asked.parameters, known)
        for name in sorted(self.kind.about):
            require(given, name)
        iri, agent = as_iri(given, "activityId"), as_agent(given, "agent")
        return given, Place(
            kind=self.kind.kind,
            realm=call.caller.restrict,
            activity=None if iri is None else index_key(iri),
            agent=None if agent is None else agent_key(agent),
        )

    def _address(self, given: Mapping[str, str], place: Place, registration: UUID | None) -> Address:
        name = require(given, self.kind.named)
        if len(name) > _LONGEST_NAME:
            raise ParameterInvalid(self.kind.named, Rule.TOO_LONG)
        if "\0" in name:
            raise ParameterInvalid(self.kind.named, Rule.UNICODE)
        return Address(place, name, registration)


def _listed(found: list[tuple[str, datetime]]) -> Response:
    response = json_response([name for name, _updated in found])
    if found:
        response.last_modified = max(updated for _name, updated in found)
    return response


def _document(call: Call) -> Document:
    media_type = call.asked.header("Content-Type") or _NO_TYPE
    if not formats.is_media_type(media_type):
        raise ContentInvalid("Content-Type", Rule.MEDIA_TYPE)
    return Document(call.asked.body, media_type, call.now)


def _precondition(call: Call) -> Precondition:
    return Precondition(call.asked.header("If-Match"), call.asked.header("If-None-Match"))
