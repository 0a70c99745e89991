"""From a page of the ENT into the tool: login initiation, then the authorization endpoint's answer.

Spec: 1EdTech security framework §5.1.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from lti_tool.demo import storage
from lti_tool.demo.ent import Ent
from lti_tool.demo.errors import AuthorizationInvalid, AuthorizationRefused, LinkSpent, WrongPerson
from lti_tool.demo.messages import Visit, deep_linking_claims, resource_link_claims
from lti_tool.demo.model import Placement, Tool
from lti_tool.demo.persons import Part, Person, find_by_sub
from lti_tool.demo.platform import (
    DEEP_LINKING_SECONDS,
    HINT_SECONDS,
    Identity,
    Purpose,
    Ticket,
    make_ticket,
    read_ticket,
    sign,
)
from lti_tool.errors import NotFound

LANGUAGES = ("fr", "en", "ar")
ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that the ENT opens the tool, beside the activities."""

    title: str
    parts: frozenset[Part]


PLACES = {
    "space": Place("Mon espace", frozenset({Part.PARENT, Part.TEACHER, Part.CERTIFICATION})),
    "administration": Place("Administration de l’outil", frozenset({Part.ADMINISTRATOR})),
    "certification": Place("Suivi de la certification", frozenset({Part.CERTIFICATION})),
    "deep-linking": Place("Ajouter une activité", frozenset({Part.TEACHER})),
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form that posts itself: where to, and its fields."""

    action: str
    fields: Mapping[str, str]


def find_target(session: Session, what: str) -> tuple[Tool, Placement | None]:
    """The tool and the activity that `what` names (`activity-3`, or one of `PLACES`). Raises `NotFound`."""
    kind, _, number = what.rpartition("-")
    if kind == ACTIVITY and number.isdecimal() and len(number) < 10:
        placement = storage.find_placement(session, int(number))
        if placement is None:
            raise NotFound("activity")
        return session.get_one(Tool, placement.tool_id), placement
    tool = storage.latest_tool(session)
    if tool is None or what not in PLACES:
        raise NotFound("place")
    return tool, None


def start(ent: Ent, person: Person, what: str, language: str) -> Form:
    """The third-party login initiation. Raises `NotFound`, `WrongPerson`. Spec: security framework §5.1.1.1, core §4.1.

    The hint is signed and says all that the authorization endpoint must know: that endpoint is reached through
    the tool, in a frame, where the ENT's cookie does not come back.
    """
    if what in PLACES and person.part not in PLACES[what].parts:
        raise WrongPerson(what)
    with ent.database.read() as session:
        identity = storage.load_identity(session)
        tool, placement = find_target(session, what)
    sub = person.sub(identity.generation)
    hint = make_ticket(
        identity,
        Purpose.HINT,
        ticket_id=str(uuid4()),
        sub=sub,
        seconds=HINT_SECONDS,
        now=ent.clock(),
        content={"what": what, "language": language, "client": tool.client_id},
    )
    target = placement.url if placement else tool.target_link_url
    if what == "deep-linking":
        target = tool.deep_linking_url or target
    fields = {
        "iss": identity.issuer,
        "target_link_uri": target,
        "login_hint": sub,
        "lti_message_hint": hint,
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment_id,
    }
    return Form(tool.login_url, fields)


def authorize(ent: Ent, parameters: Mapping[str, str]) -> Form:
    """Answer an authorization request: an id_token, or an error, posted to the redirect URI.

    Raises `AuthorizationInvalid` when nothing may be sent there. Spec: security framework §5.1.1.2, §5.1.1.3.
    """
    with ent.database.write() as session:
        identity = storage.load_identity(session)
        tool = storage.find_tool(session, parameters.get("client_id", ""))
        if tool is None:
            raise AuthorizationInvalid("client_id")
        redirect = parameters.get("redirect_uri", "")
        if redirect not in tool.redirect_urls:
            raise AuthorizationInvalid("redirect_uri")
        try:
            fields = {"id_token": _id_token(ent, session, identity, tool, parameters)}
        except AuthorizationRefused as refusal:
            fields = {"error": refusal.code, "error_description": refusal.detail}
    if parameters.get("state"):
        fields["state"] = parameters["state"]
    return Form(redirect, fields)


def _id_token(ent: Ent, session: Session, identity: Identity, tool: Tool, parameters: Mapping[str, str]) -> str:
    _check_request(parameters)
    ticket = _read_hint(ent, identity, tool, parameters)
    person = find_by_sub(ticket.sub, identity.generation)
    if person is None or parameters.get("login_hint") != ticket.sub:
        raise AuthorizationRefused("login_required", "login_hint")
    now = ent.clock()
    if not storage.spend(session, f"hint:{ticket.id}", expires_at=ticket.expires_at, now=now):
        raise AuthorizationRefused("invalid_request", "lti_message_hint already used")
    return sign(identity, _claims(ent, session, identity, person, ticket, parameters["nonce"]))


def _check_request(parameters: Mapping[str, str]) -> None:
    if parameters.get("response_type") != "id_token":
        raise AuthorizationRefused("unsupported_response_type", "response_type")
    if "openid" not in parameters.get("scope", "").split():
        raise AuthorizationRefused("invalid_scope", "scope")
    for name, value in (("response_mode", "form_post"), ("prompt", "none")):
        if parameters.get(name) != value:
            raise AuthorizationRefused("invalid_request", name)
    if not parameters.get("nonce"):
        raise AuthorizationRefused("invalid_request", "nonce")


def _read_hint(ent: Ent, identity: Identity, tool: Tool, parameters: Mapping[str, str]) -> Ticket:
    try:
        ticket = read_ticket(identity, parameters.get("lti_message_hint", ""), Purpose.HINT, now=ent.clock())
    except LinkSpent as error:
        raise AuthorizationRefused("invalid_request", "lti_message_hint") from error
    if ticket.content["client"] != tool.client_id:
        raise AuthorizationRefused("unauthorized_client", "lti_message_hint")
    return ticket


def _claims(
    ent: Ent, session: Session, identity: Identity, person: Person, ticket: Ticket, nonce: str
) -> dict[str, Any]:
    what, now = ticket.content["what"], ent.clock()
    try:
        tool, placement = find_target(session, what)
    except NotFound as error:
        raise AuthorizationRefused("invalid_request", "lti_message_hint") from error
    visit = Visit(
        person=person,
        language=ticket.content["language"],
        tool=tool,
        link_id=placement.resource_link_id if placement else f"{identity.context_id}-{what}",
        link_title=placement.title if placement else PLACES[what].title,
        placement=placement,
    )
    if what != "deep-linking":
        return resource_link_claims(identity, visit, nonce=nonce, now=now, version=ent.version)
    answer_ticket = make_ticket(
        identity,
        Purpose.DEEP_LINKING,
        ticket_id=str(uuid4()),
        sub=ticket.sub,
        seconds=DEEP_LINKING_SECONDS,
        now=now,
        content={"client": tool.client_id},
    )
    return deep_linking_claims(
        identity,
        visit,
        return_url=ent.url(f"deep-links/{answer_ticket}"),
        nonce=nonce,
        now=now,
        version=ent.version,
    )
