"""What statements tell of an agent or an activity: the Agents and Activities resources' answers.

Spec: xAPI 1.0.3 Communication §2.4, §2.5.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xapi.statements import agent_key

Json = Mapping[str, Any]
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


def person(agent: Json, statements: Iterable[Json]) -> dict[str, Any]:
    """The Person object of an agent: its identifier, and the names that the statements know it by."""
    key = agent_key(agent)
    told = [agent, *(found for statement in statements for found in _agents(statement) if agent_key(found) == key)]
    names = list(dict.fromkeys(found["name"] for found in told if "name" in found))
    made: dict[str, Any] = {"objectType": "Person"}
    if names:
        made["name"] = names
    return made | {kind: [agent[kind]] for kind in _IDENTIFIERS if kind in agent}


def activity(iri: str, statements: Iterable[Json]) -> dict[str, Any]:
    """The activity with the definition that the statements give it, the oldest first, the newest having its way."""
    definition: dict[str, Any] = {}
    for statement in statements:
        for found in _activities(statement):
            if found.get("id") == iri:
                definition = _joined(definition, found.get("definition", {}))
    made: dict[str, Any] = {"objectType": "Activity", "id": iri}
    return made | {"definition": definition} if definition else made


def _joined(known: Json, told: Json) -> dict[str, Any]:
    maps = {name: known.get(name, {}) | told[name] for name in ("name", "description", "extensions") if name in told}
    return {**known, **told, **maps}


def _happenings(statement: Json) -> Iterator[Json]:
    yield statement
    if statement["object"].get("objectType") == "SubStatement":
        yield statement["object"]


def _agents(statement: Json) -> Iterator[Json]:
    for happening in _happenings(statement):
        context = happening.get("context", {})
        direct = [happening["actor"], happening["object"], happening.get("authority", {})]
        direct += [context.get(name, {}) for name in ("instructor", "team")]
        direct += [entry["agent"] for entry in context.get("contextAgents", ())]
        direct += [entry["group"] for entry in context.get("contextGroups", ())]
        for found in direct:
            yield found
            yield from found.get("member", ())


def _activities(statement: Json) -> Iterator[Json]:
    for happening in _happenings(statement):
        yield happening["object"]
        for given in happening.get("context", {}).get("contextActivities", {}).values():
            yield from given if isinstance(given, list) else [given]
