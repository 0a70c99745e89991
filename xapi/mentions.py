"""Whom and what a statement names, as the store's queries look for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from xapi.statements import agent_key, index_key

Mentions = dict[str, bool]
"""Canonical keys; True where only `related_agents` or `related_activities` finds the statement by it."""


def agents(statement: Mapping[str, Any]) -> Mentions:
    """Agents and identified groups: the actor and the object directly, everybody else as related.

    A group is found by its members too. Spec: xAPI 1.0.3 Communication §2.1.3 (`agent`, `related_agents`).
    """
    direct = [statement["actor"], *_agent_objects(statement)]
    related = [statement["authority"]] if "authority" in statement else []
    related += _in_context(statement)
    substatement = statement["object"]
    if substatement.get("objectType") == "SubStatement":
        related += [substatement["actor"], *_agent_objects(substatement), *_in_context(substatement)]
    return _merged(_agent_keys(direct), _agent_keys(related))


def activities(statement: Mapping[str, Any]) -> Mentions:
    """Activities: the object directly, those of the context and of a SubStatement as related.

    Spec: xAPI 1.0.3 Communication §2.1.3 (`activity`, `related_activities`).
    """
    direct = _activity_objects(statement)
    related = list(_around(statement))
    substatement = statement["object"]
    if substatement.get("objectType") == "SubStatement":
        related += [*_activity_objects(substatement), *_around(substatement)]
    return _merged((index_key(item) for item in direct), (index_key(item) for item in related))


def _merged(direct: Iterable[str], related: Iterable[str]) -> Mentions:
    return dict.fromkeys(related, True) | dict.fromkeys(direct, False)


def _agent_objects(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    target = statement["object"]
    return [target] if target.get("objectType") in ("Agent", "Group") else []


def _in_context(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    context = statement.get("context", {})
    found = [context[name] for name in ("instructor", "team") if name in context]
    found += [entry["agent"] for entry in context.get("contextAgents", ())]
    found += [entry["group"] for entry in context.get("contextGroups", ())]
    return found


def _agent_keys(agents: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for agent in agents:
        for one in (agent, *agent.get("member", ())):
            if (key := agent_key(one)) is not None:
                yield key


def _activity_objects(statement: Mapping[str, Any]) -> list[str]:
    target = statement["object"]
    return [target["id"]] if target.get("objectType", "Activity") == "Activity" else []


def _around(statement: Mapping[str, Any]) -> Iterable[str]:
    for given in statement.get("context", {}).get("contextActivities", {}).values():
        for activity in given if isinstance(given, list) else [given]:
            yield activity["id"]
