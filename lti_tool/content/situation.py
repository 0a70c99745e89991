"""A situation as a state machine: mock screens on which a parent acts, without a page, a clock or a database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lti_tool.content.schema import (
    SHORT_TEXT_LIMIT,
    ActingArea,
    AllOf,
    AnyOf,
    Area,
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
)
from lti_tool.content.text import normalise
from lti_tool.errors import BadRequest

HISTORY_LIMIT = 50
"""How many actions can be taken back; older ones are forgotten."""
CLICKS_LIMIT = 10_000

Variables = Mapping[str, Value]


class ActionInvalid(BadRequest):
    """The action is not one that the shown screen offers, or a field holds what it can't."""

    code = "action-invalid"


class StateInvalid(BadRequest):
    """A kept state does not fit the situation, for instance because the package has changed since."""

    code = "situation-state-invalid"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one action takes back to."""

    screen: str
    variables: Variables


@dataclass(frozen=True, slots=True)
class SituationState:
    """Where a parent stands in a situation.

    `history` is oldest first; `clicks` counts actions, taken back or not; `said` is the message of the last
    action (CommonMark), shown once above the screen.
    """

    screen: str
    variables: Variables
    history: tuple[Snapshot, ...] = ()
    clicks: int = 0
    said: str | None = None


def _same(left: Value, right: Value) -> bool:
    return type(left) is type(right) and left == right


def holds(condition: Condition, screen: str, variables: Variables) -> bool:
    """Whether a condition is true of a screen and of variables. A variable that is not declared equals nothing."""
    match condition:
        case VariableEquals(variable=name, equals=expected):
            return name in variables and _same(variables[name], expected)
        case VariableMatches(variable=name, matches=accepted):
            value = variables.get(name)
            return isinstance(value, str) and normalise(value) in {normalise(text) for text in accepted}
        case ScreenIs(screen=expected_screen):
            return screen == expected_screen
        case AllOf(all=conditions):
            return all(holds(each, screen, variables) for each in conditions)
        case AnyOf(any=conditions):
            return any(holds(each, screen, variables) for each in conditions)
        case Not(negated=negated):
            return not holds(negated, screen, variables)
        case _:
            assert_never(condition)


def is_true(condition: Condition, state: SituationState) -> bool:
    """Whether a condition is true of a state."""
    return holds(condition, state.screen, state.variables)


def start(item: SituationItem) -> SituationState:
    """The state before any action; also what « Recommencer » gives."""
    return SituationState(screen=item.start, variables=dict(item.variables))


def shown_screen(item: SituationItem, state: SituationState) -> Screen:
    """The screen that the parent sees."""
    return item.screen(state.screen)


def areas_shown(item: SituationItem, screen: str, variables: Variables) -> tuple[Area, ...]:
    """The areas of a screen whose condition is true, in the order in which they are drawn."""
    areas = item.screen(screen).areas
    return tuple(area for area in areas if area.when is None or holds(area.when, screen, variables))


def visible_areas(item: SituationItem, state: SituationState) -> tuple[Area, ...]:
    """The areas that the parent sees, in the order in which they are drawn."""
    return areas_shown(item, state.screen, state.variables)


def _typed(text: str) -> str:
    if len(text) > SHORT_TEXT_LIMIT:
        raise ActionInvalid("field too long")
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _filled(item: SituationItem, state: SituationState, fields: Mapping[str, str]) -> dict[str, Value]:
    variables = dict(state.variables)
    for area in visible_areas(item, state):
        match area:
            case FieldArea() if area.id in fields:
                variables[area.variable] = _typed(fields[area.id])
            case SelectArea() if area.id in fields:
                chosen = fields[area.id]
                if chosen and chosen not in {option.value for option in area.options}:
                    raise ActionInvalid("no such value in the list")
                variables[area.variable] = chosen
            case CheckboxArea():
                variables[area.variable] = area.id in fields
            case _:
                pass
    return variables


def fill(item: SituationItem, state: SituationState, fields: Mapping[str, str]) -> SituationState:
    """Store what the visible fields hold, without acting: what « J’ai terminé » does before marking.

    `fields` maps ids of areas to what the form sent; a visible box that it does not name is not ticked, a text
    field or a list that it does not name keeps its value. Other keys are ignored.
    Raises `ActionInvalid` for a value that the list does not offer, or more than 200 characters.
    """
    return replace(state, variables=_filled(item, state, fields))


def act(item: SituationItem, state: SituationState, area_id: str, fields: Mapping[str, str]) -> SituationState:
    """The state after pressing an area: fields are stored, variables set, then the screen changes.

    Raises `ActionInvalid` when the area is not a visible one that acts, or for a field as in `fill`.
    """
    area = next((each for each in visible_areas(item, state) if each.id == area_id), None)
    if not isinstance(area, ActingArea):
        raise ActionInvalid("no such action on this screen")
    return SituationState(
        screen=area.go or state.screen,
        variables={**_filled(item, state, fields), **area.set},
        history=(*state.history, Snapshot(state.screen, state.variables))[-HISTORY_LIMIT:],
        clicks=min(state.clicks + 1, CLICKS_LIMIT),
        said=area.say,
    )


def undo(item: SituationItem, state: SituationState) -> SituationState:
    """The state before the last action; the same state when there is nothing to take back."""
    if not state.history:
        return replace(state, said=None)
    before = state.history[-1]
    return replace(state, screen=before.screen, variables=before.variables, history=state.history[:-1], said=None)


def reached(item: SituationItem, state: SituationState) -> bool:
    """Whether the goal is true of the state."""
    return is_true(item.goal, state)


def to_json(state: SituationState) -> str:
    """The state as JSON text, to be kept between two pages."""
    return json.dumps(
        {
            "screen": state.screen,
            "variables": dict(state.variables),
            "history": [{"screen": each.screen, "variables": dict(each.variables)} for each in state.history],
            "clicks": state.clicks,
            "said": state.said,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


class _KeptSnapshot(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    screen: str
    variables: dict[str, Value]


class _KeptState(_KeptSnapshot):
    history: Annotated[list[_KeptSnapshot], Field(max_length=HISTORY_LIMIT)]
    clicks: Annotated[int, Field(ge=0, le=CLICKS_LIMIT)]
    said: str | None


def _fits(item: SituationItem, kept: _KeptSnapshot) -> bool:
    declared = item.variables
    return (
        any(screen.id == kept.screen for screen in item.screens)
        and kept.variables.keys() == declared.keys()
        and all(type(value) is type(declared[name]) for name, value in kept.variables.items())
    )


def from_json(item: SituationItem, text: str) -> SituationState:
    """The state that `to_json` wrote. A message that the situation no longer says, or in another language, is dropped.

    Raises `StateInvalid` when it is malformed or does not fit the situation: then start again.
    """
    try:
        kept = _KeptState.model_validate_json(text)
    except ValidationError as error:
        raise StateInvalid("malformed") from error
    if not all(_fits(item, each) for each in (kept, *kept.history)):
        raise StateInvalid("does not fit the situation")
    sayings = {area.say for screen in item.screens for area in screen.areas if isinstance(area, ActingArea)}
    return SituationState(
        screen=kept.screen,
        variables=kept.variables,
        history=tuple(Snapshot(before.screen, before.variables) for before in kept.history),
        clicks=kept.clicks,
        said=kept.said if kept.said in sayings else None,
    )
