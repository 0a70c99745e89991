"""Names and Role Provisioning Services 2.0: who is in the context, read when asked and never kept."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from sqlalchemy import select

from lti_tool.errors import NotFound, Unavailable
from lti_tool.lti.door import Door
from lti_tool.lti.launch import Launch
from lti_tool.lti.platforms import get_client, registered
from lti_tool.lti.roles import Role, read_roles
from lti_tool.lti.services import PlatformServices
from lti_tool.lti.transport import Answer
from lti_tool.people.model import Placement

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MAX_PAGES = 50
MAX_MEMBERS = 5000


class RosterInvalid(Unavailable):
    """The platform's roster is not in the specification's shape."""

    code = "roster-invalid"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the context: `subject` is the `sub` of their launches."""

    subject: str
    name: str | None
    roles: frozenset[Role]
    active: bool


def members(door: Door, launch: Launch) -> tuple[Member, ...]:
    """Everybody in the launch's context, page after page.

    Raises `NotFound` where the platform offers no roster here, `Unavailable` when it does not answer.
    Spec: NRPS 2.0 §2.4 (paging by `Link; rel=next`).
    """
    with door.database.read() as session:
        url = session.scalars(select(Placement.roster_url).where(Placement.id == launch.placement_id)).first()
        client = registered(get_client(session, launch.client_pk))
    if not url:
        raise NotFound("no roster here")
    services = PlatformServices(client, door.keys.current, door.transport, door.tokens)
    found: list[Member] = []
    for body in _pages(services, url):
        found.extend(_members(body))
        if len(found) > MAX_MEMBERS:
            raise RosterInvalid("too many members")
    return tuple(found)


def _pages(services: PlatformServices, url: str) -> Iterator[object]:
    """Every page. One that can't be followed ends in `RosterInvalid`: half a class must not pass for a whole one."""
    seen: set[str] = set()
    host, next_url = urlsplit(url)[:2], url
    while next_url and next_url not in seen:
        seen.add(next_url)
        if len(seen) > MAX_PAGES:
            raise RosterInvalid("too many pages")
        answer = services.call("GET", next_url, scopes=[SCOPE], accept=MEDIA_TYPE)
        if not answer.ok:
            raise RosterInvalid(f"status {answer.status}")
        try:
            yield json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise RosterInvalid("no JSON") from error
        try:
            next_url = next_link(_header(answer, "link"), next_url) or ""
            elsewhere = next_url and urlsplit(next_url)[:2] != host
        except ValueError as error:
            raise RosterInvalid("next page") from error
        if elsewhere:
            raise RosterInvalid("next page on another host")


def _header(answer: Answer, name: str) -> str:
    """A header, in UTF-8 where it is (HTTP gives its bytes as Latin-1): Moodle's curly quotes are."""
    value = answer.headers.get(name, "")
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def next_link(header: str, base: str) -> str | None:
    """The address of the next page, letters as they came; None on the last. Curly quotes are read too.

    Raises `ValueError` for what is no address.
    """
    for part in re.split(r",\s*(?=<)", header):
        match = re.match(r"\s*<([^>]*)>(.*)", part, re.DOTALL)
        if match and re.search(r";\s*rel\s*=\s*[\"“”']?next\b", match.group(2), re.IGNORECASE):
            return urljoin(base, str(match.group(1)))
    return None


def _members(body: object) -> list[Member]:
    entries = body.get("members") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise RosterInvalid("members")
    return [_member(entry) for entry in entries if isinstance(entry, dict) and isinstance(entry.get("user_id"), str)]


def _member(entry: dict[str, object]) -> Member:
    raw_roles = entry.get("roles")
    roles = [role for role in raw_roles if isinstance(role, str)] if isinstance(raw_roles, list) else []
    parts = (entry.get("given_name"), entry.get("family_name"))
    whole = entry.get("name")
    name = whole if isinstance(whole, str) and whole else " ".join(part for part in parts if isinstance(part, str))
    return Member(
        subject=str(entry["user_id"]),
        name=name[:255] or None,
        roles=read_roles(roles),
        active=entry.get("status", "Active") == "Active",
    )
