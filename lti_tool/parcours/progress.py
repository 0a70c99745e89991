"""Where a person stands in a parcours: what is answered, and what comes next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """The items' ids in order, and those that are answered. Questions are numbered from 1."""

    items: tuple[str, ...]
    answered: frozenset[str]

    @property
    def total(self) -> int:
        """How many questions there are."""
        return len(self.items)

    @property
    def done(self) -> int:
        """How many of them are answered."""
        return sum(item in self.answered for item in self.items)

    @property
    def share(self) -> float:
        """The answered part, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

    @property
    def complete(self) -> bool:
        """Whether every question is answered."""
        return self.done == self.total

    @property
    def next_number(self) -> int | None:
        """The first question without an answer; None when there is none left."""
        return next((number for number, item in enumerate(self.items, 1) if item not in self.answered), None)

    def after(self, number: int) -> int | None:
        """Where « Suivant » leads from question `number`.

        The next question in order while some are left; from the last one, back to the first that was
        left out; None when all are answered and this was the last.
        """
        if number < self.total:
            return number + 1
        return self.next_number

    def reachable(self, number: int) -> bool:
        """Whether question `number` may be shown: an answered one, or the first that is not."""
        if not 1 <= number <= self.total:
            return False
        return self.items[number - 1] in self.answered or number == self.next_number


def progress(items: Sequence[str], answered: Collection[str]) -> Progress:
    """The progress over these items; answers to items that the parcours no longer has don't count."""
    return Progress(tuple(items), frozenset(answered) & frozenset(items))
