"""The rules of a statement, held against plain dicts as `json` gives them.

Clauses name the sections of xAPI 1.0.3 part two (Data); 2.0 (IEEE 9274.1.1) keeps the same rules and
adds `contextAgents` and `contextGroups`. No value is changed, and nothing stored is looked at: that a
voiding statement's target does not void is the store's to check.
"""

from collections.abc import Sequence
from typing import Any, Literal

from xapi import formats
from xapi.actors import IDENTIFIERS, check_actor
from xapi.errors import Rule, StatementInvalid
from xapi.values import (
    check_array,
    check_boolean,
    check_extensions,
    check_iri,
    check_language_map,
    check_number,
    check_object,
    check_string,
    check_text,
)
from xapi.vocabulary import InteractionType, Verb

Version = Literal["1.0.3", "2.0.0"]

_SUBSTATEMENT = frozenset({"objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"})
_STATEMENT = (_SUBSTATEMENT - {"objectType"}) | {"id", "stored", "authority", "version"}
_CONTEXT = frozenset(
    {
        "registration", "instructor", "team", "contextActivities", "revision", "platform", "language",
        "statement", "extensions",
    }
)  # fmt: skip
_CONTEXT_2 = _CONTEXT | {"contextAgents", "contextGroups"}
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_DEFINITION = frozenset(
    {
        "name",
        "description",
        "type",
        "moreInfo",
        "extensions",
        "interactionType",
        "correctResponsesPattern",
        *_COMPONENTS,
    }
)
_ATTACHMENT = frozenset({"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"})
_INTERACTION_TYPES = frozenset(kind.value for kind in InteractionType)


def validate(statement: object, *, version: Version = "1.0.3") -> None:
    """Refuse what is not a statement of the version; one that is passes silently.

    Raises `StatementInvalid` with the path of the first fault, its rule and its clause.
    Spec: xAPI 1.0.3 Data §2, §4; xAPI 2.0 §4.2.
    """
    body = check_object(statement, "", "Data §2.1", _STATEMENT)
    if "id" in body:
        check_text(body["id"], "id", formats.is_uuid, Rule.UUID, "Data §2.4.1")
    _happening(body, "", version)
    if "stored" in body:
        check_text(body["stored"], "stored", formats.is_timestamp, Rule.TIMESTAMP, "Data §2.4.8")
    if "version" in body:
        _version(body["version"], version)
    if "authority" in body:
        _authority(body["authority"])


def validate_batch(statements: Sequence[object], *, version: Version = "1.0.3") -> None:
    """Refuse a batch of which one is no statement: in a batch of several the fault's path says which, `[3].actor`.

    Raises `StatementInvalid`. Spec: xAPI 1.0.3 Communication §2.1.2.
    """
    for position, given in enumerate(statements):
        try:
            validate(given, version=version)
        except StatementInvalid as error:
            raise error.within(f"[{position}]") if len(statements) > 1 else error from error


def _happening(body: dict[str, Any], prefix: str, version: Version) -> None:
    """What statements and SubStatements share (Data §2.4.4.3)."""
    for name in ("actor", "verb", "object"):
        if name not in body:
            raise StatementInvalid(prefix + name, Rule.REQUIRED, "Data §2.4")
    check_actor(body["actor"], prefix + "actor")
    verb = _verb(body["verb"], prefix + "verb")
    kind = _target(body["object"], prefix + "object", version, nested=bool(prefix))
    if verb == Verb.VOIDED and kind != "StatementRef":
        raise StatementInvalid(prefix + "object.objectType", Rule.VOIDING, "Data §2.3.2")
    if "result" in body:
        _result(body["result"], prefix + "result")
    if "context" in body:
        _context(body["context"], prefix + "context", kind, version)
    if "timestamp" in body:
        check_text(body["timestamp"], prefix + "timestamp", formats.is_timestamp, Rule.TIMESTAMP, "Data §2.4.7")
    if "attachments" in body:
        _attachments(body["attachments"], prefix + "attachments")


# Did


_VERB = frozenset({"id", "display"})


def _verb(value: object, path: str) -> str:
    verb = check_object(value, path, "Data §2.4.3", _VERB)
    if "id" not in verb:
        raise StatementInvalid(f"{path}.id", Rule.REQUIRED, "Data §2.4.3")
    if "display" in verb:
        check_language_map(verb["display"], f"{path}.display")
    return check_iri(verb["id"], f"{path}.id", "Data §2.4.3")


# What


def _target(value: object, path: str, version: Version, *, nested: bool) -> str:
    """The object of a statement; its object type (Data §2.4.4)."""
    kind = value.get("objectType", "Activity") if isinstance(value, dict) else "Activity"
    if kind == "Activity":
        _activity(value, path)
    elif kind in ("Agent", "Group"):
        check_actor(value, path)
    elif kind == "StatementRef":
        _statement_ref(value, path)
    elif kind == "SubStatement":
        if nested:
            raise StatementInvalid(f"{path}.objectType", Rule.NOT_HERE, "Data §2.4.4.3")
        _happening(check_object(value, path, "Data §2.4.4.3", _SUBSTATEMENT), f"{path}.", version)
    else:
        raise StatementInvalid(f"{path}.objectType", Rule.CHOICE, "Data §2.4.4")
    return str(kind)


_REFERENCE = frozenset({"objectType", "id"})


def _statement_ref(value: object, path: str) -> None:
    reference = check_object(value, path, "Data §2.4.4.3", _REFERENCE)
    if reference.get("objectType") != "StatementRef":
        raise StatementInvalid(f"{path}.objectType", Rule.CHOICE, "Data §2.4.4.3")
    if "id" not in reference:
        raise StatementInvalid(f"{path}.id", Rule.REQUIRED, "Data §2.4.4.3")
    check_text(reference["id"], f"{path}.id", formats.is_uuid, Rule.UUID, "Data §2.4.4.3")


_ACTIVITY = frozenset({"objectType", "id", "definition"})


def _activity(value: object, path: str) -> None:
    activity = check_object(value, path, "Data §2.4.4.1", _ACTIVITY)
    if activity.get("objectType", "Activity") != "Activity":
        raise StatementInvalid(f"{path}.objectType", Rule.CHOICE, "Data §2.4.4.1")
    if "id" not in activity:
        raise StatementInvalid(f"{path}.id", Rule.REQUIRED, "Data §2.4.4.1")
    check_iri(activity["id"], f"{path}.id", "Data §2.4.4.1")
    if "definition" in activity:
        _definition(activity["definition"], f"{path}.definition")


def _definition(value: object, path: str) -> None:
    definition = check_object(value, path, "Data §2.4.4.1", _DEFINITION)
    for name in ("name", "description"):
        if name in definition:
            check_language_map(definition[name], f"{path}.{name}")
    for name in ("type", "moreInfo"):
        if name in definition:
            check_iri(definition[name], f"{path}.{name}", "Data §2.4.4.1")
    if "extensions" in definition:
        check_extensions(definition["extensions"], f"{path}.extensions")
    _interaction(definition, path)


def _interaction(definition: dict[str, Any], path: str) -> None:
    """How a question is answered, in the definition of its activity (Data §2.4.4.1)."""
    if "interactionType" in definition:
        kind = check_string(definition["interactionType"], f"{path}.interactionType", "Data §2.4.4.1")
        if kind not in _INTERACTION_TYPES:
            raise StatementInvalid(f"{path}.interactionType", Rule.CHOICE, "Data §2.4.4.1")
    elif "correctResponsesPattern" in definition or any(name in definition for name in _COMPONENTS):
        raise StatementInvalid(f"{path}.interactionType", Rule.TYPE_NEEDED, "Data §2.4.4.1")
    if "correctResponsesPattern" in definition:
        where = f"{path}.correctResponsesPattern"
        for position, pattern in enumerate(check_array(definition["correctResponsesPattern"], where, "Data §2.4.4.1")):
            check_string(pattern, f"{where}[{position}]", "Data §2.4.4.1")
    for name in _COMPONENTS:
        if name in definition:
            _components(definition[name], f"{path}.{name}")


_COMPONENT = frozenset({"id", "description"})


def _components(value: object, path: str) -> None:
    """Interaction components: each an id of its own, and perhaps a description (Data §2.4.4.1)."""
    seen = set()
    for position, item in enumerate(check_array(value, path, "Data §2.4.4.1")):
        where = f"{path}[{position}]"
        component = check_object(item, where, "Data §2.4.4.1", _COMPONENT)
        if "id" not in component:
            raise StatementInvalid(f"{where}.id", Rule.REQUIRED, "Data §2.4.4.1")
        seen.add(check_string(component["id"], f"{where}.id", "Data §2.4.4.1"))
        if len(seen) <= position:
            raise StatementInvalid(f"{where}.id", Rule.DISTINCT, "Data §2.4.4.1")
        if "description" in component:
            check_language_map(component["description"], f"{where}.description")


# With what outcome


_RESULT = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
_SCORE = frozenset({"scaled", "raw", "min", "max"})


def _result(value: object, path: str) -> None:
    result = check_object(value, path, "Data §2.4.5", _RESULT)
    if "score" in result:
        _score(result["score"], f"{path}.score")
    for name in ("success", "completion"):
        if name in result:
            check_boolean(result[name], f"{path}.{name}", "Data §2.4.5")
    if "response" in result:
        check_string(result["response"], f"{path}.response", "Data §2.4.5")
    if "duration" in result:
        check_text(result["duration"], f"{path}.duration", formats.is_duration, Rule.DURATION, "Data §4.6")
    if "extensions" in result:
        check_extensions(result["extensions"], f"{path}.extensions")


def _score(value: object, path: str) -> None:
    score = check_object(value, path, "Data §2.4.5.1", _SCORE)
    numbers = {name: check_number(given, f"{path}.{name}", "Data §2.4.5.1") for name, given in score.items()}
    if "scaled" in numbers and not -1 <= numbers["scaled"] <= 1:
        raise StatementInvalid(f"{path}.scaled", Rule.RANGE, "Data §2.4.5.1")
    low, high, raw = numbers.get("min"), numbers.get("max"), numbers.get("raw")
    if low is not None and high is not None and low >= high:
        raise StatementInvalid(f"{path}.min", Rule.RANGE, "Data §2.4.5.1")
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        raise StatementInvalid(f"{path}.raw", Rule.RANGE, "Data §2.4.5.1")


# Where


_RELATIONS = frozenset({"parent", "grouping", "category", "other"})


def _context(value: object, path: str, kind: str, version: Version) -> None:
    context = check_object(value, path, "Data §2.4.6", _CONTEXT if version == "1.0.3" else _CONTEXT_2)
    if "registration" in context:
        check_text(context["registration"], f"{path}.registration", formats.is_uuid, Rule.UUID, "Data §2.4.6.1")
    if "instructor" in context:
        check_actor(context["instructor"], f"{path}.instructor")
    if "team" in context and check_actor(context["team"], f"{path}.team") != "Group":
        raise StatementInvalid(f"{path}.team.objectType", Rule.CHOICE, "Data §2.4.6")
    for name in ("revision", "platform"):
        if name in context:
            check_string(context[name], f"{path}.{name}", "Data §2.4.6")
            if kind != "Activity":
                raise StatementInvalid(f"{path}.{name}", Rule.ACTIVITY_ONLY, "Data §2.4.6")
    if "contextActivities" in context:
        _context_activities(context["contextActivities"], f"{path}.contextActivities")
    if "language" in context:
        check_text(context["language"], f"{path}.language", formats.is_language_tag, Rule.LANGUAGE, "Data §2.4.6")
    if "statement" in context:
        _statement_ref(context["statement"], f"{path}.statement")
    if "extensions" in context:
        check_extensions(context["extensions"], f"{path}.extensions")
    if version != "1.0.3":
        _context_2(context, path)


def _context_2(context: dict[str, Any], path: str) -> None:
    """What xAPI 2.0 adds to a context (xAPI 2.0 §4.2.6)."""
    if "contextAgents" in context:
        _context_actors(context["contextAgents"], f"{path}.contextAgents", "agent", "Agent")
    if "contextGroups" in context:
        _context_actors(context["contextGroups"], f"{path}.contextGroups", "group", "Group")


def _context_activities(value: object, path: str) -> None:
    """Lists of activities; one alone is taken for a list of one (Data §2.4.6.2)."""
    for name, given in check_object(value, path, "Data §2.4.6.2", _RELATIONS).items():
        if not isinstance(given, list):
            _activity(given, f"{path}.{name}")
            continue
        for position, item in enumerate(given):
            _activity(item, f"{path}.{name}[{position}]")


def _context_actors(value: object, path: str, name: str, kind: str) -> None:
    """`contextAgents` and `contextGroups`: somebody with the kinds of part that they play (xAPI 2.0 §4.2.6)."""
    known = frozenset({"objectType", "relevantTypes", name})
    for position, item in enumerate(check_array(value, path, "xAPI 2.0 §4.2.6")):
        where = f"{path}[{position}]"
        entry = check_object(item, where, "xAPI 2.0 §4.2.6", known)
        if entry.get("objectType") != f"context{kind}":
            raise StatementInvalid(f"{where}.objectType", Rule.CHOICE, "xAPI 2.0 §4.2.6")
        if name not in entry:
            raise StatementInvalid(f"{where}.{name}", Rule.REQUIRED, "xAPI 2.0 §4.2.6")
        if check_actor(entry[name], f"{where}.{name}") != kind:
            raise StatementInvalid(f"{where}.{name}.objectType", Rule.CHOICE, "xAPI 2.0 §4.2.6")
        if "relevantTypes" in entry:
            types = check_array(entry["relevantTypes"], f"{where}.relevantTypes", "xAPI 2.0 §4.2.6")
            if not types:
                raise StatementInvalid(f"{where}.relevantTypes", Rule.NOT_EMPTY, "xAPI 2.0 §4.2.6")
            for index, iri in enumerate(types):
                check_iri(iri, f"{where}.relevantTypes[{index}]", "xAPI 2.0 §4.2.6")


# Kept with it


def _authority(value: object) -> None:
    """An agent, or the pair of an OAuth consumer and a user (Data §2.4.9)."""
    if check_actor(value, "authority") == "Agent" or not isinstance(value, dict):
        return
    members = value.get("member", [])
    if IDENTIFIERS & value.keys() or len(members) != 2 or not any("account" in member for member in members):
        raise StatementInvalid("authority", Rule.OAUTH_PAIR, "Data §2.4.9")


def _version(value: object, version: Version) -> None:
    text = check_string(value, "version", "Data §2.4.10")
    if not (formats.is_version(text, "1.0") or (version == "2.0.0" and formats.is_version(text, "2.0"))):
        raise StatementInvalid("version", Rule.VERSION, "Data §2.4.10")


def _attachments(value: object, path: str) -> None:
    for position, item in enumerate(check_array(value, path, "Data §2.4.11")):
        where = f"{path}[{position}]"
        attachment = check_object(item, where, "Data §2.4.11", _ATTACHMENT)
        for name in ("usageType", "display", "contentType", "length", "sha2"):
            if name not in attachment:
                raise StatementInvalid(f"{where}.{name}", Rule.REQUIRED, "Data §2.4.11")
        check_iri(attachment["usageType"], f"{where}.usageType", "Data §2.4.11")
        check_language_map(attachment["display"], f"{where}.display")
        if "description" in attachment:
            check_language_map(attachment["description"], f"{where}.description")
        check_text(
            attachment["contentType"], f"{where}.contentType", formats.is_media_type, Rule.MEDIA_TYPE, "Data §2.4.11"
        )
        length = attachment["length"]
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise StatementInvalid(f"{where}.length", Rule.INTEGER, "Data §2.4.11")
        check_text(attachment["sha2"], f"{where}.sha2", formats.is_sha2, Rule.SHA2, "Data §2.4.11")
        if "fileUrl" in attachment:
            check_iri(attachment["fileUrl"], f"{where}.fileUrl", "Data §2.4.11")
