"""What a class view may say of a group, without saying anything of a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

SMALLEST_GROUP = 5
"""Nothing is said of fewer people than this."""


class Ease(StrEnum):
    """How a group gets on with a question, in three bands: a rate would tell who answered last."""

    EASY = "easy"
    MIXED = "mixed"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class QuestionEase:
    """A question's place in the parcours, from 1, and its band; None when too few answered it."""

    number: int
    item: str
    ease: Ease | None


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """The aggregates of one context. A figure that may not be shown is None."""

    began: int | None
    finished: int | None
    questions: tuple[QuestionEase, ...]

    @property
    def shown(self) -> bool:
        """Whether the group is large enough for anything to be shown."""
        return self.began is not None

    @property
    def hard(self) -> tuple[QuestionEase, ...]:
        """The questions that most people stumble on, in order."""
        return tuple(question for question in self.questions if question.ease is Ease.HARD)


def showable(part: int, whole: int) -> bool:
    """Whether `part` of `whole` people may be told: neither it nor what it leaves is a small group.

    Nobody and everybody are no small groups.
    """
    return all(count == 0 or count >= SMALLEST_GROUP for count in (part, whole - part))


def class_figures(
    items: Sequence[str],
    *,
    began: int,
    finished: int,
    scores: Mapping[str, Iterable[float]],
) -> ClassFigures:
    """The aggregates of a group of `began` people, of whom `finished` have come to the end.

    `scores` gives, for each item, the scores (0 to 1) of those who answered it, one a person.
    """
    if began < SMALLEST_GROUP:
        return ClassFigures(None, None, ())
    questions = tuple(
        QuestionEase(number, item, _ease(tuple(scores.get(item, ())))) for number, item in enumerate(items, 1)
    )
    return ClassFigures(began, finished if showable(finished, began) else None, questions)


def _ease(scores: Sequence[float]) -> Ease | None:
    if len(scores) < SMALLEST_GROUP:
        return None
    mean = sum(scores) / len(scores)
    if mean < 0.5:
        return Ease.HARD
    return Ease.EASY if mean >= 0.8 else Ease.MIXED
