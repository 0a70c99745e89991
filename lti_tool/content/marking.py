"""From what a form sent to a mark: right, partly right, wrong, or an honest « je ne sais pas »."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lti_tool.content.schema import (
    SHORT_TEXT_LIMIT,
    ChoiceItem,
    ChoicesItem,
    Item,
    SeriesItem,
    SituationItem,
    TextItem,
)
from lti_tool.content.situation import SituationState, is_true, reached
from lti_tool.content.text import normalise
from lti_tool.errors import BadRequest

Outcome = Literal["right", "partly", "wrong", "unknown"]

ANSWER_FIELD = "answer"
"""Name of the form's field; a series has one for each statement, `answer-<id of the statement>`."""
UNKNOWN_FIELD = "unknown"
"""A form that has this field, whatever its value, says « je ne sais pas »."""
UNKNOWN_VALUE = "?"
"""The value of `answer` that says « je ne sais pas »; no option can have it as its id."""
TRUE, FALSE = "true", "false"
OTHER = "other"
"""What a statement holds for a typed text that no variant accepts."""
DONE, NOT_DONE = "done", "not-done"
"""How a situation's step stands in a statement's response."""
GOAL_STEP = "goal"
"""The one step of a situation that names none."""


class ResponseInvalid(BadRequest):
    """The form does not answer the item."""

    code = "response-invalid"


class NothingChosen(ResponseInvalid):
    """No answer was given, or a series is answered in part only."""

    code = "nothing-chosen"


class UnknownOption(ResponseInvalid):
    """The answer is none of those that the item offers."""

    code = "unknown-option"


class ResponseTooLong(ResponseInvalid):
    """The typed text is longer than 200 characters."""

    code = "too-long"


@dataclass(frozen=True, slots=True)
class Response:
    """A parent's answer to an item.

    `values`: ids of options; or `<statement>=true|false` in a series, where a statement without a value was left
    at « je ne sais pas »; or the one text that was typed. Empty when `unknown`.
    """

    values: tuple[str, ...]
    unknown: bool = False


UNKNOWN = Response((), unknown=True)


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer is worth.

    `score` lies in 0..1; `right` means the whole of it. `xapi_response` is the `result.response` of the statement
    (xAPI 1.0.3 Part Two §2.4.5 and Appendix C); it never holds what was typed.
    """

    score: float
    right: bool
    xapi_response: str
    outcome: Outcome


def _chosen(item: ChoiceItem | ChoicesItem, given: list[str]) -> Response:
    chosen = set(given)
    known = [option.id for option in item.options]
    if not chosen <= set(known):
        raise UnknownOption
    if isinstance(item, ChoiceItem) and len(chosen) > 1:
        raise UnknownOption("several answers to a question that takes one")
    return Response(tuple(option_id for option_id in known if option_id in chosen))


def _judged(item: SeriesItem, form: Mapping[str, list[str]]) -> Response:
    values: list[str] = []
    for statement in item.statements:
        given = set(form.get(f"{ANSWER_FIELD}-{statement.id}", []))
        if not given:
            raise NothingChosen
        if len(given) > 1 or not given <= {TRUE, FALSE, UNKNOWN_VALUE}:
            raise UnknownOption
        if UNKNOWN_VALUE not in given:
            values.append(f"{statement.id}={given.pop()}")
    return Response(tuple(values)) if values else UNKNOWN


def _typed(given: list[str]) -> Response:
    text = " ".join(given[0].split())
    if len(text) > SHORT_TEXT_LIMIT:
        raise ResponseTooLong
    if not normalise(text):
        raise NothingChosen
    return Response((text,))


def parse_response(item: Item, form: Mapping[str, list[str]]) -> Response:
    """Read an answer from a form's fields (see `ANSWER_FIELD`, `UNKNOWN_FIELD`, `UNKNOWN_VALUE`).

    A situation is answered by its state (`mark_situation`): here it can only be given up.
    Raises `NothingChosen`, `UnknownOption` or `ResponseTooLong`.
    """
    given = [value for value in form.get(ANSWER_FIELD, []) if value.strip()]
    if UNKNOWN_FIELD in form or (UNKNOWN_VALUE in given and not isinstance(item, TextItem)):
        return UNKNOWN
    if isinstance(item, SeriesItem):
        return _judged(item, form)
    if not given or isinstance(item, SituationItem):
        raise NothingChosen
    if isinstance(item, TextItem):
        return _typed(given)
    return _chosen(item, given)


def _outcome(score: float, right: bool) -> Outcome:
    if right:
        return "right"
    return "partly" if score > 0 else "wrong"


def _mark_choice(item: ChoiceItem | ChoicesItem, response: Response) -> Mark:
    chosen = [option for option in item.options if option.id in response.values]
    total = sum(option.right for option in item.options)
    hits = sum(option.right for option in chosen)
    misses = len(chosen) - hits
    right = hits == total and not misses
    score = 1.0 if right else max(0.0, (hits - misses) / total)
    return Mark(score, right, "[,]".join(option.id for option in chosen), _outcome(score, right))


def _mark_series(item: SeriesItem, response: Response) -> Mark:
    judged = dict(value.split("=", 1) for value in response.values)
    hits = sum(judged.get(each.id) == (TRUE if each.correct else FALSE) for each in item.statements)
    score = hits / len(item.statements)
    pairs = [f"{each.id}[.]{judged[each.id]}" for each in item.statements if each.id in judged]
    right = hits == len(item.statements)
    return Mark(score, right, "[,]".join(pairs), _outcome(score, right))


def matched_variant(item: TextItem, text: str) -> str | None:
    """Id of the variant that accepts a typed text."""
    typed = normalise(text)
    return next(
        (variant.id for variant in item.variants if any(normalise(way) == typed for way in variant.text)),
        None,
    )


def mark(item: Item, response: Response) -> Mark:
    """What a response is worth.

    Several choices: (right ones chosen - wrong ones chosen) / right ones, never under 0. A series: the share of
    statements judged rightly. A situation here is one that was given up, worth nothing.
    """
    if response.unknown or isinstance(item, SituationItem):
        return Mark(0.0, False, "", "unknown")
    if isinstance(item, SeriesItem):
        return _mark_series(item, response)
    if isinstance(item, TextItem):
        variant = matched_variant(item, response.values[0] if response.values else "")
        right = variant is not None
        return Mark(float(right), right, variant or OTHER, _outcome(float(right), right))
    return _mark_choice(item, response)


def step_shares(item: SituationItem) -> tuple[float, ...]:
    """What each step is worth; equal parts when the package names none."""
    shares = [step.share for step in item.steps]
    total = sum(share or 0.0 for share in shares)
    if not total:
        return tuple(1 / len(shares) for _ in shares)
    return tuple((share or 0.0) / total for share in shares)


def mark_situation(item: SituationItem, state: SituationState) -> Mark:
    """What a situation's state is worth: 1 at the goal, else the shares of the steps done.

    Short of the goal the score stays under 1: at most what lacks the smallest step.
    """
    right = reached(item, state)
    shares = step_shares(item)
    done = [right or is_true(step.when, state) for step in item.steps]
    partial = sum(share for share, is_done in zip(shares, done, strict=True) if is_done)
    score = 1.0 if right else min(partial, 1 - min(shares)) if shares else 0.0
    named = [(step.id, is_done) for step, is_done in zip(item.steps, done, strict=True)] or [(GOAL_STEP, right)]
    response = "[,]".join(f"{step_id}[.]{DONE if is_done else NOT_DONE}" for step_id, is_done in named)
    return Mark(score, right, response, _outcome(score, right))


def _feedback_of_parts(item: Item, response: Response) -> list[str]:
    if isinstance(item, ChoiceItem | ChoicesItem):
        return [each.feedback for each in item.options if each.feedback and each.id in response.values]
    if isinstance(item, SeriesItem):
        misjudged = [
            each for each in item.statements if f"{each.id}={FALSE if each.correct else TRUE}" in response.values
        ]
        return [each.feedback for each in misjudged if each.feedback]
    return []


def feedback_for(
    item: Item, outcome: Mark, response: Response = UNKNOWN, state: SituationState | None = None
) -> tuple[str, ...]:
    """The CommonMark texts to show after a mark: the item's own first, then those of what was chosen.

    A statement's own feedback is shown where it was misjudged. In a situation, the first mistake that is true of
    `state` speaks instead of the item's general words.
    """
    if outcome.outcome == "unknown":
        return (item.feedback.unknown or item.feedback.wrong,)
    if outcome.right:
        return (item.feedback.right, *_feedback_of_parts(item, response))
    if isinstance(item, SituationItem) and state is not None:
        for mistake in item.mistakes:
            if is_true(mistake.when, state):
                return (mistake.feedback,)
    return (item.feedback.wrong, *_feedback_of_parts(item, response))
