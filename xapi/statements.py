"""Builders of statements as plain dicts: they put things in their places, `validation` judges them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from xapi.vocabulary import DISPLAY, Verb

_LONGEST_KEY = 400
_CENTISECOND = timedelta(milliseconds=10)


def account_actor(home_page: str, name: str) -> dict[str, Any]:
    """An agent known by an account: `home_page` is the IRL of the system that gave it (Data §2.4.2.4)."""
    return {"objectType": "Agent", "account": {"homePage": home_page, "name": name}}


def activity(
    iri: str,
    *,
    type: str | None = None,  # noqa: A002 — the property's own name
    name: Mapping[str, str] | None = None,
    description: Mapping[str, str] | None = None,
    definition_extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An activity; `name` and `description` are language maps.

    `definition_extra` holds the rest of the definition: `interactionType`, `choices`,
    `correctResponsesPattern`, `moreInfo`, `extensions`. Spec: Data §2.4.4.1.
    """
    definition: dict[str, Any] = {}
    if type is not None:
        definition["type"] = str(type)
    if name:
        definition["name"] = dict(name)
    if description:
        definition["description"] = dict(description)
    definition.update(definition_extra or {})
    made: dict[str, Any] = {"objectType": "Activity", "id": iri}
    if definition:
        made["definition"] = definition
    return made


def verb(which: Verb) -> dict[str, Any]:
    """A verb of the vocabulary with its display in every language that we speak (Data §2.4.3)."""
    return {"id": which.value, "display": dict(DISPLAY[which])}


def result(
    *,
    score_scaled: float | None = None,
    score_raw: float | None = None,
    score_min: float | None = None,
    score_max: float | None = None,
    success: bool | None = None,
    completion: bool | None = None,
    response: str | None = None,
    duration: timedelta | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A result; what is None stays out. `score_scaled` is within -1..1 (Data §2.4.5)."""
    scores = {"scaled": score_scaled, "raw": score_raw, "min": score_min, "max": score_max}
    score = {key: value for key, value in scores.items() if value is not None}
    made: dict[str, Any] = {"score": score} if score else {}
    if success is not None:
        made["success"] = success
    if completion is not None:
        made["completion"] = completion
    if response is not None:
        made["response"] = response
    if duration is not None:
        made["duration"] = format_duration(duration)
    if extensions:
        made["extensions"] = {str(key): value for key, value in extensions.items()}
    return made


def context(
    *,
    registration: UUID | None = None,
    platform: str | None = None,
    language: str | None = None,
    parent: Sequence[dict[str, Any]] = (),
    grouping: Sequence[dict[str, Any]] = (),
    category: Sequence[dict[str, Any]] = (),
    extensions: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A context; what is None or empty stays out. `platform` is for activities only (Data §2.4.6)."""
    made: dict[str, Any] = {}
    if registration is not None:
        made["registration"] = str(registration)
    relations = {"parent": parent, "grouping": grouping, "category": category}
    activities = {name: list(given) for name, given in relations.items() if given}
    if activities:
        made["contextActivities"] = activities
    if platform is not None:
        made["platform"] = platform
    if language is not None:
        made["language"] = language
    if extensions:
        made["extensions"] = {str(key): value for key, value in extensions.items()}
    return made


def statement(
    *,
    id: UUID,  # noqa: A002 — the property's own name
    actor: Mapping[str, Any],
    verb: Mapping[str, Any],
    object: Mapping[str, Any],  # noqa: A002 — the property's own name
    timestamp: datetime,
    result: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A whole statement; `timestamp` is when it happened, aware. Empty result and context stay out (Data §2.4)."""
    made: dict[str, Any] = {"id": str(id), "actor": dict(actor), "verb": dict(verb), "object": dict(object)}
    if result:
        made["result"] = dict(result)
    if context:
        made["context"] = dict(context)
    made["timestamp"] = format_timestamp(timestamp)
    return made


def duration(length: timedelta) -> str:
    """An ISO 8601 duration, rounded to the hundredth of a second that LRSs compare by (Data §4.6).

    Hours are the largest unit, since a day may not last 24 of them. Raises `ValueError` when negative.
    """
    if length < timedelta(0):
        raise ValueError(length)
    hundredths = round(length / _CENTISECOND)
    minutes, rest = divmod(hundredths, 60 * 100)
    hours, minutes = divmod(minutes, 60)
    seconds, fraction = divmod(rest, 100)
    text = "PT"
    if hours:
        text += f"{hours}H"
    if minutes:
        text += f"{minutes}M"
    if fraction:
        text += f"{seconds}.{fraction:02d}".rstrip("0") + "S"
    elif seconds or text == "PT":
        text += f"{seconds}S"
    return text


format_duration = duration


def format_timestamp(moment: datetime) -> str:
    """An RFC 3339 timestamp in UTC, to the millisecond (Data §4.5). Raises `ValueError` when naive."""
    if moment.tzinfo is None:
        raise ValueError(moment)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def agent_key(agent: Mapping[str, Any]) -> str | None:
    """The canonical text of an agent's or group's identifier, the same for everything that means them.

    None for an anonymous group. Two agents are one when their identifier is (Data §2.4.2.3).
    """
    for kind in ("mbox", "mbox_sha1sum", "openid"):
        if kind in agent:
            return index_key(f"{kind}:{agent[kind]}")
    account = agent.get("account")
    if account is None:
        return None
    return index_key("account:" + json.dumps([account["homePage"], account["name"]]))


def index_key(text: str) -> str:
    """`text` itself, or its digest where it is longer than an index takes (no IRI begins with `#`)."""
    if len(text) <= _LONGEST_KEY:
        return text
    return "#sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
