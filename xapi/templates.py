"""Statement templates of an xAPI profile, and which of their rules a statement breaks.

Spec: xAPI Profile Specification 1.0, part two §8 (templates, rules) and part three (validating statements).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
_STEP = re.compile(r"\.(?P<name>[A-Za-z0-9_]+)|\['(?P<quoted>[^']*)'\]|\[(?P<index>[0-9]+|\*)\]")
_DETERMINING = {
    "verb": "$.verb.id",
    "objectActivityType": "$.object.definition.type",
    "contextParentActivityType": "$.context.contextActivities.parent[*].definition.type",
    "contextGroupingActivityType": "$.context.contextActivities.grouping[*].definition.type",
    "contextCategoryActivityType": "$.context.contextActivities.category[*].definition.type",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile: the categories that say a statement follows it, its concepts and its templates by IRI."""

    categories: frozenset[str]
    concepts: Mapping[str, Json]
    templates: Mapping[str, Json]

    @classmethod
    def load(cls, path: Path) -> "Profile":
        """Read a profile's JSON-LD file."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            categories=frozenset([content["id"], *(version["id"] for version in content.get("versions", ()))]),
            concepts={concept["id"]: concept for concept in content.get("concepts", ())},
            templates={template["id"]: template for template in content.get("templates", ())},
        )

    def template_of(self, statement: Json) -> Json | None:
        """The template that the statement matches by its verb and its types; None where it matches none."""
        for template in self.templates.values():
            if not faults_of_determining(template, statement):
                return template
        return None

    def faults(self, statement: Json) -> list[str]:
        """What keeps the statement from following the profile, a line each; nothing when it does.

        It must carry the profile or a version of it as a category, match a template, and keep its rules.
        """
        faults = []
        if self.categories.isdisjoint(values_at(statement, "$.context.contextActivities.category[*].id")):
            faults.append("category: the profile is missing")
        template = self.template_of(statement)
        if template is None:
            return [*faults, f"no template for {statement['verb']['id']}"]
        return faults + [fault for rule in template.get("rules", ()) for fault in _broken(rule, statement)]


def faults_of_determining(template: Json, statement: Json) -> list[str]:
    """The determining properties of the template that the statement does not have (part two §8.1)."""
    faults = []
    for name, location in _DETERMINING.items():
        wanted = template.get(name)
        if wanted is None:
            continue
        found = values_at(statement, location)
        if any(value not in found for value in ([wanted] if isinstance(wanted, str) else wanted)):
            faults.append(f"{name}: {wanted}")
    return faults


def values_at(statement: Json, location: str) -> list[Any]:
    """Every value at a JSONPath: names, quoted names, positions and `[*]` (part two §8.2).

    Raises `ValueError` for a path outside that subset.
    """
    if not location.startswith("$"):
        raise ValueError(location)
    values, position = [statement], 1
    while position < len(location):
        step = _STEP.match(location, position)
        if step is None:
            raise ValueError(location)
        position = step.end()
        values = [found for value in values for found in _at(value, step)]
    return values


def _at(value: Any, step: re.Match[str]) -> Sequence[Any]:
    name = step["name"] if step["name"] is not None else step["quoted"]
    if name is not None:
        return [value[name]] if isinstance(value, dict) and name in value else []
    if not isinstance(value, list):
        return []
    return value if step["index"] == "*" else value[int(step["index"]) :][:1]


def _broken(rule: Json, statement: Json) -> list[str]:
    location, found = rule["location"], values_at(statement, rule["location"])
    faults = []
    presence = rule.get("presence")
    if presence == "included" and not found:
        faults.append(f"{location}: missing")
    if presence == "excluded" and found:
        faults.append(f"{location}: must be absent")
    if found and "any" in rule and not any(value in rule["any"] for value in found):
        faults.append(f"{location}: none of {rule['any']}")
    if "all" in rule and any(value not in rule["all"] for value in found):
        faults.append(f"{location}: other than {rule['all']}")
    if "none" in rule and any(value in rule["none"] for value in found):
        faults.append(f"{location}: one of {rule['none']}")
    return faults
