"""`Launch`: all that a room knows of who came in, from where, and for what."""

from dataclasses import dataclass
from enum import StrEnum

from lti_tool.lti.roles import Role


class Audience(StrEnum):
    """Whom the pages speak to."""

    PARENT = "parent"
    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"


class Message(StrEnum):
    """The two LTI messages that we answer (our short names)."""

    RESOURCE = "resource"
    DEEP_LINKING = "deep-linking"


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that has passed every check, read from its record at each request.

    Rooms look everything up through its ids: `person_id`, `context_id`, `placement_id`, `platform_id`.
    """

    id: str
    message: Message
    platform_id: int
    platform_issuer: str
    platform_product: str | None
    frame_ancestors: tuple[str, ...]
    """Every origin that may frame this launch's pages, the issuer's own first."""
    client_pk: int
    deployment_pk: int
    person_id: int
    pseudonym: str
    person_name: str | None
    person_language: str | None
    notice_seen: bool
    context_id: int | None
    context_title: str | None
    context_lti_id: str | None
    school_id: int | None
    school_uai: str | None
    placement_id: int | None
    placement_title: str | None
    wants_grade: bool
    kind: str | None
    """What the launch names: `parcours`, … or None, which opens Mon espace."""
    target: str | None
    """The id of the resource of that kind."""
    roles: frozenset[Role]
    audience: Audience
    language: str | None
    return_url: str | None

    def path(self, rest: str = "") -> str:
        """The path of a page of this launch: `launch.path("parcours/x")` is `/l/<id>/parcours/x`."""
        return f"/l/{self.id}/{rest}"
