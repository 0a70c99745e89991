"""What an attempt says of its person: what they know already, one next step, and the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lti_tool.content.marking import Outcome
from lti_tool.content.schema import Item


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A question of the attempt, by its number from 1, and how it went. `outcome` is None without an answer."""

    number: int
    item: Item
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Review:
    """The result, in the order in which a parent reads it."""

    known: tuple[ReviewLine, ...]
    """Answered rightly the first time."""
    next_step: ReviewLine | None
    """The first that was not; None when everything is known."""
    later: tuple[ReviewLine, ...]
    """The others that were not."""

    @property
    def lines(self) -> tuple[ReviewLine, ...]:
        """Every question, in order."""
        steps = (self.next_step,) if self.next_step else ()
        return tuple(sorted((*self.known, *steps, *self.later), key=lambda line: line.number))


def review(items: Sequence[Item], outcomes: Mapping[str, Outcome]) -> Review:
    """Sort the items by how their counted answer went; `outcomes` maps an item's id to it."""
    lines = [ReviewLine(number, item, outcomes.get(item.id)) for number, item in enumerate(items, 1)]
    known = tuple(line for line in lines if line.outcome == "right")
    steps = tuple(line for line in lines if line.outcome != "right")
    return Review(known, steps[0] if steps else None, steps[1:])
