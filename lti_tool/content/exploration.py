"""Everything that can happen in a situation, by breadth-first search over its screens and variables."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from lti_tool.content.schema import (
    ActingArea,
    AllOf,
    AnyOf,
    CheckboxArea,
    Condition,
    FieldArea,
    Not,
    SelectArea,
    SituationItem,
    Value,
    VariableEquals,
    VariableMatches,
)
from lti_tool.content.situation import areas_shown, holds

STATE_LIMIT = 50_000
MOVE_LIMIT = 500_000
"""Moves tried before giving up, so that a hostile package ends in bounded time."""
_ANYTHING_ELSE = "une autre réponse"

Test = VariableEquals | VariableMatches
Node = tuple[str, tuple[Value, ...]]


def tests_in(condition: Condition) -> Iterator[Test]:
    """The comparisons of variables within a condition."""
    match condition:
        case VariableEquals() | VariableMatches():
            yield condition
        case AllOf(all=conditions) | AnyOf(any=conditions):
            for each in conditions:
                yield from tests_in(each)
        case Not(negated=negated):
            yield from tests_in(negated)
        case _:
            return


def conditions_of(item: SituationItem) -> Iterator[Condition]:
    """Every condition of a situation."""
    yield item.goal
    for step in item.steps:
        yield step.when
    for mistake in item.mistakes:
        yield mistake.when
    for screen in item.screens:
        for area in screen.areas:
            if area.when is not None:
                yield area.when


@dataclass(slots=True)
class Exploration:
    """What was found. `distance` is the least number of actions to the goal; None when it can't be reached.

    `complete` is False when the search was cut: then nothing can be said of what was not seen.
    """

    complete: bool = True
    states: int = 0
    distance: int | None = None
    first_action_to_goal: str | None = None
    screens: set[str] = field(default_factory=set)
    areas: set[tuple[str, str]] = field(default_factory=set)
    steps_missed: set[str] = field(default_factory=set)


class _Search:
    def __init__(self, item: SituationItem) -> None:
        self.item = item
        self.names = tuple(item.variables)
        self.tests: dict[str, list[Test]] = {}
        for condition in conditions_of(item):
            for test in tests_in(condition):
                self.tests.setdefault(test.variable, []).append(test)
        self.found = Exploration()
        self.moves = 0

    def _signature(self, variable: str, value: Value) -> tuple[bool, ...]:
        return tuple(holds(test, "", {variable: value}) for test in self.tests.get(variable, []))

    def _apart(self, variable: str, values: list[Value]) -> list[Value]:
        """One value for each way in which the conditions can tell values apart."""
        return list({self._signature(variable, value): value for value in reversed(values)}.values())

    def _texts(self, variable: str) -> list[Value]:
        texts: list[Value] = ["", _ANYTHING_ELSE]
        for test in self.tests.get(variable, []):
            accepted: Iterable[Value] = test.matches if isinstance(test, VariableMatches) else (test.equals,)
            texts.extend(accepted)
        return [text for text in texts if isinstance(text, str)]

    def fillings(self, screen: str, variables: dict[str, Value]) -> Iterator[dict[str, Value]]:
        """The variables after each way of filling in the visible fields."""
        choices: dict[str, list[Value]] = {}
        for area in areas_shown(self.item, screen, variables):
            match area:
                case FieldArea():
                    values = self._texts(area.variable)
                case SelectArea():
                    values = [option.value for option in area.options]
                case CheckboxArea():
                    values = [True, False]
                case _:
                    continue
            choices[area.variable] = self._apart(area.variable, [variables[area.variable], *values])
        for combination in product(*choices.values()):
            self.moves += 1
            yield {**variables, **dict(zip(choices, combination, strict=True))}
            if self.moves > MOVE_LIMIT:
                return

    def _note_goal(self, screen: str, variables: dict[str, Value], distance: int, action: str | None) -> None:
        if not holds(self.item.goal, screen, variables):
            return
        if self.found.distance is None:
            self.found.distance, self.found.first_action_to_goal = distance, action
        for step in self.item.steps:
            if not holds(step.when, screen, variables):
                self.found.steps_missed.add(step.id)

    def _moves_from(self, node: Node, depth: int) -> Iterator[Node]:
        screen = node[0]
        before = dict(zip(self.names, node[1], strict=True))
        shown = areas_shown(self.item, screen, before)
        self.found.areas.update((screen, area.id) for area in shown)
        acting = [area for area in shown if isinstance(area, ActingArea)]
        fields = [area.id for area in shown if not isinstance(area, ActingArea) and hasattr(area, "variable")]
        for filled in self.fillings(screen, before):
            if filled != before:
                self._note_goal(screen, filled, depth + 1, fields[0] if fields else None)
            for area in acting:
                self.moves += 1
                after = {**filled, **area.set}
                target = area.go or screen
                self._note_goal(target, after, depth + 1, area.id)
                yield target, tuple(after[name] for name in self.names)

    def run(self) -> Exploration:
        """Walk until nothing new is found or a limit is reached."""
        start: Node = (self.item.start, tuple(self.item.variables.values()))
        self._note_goal(start[0], dict(self.item.variables), 0, None)
        depths = {start: 0}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            self.found.screens.add(node[0])
            for following in self._moves_from(node, depths[node]):
                if following not in depths:
                    depths[following] = depths[node] + 1
                    queue.append(following)
            if len(depths) > STATE_LIMIT or self.moves > MOVE_LIMIT:
                self.found.complete = False
                break
        self.found.states = len(depths)
        return self.found


def explore(item: SituationItem) -> Exploration:
    """Search a situation whose references are sound: screens, variables and types have been checked before.

    Filling the fields of a screen and pressing one area count as one action, as they do for `situation.act`.
    Texts that no condition can tell apart are tried once.
    """
    return _Search(item).run()
