"""What must hold of a situation: its references, its types, and that its goal is a real one, proven by search."""

from collections.abc import Callable, Iterator

from lti_tool.content.exploration import STATE_LIMIT, Exploration, explore
from lti_tool.content.faults import PathInPackage
from lti_tool.content.schema import (
    ActingArea,
    AllOf,
    AnyOf,
    CheckboxArea,
    Condition,
    FieldArea,
    Not,
    Screen,
    ScreenIs,
    SelectArea,
    SituationItem,
    Value,
    VariableEquals,
    VariableMatches,
    WordsArea,
)
from lti_tool.content.situation import holds

LEAST_SCREENS = 2
LEAST_ACTING_AREAS = 4

_TYPES = {bool: "true ou false", int: "entier", str: "texte"}

Report = Callable[..., None]


class _References:
    """Looks every name up; `sound` stays true while they all lead somewhere."""

    def __init__(self, report: Report, item: SituationItem) -> None:
        self.note, self.item = report, item
        self.screens = {screen.id for screen in item.screens}
        self.lists = self._values_of_lists()
        self.sound = True

    def _values_of_lists(self) -> dict[str, set[str] | None]:
        """For each variable that only lists fill in, the values that they offer; None where it can be anything."""
        values: dict[str, set[str] | None] = {}
        for screen in self.item.screens:
            for area in screen.areas:
                match area:
                    case SelectArea():
                        known = values.setdefault(area.variable, {""})
                        if known is not None:
                            known.update(option.value for option in area.options)
                    case FieldArea():
                        values[area.variable] = None
                    case ActingArea():
                        values.update(dict.fromkeys((name for name in area.set), None))
                    case _:
                        pass
        return values

    def report(self, path: PathInPackage, code: str, **details: object) -> None:
        self.sound = False
        self.note(path, code, **details)

    def screen(self, screen_id: str, path: PathInPackage) -> None:
        if screen_id not in self.screens:
            self.report(path, "unknown-screen", screen=screen_id)

    def variable(self, name: str, path: PathInPackage, kind: type | None = None) -> None:
        if name not in self.item.variables:
            self.report(path, "unknown-variable", variable=name)
        elif kind is not None and type(self.item.variables[name]) is not kind:
            self.report(path, "wrong-type", variable=name, expected=_TYPES[type(self.item.variables[name])])

    def value(self, name: str, value: Value, path: PathInPackage) -> None:
        self.variable(name, path, type(value))
        offered = self.lists.get(name)
        if offered is not None and value not in offered and value != self.item.variables.get(name):
            self.report(path, "not-a-choice", value=value, variable=name)

    def condition(self, condition: Condition, path: PathInPackage) -> None:
        match condition:
            case VariableEquals():
                if condition.variable in self.item.variables:
                    self.value(condition.variable, condition.equals, (*path, "equals"))
                else:
                    self.variable(condition.variable, (*path, "variable"))
            case VariableMatches():
                self.variable(condition.variable, (*path, "variable"), str)
            case ScreenIs():
                self.screen(condition.screen, (*path, "screen"))
            case AllOf(all=parts):
                for index, part in enumerate(parts):
                    self.condition(part, (*path, "all", index))
            case AnyOf(any=parts):
                for index, part in enumerate(parts):
                    self.condition(part, (*path, "any", index))
            case Not(negated=part):
                self.condition(part, (*path, "not"))


def _check_areas(references: _References, screen: Screen, path: PathInPackage) -> None:
    has_fields = any(not isinstance(area, ActingArea | WordsArea) for area in screen.areas)
    for index, area in enumerate(screen.areas):
        here = (*path, "areas", index)
        if area.when is not None:
            references.condition(area.when, (*here, "when"))
        match area:
            case ActingArea():
                if area.go is not None:
                    references.screen(area.go, (*here, "go"))
                for name, value in area.set.items():
                    references.variable(name, (*here, "set", name), type(value))
                if not (area.go or area.set or area.say or has_fields):
                    references.note(here, "does-nothing")
            case FieldArea() | SelectArea():
                references.variable(area.variable, (*here, "variable"), str)
            case CheckboxArea():
                references.variable(area.variable, (*here, "variable"), bool)
            case _:
                pass


def _check_references(references: _References, path: PathInPackage) -> None:
    item = references.item
    references.screen(item.start, (*path, "start"))
    for index, screen in enumerate(item.screens):
        _check_areas(references, screen, (*path, "screens", index))
    references.condition(item.goal, (*path, "goal"))
    for index, step in enumerate(item.steps):
        references.condition(step.when, (*path, "steps", index, "when"))
    for index, mistake in enumerate(item.mistakes):
        references.condition(mistake.when, (*path, "mistakes", index, "when"))


def _lists_with_ids(item: SituationItem, path: PathInPackage) -> Iterator[tuple[PathInPackage, str, list[str]]]:
    yield (*path, "screens"), "id", [screen.id for screen in item.screens]
    yield (*path, "steps"), "id", [step.id for step in item.steps]
    for index, screen in enumerate(item.screens):
        areas = (*path, "screens", index, "areas")
        yield areas, "id", [area.id for area in screen.areas]
        for position, area in enumerate(screen.areas):
            if isinstance(area, SelectArea):
                yield (*areas, position, "options"), "value", [option.value for option in area.options]


def _check_ids(report: Report, item: SituationItem, path: PathInPackage) -> None:
    for where, key, ids in _lists_with_ids(item, path):
        for index, each in enumerate(ids):
            if each in ids[:index]:
                report((*where, index, key), "duplicate-id", id=each)


def _check_shares(report: Report, item: SituationItem, path: PathInPackage) -> None:
    shares = [step.share for step in item.steps if step.share is not None]
    if shares and (len(shares) != len(item.steps) or abs(sum(shares) - 1) > 1e-6):
        report((*path, "steps"), "shares")


def _check_goal(report: Report, item: SituationItem, path: PathInPackage, found: Exploration) -> None:
    goal = (*path, "goal")
    if found.distance == 0:
        report(goal, "goal-at-start")
    elif found.distance == 1:
        report(goal, "goal-in-one-action", area=found.first_action_to_goal)
    elif found.distance is None and found.complete:
        report(goal, "goal-unreachable")
    for index, step in enumerate(item.steps):
        when = (*path, "steps", index, "when")
        if holds(step.when, item.start, item.variables):
            report(when, "step-at-start")
        if step.id in found.steps_missed:
            report(when, "step-not-in-goal")


def _check_what_is_seen(report: Report, item: SituationItem, path: PathInPackage, found: Exploration) -> None:
    if len(found.screens) < LEAST_SCREENS:
        report((*path, "screens"), "too-few-screens")
    for index, screen in enumerate(item.screens):
        here = (*path, "screens", index)
        if screen.id not in found.screens:
            report(here, "screen-unreachable")
            continue
        for position, area in enumerate(screen.areas):
            if (screen.id, area.id) not in found.areas:
                report((*here, "areas", position), "area-never-shown")


def check_situation(report: Report, item: SituationItem, path: PathInPackage) -> None:
    """Report what is wrong with a situation whose shape is right.

    The goal is looked for only when all references are sound, and nothing is said of what a search that had to be
    cut did not see. Every action can be taken back, so no state is a trap.
    """
    references = _References(report, item)
    _check_ids(references.report, item, path)
    _check_shares(report, item, path)
    _check_references(references, path)
    acting = sum(isinstance(area, ActingArea) for screen in item.screens for area in screen.areas)
    if acting < LEAST_ACTING_AREAS:
        report((*path, "screens"), "too-few-areas", count=acting)
    if not references.sound:
        return
    found = explore(item)
    _check_goal(report, item, path, found)
    if found.complete:
        _check_what_is_seen(report, item, path, found)
    else:
        report((*path, "screens"), "too-many-states", limit=STATE_LIMIT)
