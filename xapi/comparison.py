"""When two statements of one id are the same statement."""

from collections.abc import Mapping
from typing import Any

from xapi.formats import comparable_duration, parse_timestamp

_ASSIGNED = frozenset({"id", "authority", "stored", "version"})


def same_statement(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two statements of one id say the same, leaving aside what a store may assign or keep apart.

    Left aside: what the store assigns, displays of verbs, definitions of activities, the timestamp where
    one of them came without, how a moment is written, what of a duration is finer than a hundredth of a
    second, the letter case of UUIDs, an `objectType` that goes without saying, and one context activity
    standing alone or in a list. Both are valid. Spec: xAPI 1.0.3 Data §2.2, §2.3.1, §4.6.
    """
    one, other = _core(first), _core(second)
    if "timestamp" not in first or "timestamp" not in second:
        one.pop("timestamp", None)
        other.pop("timestamp", None)
    return one == other


def _core(statement: Mapping[str, Any]) -> dict[str, Any]:
    core = {key: value for key, value in statement.items() if key not in _ASSIGNED}
    core["actor"] = _actor(core["actor"])
    core["verb"] = core["verb"]["id"]
    target = core["object"]
    core["object"] = _core(target) if target.get("objectType") == "SubStatement" else _object(target)
    if "context" in core:
        core["context"] = _context(core["context"])
    if "timestamp" in core:
        core["timestamp"] = parse_timestamp(core["timestamp"])
    if "duration" in core.get("result", {}):
        core["result"] = core["result"] | {"duration": comparable_duration(core["result"]["duration"])}
    return core


def _actor(actor: Mapping[str, Any]) -> dict[str, Any]:
    core = {"objectType": "Agent"} | dict(actor)
    if "member" in core:
        core["member"] = [_actor(member) for member in core["member"]]
    return core


def _object(target: Mapping[str, Any]) -> dict[str, Any]:
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        return {"objectType": "Activity", "id": target["id"]}
    if kind == "StatementRef":
        return {"objectType": "StatementRef", "id": target["id"].lower()}
    return _actor(target)


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    core = dict(context)
    if "registration" in core:
        core["registration"] = core["registration"].lower()
    for name in ("instructor", "team"):
        if name in core:
            core[name] = _actor(core[name])
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in core:
            core[name] = [entry | {inner: _actor(entry[inner])} for entry in core[name]]
    if "statement" in core:
        core["statement"] = _object(core["statement"])
    if "contextActivities" in core:
        core["contextActivities"] = {
            name: [activity["id"] for activity in (given if isinstance(given, list) else [given])]
            for name, given in core["contextActivities"].items()
        }
    return core
