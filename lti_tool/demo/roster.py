"""The class's roster, as NRPS serves it. Pure. Spec: LTI-NRPS 2.0 §2."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from lti_tool.demo.messages import CLASS_LABEL, CLASS_TITLE, LTI, memberships_url, released_names
from lti_tool.demo.model import Placement, Tool
from lti_tool.demo.persons import PERSONS, Person
from lti_tool.demo.platform import Identity


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the roster, and the address of the next where there is one."""

    body: dict[str, Any]
    next_url: str | None


def roster_page(
    identity: Identity,
    tool: Tool,
    *,
    limit: int | None = None,
    start: int = 0,
    role: str | None = None,
    placement: Placement | None = None,
) -> Page:
    """At most `limit` members from `start` on.

    `role` (short name or IRI) keeps those who have it; `placement` (asked for by `rlid`) adds to each member
    what a launch of that activity would say.
    """
    members = [person for person in PERSONS if person.in_class and (role is None or role in _names(person))]
    end = len(members) if limit is None else start + limit
    body = {
        "id": memberships_url(identity),
        "context": {"id": identity.context_id, "label": CLASS_LABEL, "title": CLASS_TITLE},
        "members": [_member(identity, tool, person, placement) for person in members[start:end]],
    }
    if end >= len(members):
        return Page(body, None)
    query: dict[str, str] = {"limit": str(limit), "from": str(end)}
    if role is not None:
        query["role"] = role
    if placement is not None:
        query["rlid"] = placement.resource_link_id
    return Page(body, f"{memberships_url(identity)}?{urlencode(query)}")


def _names(person: Person) -> tuple[str, ...]:
    return (*person.roles, *_short(person))


def _short(person: Person) -> tuple[str, ...]:
    return tuple(role.rpartition("#")[2] for role in person.roles)


def _member(identity: Identity, tool: Tool, person: Person, placement: Placement | None) -> dict[str, Any]:
    member: dict[str, Any] = {
        "status": "Active",
        "user_id": person.sub(identity.generation),
        "roles": list(_short(person)),
        **released_names(person, tool),
    }
    if placement is not None:
        custom = tool.custom | placement.custom
        member["message"] = [{f"{LTI}message_type": "LtiResourceLinkRequest", f"{LTI}custom": custom}]
    return member
