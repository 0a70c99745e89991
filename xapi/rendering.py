"""The forms that a reader may ask statements in (`format`; xAPI 1.0.3 Communication §2.1.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_LANGUAGE_MAPS = frozenset({"display", "name", "description"})


def render(statement: dict[str, Any], form: str, languages: Sequence[str]) -> dict[str, Any]:
    """The statement in the form asked for: `exact`, `ids` or `canonical`.

    `languages` are the reader's, the preferred first; `canonical` keeps one text of each language map.
    """
    if form == "ids":
        return _identified(statement)
    if form == "canonical":
        return dict(_in_one_language(statement, languages))
    return statement


def _identified(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Only what tells agents, verbs and activities apart."""
    made = dict(statement)
    made["actor"] = _agent(made["actor"])
    made["verb"] = {"id": made["verb"]["id"]}
    target = made["object"]
    kind = target.get("objectType", "Activity")
    if kind == "SubStatement":
        made["object"] = _identified(target)
    elif kind in ("Agent", "Group"):
        made["object"] = _agent(target)
    elif kind == "Activity":
        made["object"] = _activity(target)
    if "authority" in made:
        made["authority"] = _agent(made["authority"])
    if "context" in made:
        made["context"] = _context(made["context"])
    return made


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(context)
    for name in ("instructor", "team"):
        if name in made:
            made[name] = _agent(made[name])
    if "contextActivities" in made:
        made["contextActivities"] = {
            name: [_activity(activity) for activity in (given if isinstance(given, list) else [given])]
            for name, given in made["contextActivities"].items()
        }
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in made:
            made[name] = [entry | {inner: _agent(entry[inner])} for entry in made[name]]
    return made


def _agent(agent: Mapping[str, Any]) -> dict[str, Any]:
    made = {"objectType": agent.get("objectType", "Agent")}
    made |= {name: agent[name] for name in _IDENTIFIERS if name in agent}
    if len(made) == 1 and "member" in agent:
        made["member"] = [_agent(member) for member in agent["member"]]
    return made


def _activity(activity: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": activity["id"]}


def _in_one_language(value: Any, languages: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_in_one_language(item, languages) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, item in value.items():
        if key == "extensions":
            made[key] = item
        elif key in _LANGUAGE_MAPS and isinstance(item, dict):
            made[key] = _one_of(item, languages)
        else:
            made[key] = _in_one_language(item, languages)
    return made


def _one_of(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """The text that suits best: the very tag, then the same language, then the first there is."""
    for wanted in languages:
        exact = [tag for tag in texts if tag.lower() == wanted.lower()]
        alike = [tag for tag in texts if tag.lower().partition("-")[0] == wanted.lower().partition("-")[0]]
        for tag in (exact or alike)[:1]:
            return {tag: texts[tag]}
    return dict(list(texts.items())[:1])
