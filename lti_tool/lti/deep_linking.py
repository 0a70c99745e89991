"""Deep Linking 2.0: what a teacher may place, and the signed answer with what they chose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select

from lti_tool.errors import BadRequest
from lti_tool.lti import errors
from lti_tool.lti.adapter import sign_deep_linking_response
from lti_tool.lti.launch import Launch, Message
from lti_tool.lti.model import LaunchRecord
from lti_tool.lti.platforms import get_client, registered

if TYPE_CHECKING:
    from lti_tool.lti.door import Door

MAX_ITEMS = 50


@dataclass(frozen=True, slots=True)
class Placeable:
    """A resource of a room that can be placed on a page of the platform."""

    kind: str
    id: str
    title: str
    summary: str
    duration_minutes: int
    competences: tuple[str, ...]
    audience: str
    languages: tuple[str, ...]
    maximum: float
    """The scale of its grade, should the teacher ask for one."""


Catalogue = Callable[[str], Sequence[Placeable]]
"""What may be placed, in a language; made of every room's own list by `create_app`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One resource that the teacher chose, and whether its grade is to go back."""

    placeable: Placeable
    with_grade: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """The request's own settings, kept with the launch."""

    return_url: str
    data: str | None
    multiple: bool
    takes_line_items: bool
    deployment_id: str


@dataclass(frozen=True, slots=True)
class SignedAnswer:
    """Where the browser is to post the answer, and the token."""

    return_url: str
    token: str


def read_settings(door: "Door", launch: Launch) -> Settings:
    """The deep-linking settings of a launch. Raises `RoleNotAllowed` for any other launch."""
    if launch.message is not Message.DEEP_LINKING:
        raise errors.RoleNotAllowed("not a deep-linking launch")
    with door.database.read() as session:
        kept = session.scalars(select(LaunchRecord.deep_linking).where(LaunchRecord.id == launch.id)).one() or {}
    data = kept.get("data")
    return Settings(
        return_url=str(kept["return_url"]),
        data=str(data) if data is not None else None,
        multiple=bool(kept["multiple"]),
        takes_line_items=bool(kept["takes_line_items"]),
        deployment_id=str(kept["deployment_id"]),
    )


def read_choices(catalogue: Sequence[Placeable], form: Mapping[str, Sequence[str]], settings: Settings) -> list[Choice]:
    """What the form chose. Raises `BadRequest`: nothing chosen, an unknown resource, too many."""
    known = {f"{entry.kind}/{entry.id}": entry for entry in catalogue}
    chosen = list(dict.fromkeys(form.get("item", ())))
    if not chosen:
        raise BadRequest("nothing chosen")
    if len(chosen) > (MAX_ITEMS if settings.multiple else 1) or any(name not in known for name in chosen):
        raise BadRequest("choice")
    graded = set(form.get("grade", ())) if settings.takes_line_items else set()
    return [Choice(known[name], with_grade=name in graded) for name in chosen]


def content_item(choice: Choice, *, base_url: str, text: str) -> dict[str, object]:
    """The content item of one choice. Spec: DL 2.0 §3.2 (`ltiResourceLink`).

    Its id stands in the URL's path and in `custom`, whose values are scalars (Moodle answers a nested object
    with a 404). A line item goes with it only where the teacher asked for one: without it, no grade.
    """
    entry = choice.placeable
    item: dict[str, object] = {
        "type": "ltiResourceLink",
        "title": entry.title,
        "text": text,
        "url": f"{base_url}/lti/launch/{quote(entry.kind, safe='')}/{quote(entry.id, safe='')}",
        "icon": {"url": f"{base_url}/logo.png", "width": 128, "height": 128},
        "custom": {"kind": entry.kind, "id": entry.id, "audience": entry.audience},
    }
    if choice.with_grade:
        item["lineItem"] = {
            "label": entry.title,
            "scoreMaximum": entry.maximum,
            "resourceId": f"{entry.kind}/{entry.id}",
            "tag": "passerelle",
        }
    return item


def answer(door: "Door", launch: Launch, settings: Settings, items: Sequence[Mapping[str, object]]) -> SignedAnswer:
    """Sign the content items for the platform. Spec: DL 2.0 §4.5."""
    with door.database.read() as session:
        client = registered(get_client(session, launch.client_pk))
    token = sign_deep_linking_response(
        client, door.keys.current, deployment_id=settings.deployment_id, data=settings.data, items=items
    )
    return SignedAnswer(settings.return_url, token)
