"""The score of an attempt: the mean of its items' scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GRADE_MAXIMUM = 100.0
"""The maximum of the line items that we ask for: a grade reads as a percentage."""


@dataclass(frozen=True, slots=True)
class Score:
    """`given` out of `maximum` items, both counted in items (an item half right gives 0.5)."""

    given: float
    maximum: float

    @property
    def scaled(self) -> float:
        """From 0 to 1, as xAPI's `score.scaled` (xAPI 1.0.3 part 2 §4.1.5.1), with four decimals."""
        return round(self.given / self.maximum, 4) if self.maximum else 0.0

    @property
    def grade(self) -> float:
        """What goes to the gradebook, out of `GRADE_MAXIMUM`, with two decimals."""
        return round(self.scaled * GRADE_MAXIMUM, 2)

    def passes(self, pass_mark: float | None) -> bool | None:
        """Whether the scaled score reaches the mark; None where the parcours has none."""
        return None if pass_mark is None else self.scaled >= pass_mark


def score(items: Sequence[str], counted: Mapping[str, float]) -> Score:
    """The score over these items; `counted` maps an item's id to its answer's score, from 0 to 1.

    An item without an answer gives nothing; an answer to an item that is not there counts for nothing.
    """
    given = sum(min(1.0, max(0.0, counted.get(item, 0.0))) for item in items)
    return Score(given=round(given, 4), maximum=float(len(items)))
