"""What the pages of a question show, whoever looks at them: a parent, or a teacher who previews."""

from dataclasses import dataclass

from lti_tool.content import situation
from lti_tool.content.marking import Mark, Response, feedback_for
from lti_tool.content.schema import (
    Area,
    ChoiceItem,
    ChoicesItem,
    Item,
    Option,
    Parcours,
    Screen,
    SeriesItem,
    SituationItem,
    TextItem,
)
from lti_tool.parcours.entries import Entries
from lti_tool.parcours.order import options_in_order


@dataclass(frozen=True, slots=True)
class MockScreen:
    """A situation's screen as it stands. `kept` is the state itself where no table holds it (a preview)."""

    screen: Screen
    areas: tuple[Area, ...]
    state: situation.SituationState
    moves: int
    kept: str | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is an action to take back."""
        return bool(self.state.history)


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the page's links and forms lead (paths). `resume` is None where there is nothing to come back to."""

    answer: str
    act: str
    previous: str
    resume: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """A question on its screen. `answer_number` is the number that the next answer will have."""

    parcours: Parcours
    item: Item
    number: int
    ways: Ways
    entries: Entries
    options: tuple[Option, ...]
    mock: MockScreen | None
    answer_number: int
    shown: str
    preview: bool = False
    fault: str | None = None

    @property
    def total(self) -> int:
        """How many questions the parcours has."""
        return len(self.parcours.items)

    @property
    def practice(self) -> bool:
        """Whether the question has been answered already: what is answered now counts no more."""
        return self.answer_number > 1


@dataclass(frozen=True, slots=True)
class FeedbackPage:
    """What is said after an answer. `truths` are the right answers, each with whether it is « vrai »."""

    parcours: Parcours
    item: Item
    number: int
    mark: Mark
    texts: tuple[str, ...]
    truths: tuple[tuple[str, bool], ...]
    previous: str
    next: str
    last: bool
    practice: bool = False
    preview: bool = False

    @property
    def total(self) -> int:
        """How many questions the parcours has."""
        return len(self.parcours.items)


def shown_options(item: Item, seed: str) -> tuple[Option, ...]:
    """The options of a question that has some, in the order in which they are shown."""
    return options_in_order(item, seed) if isinstance(item, ChoiceItem | ChoicesItem) else ()


def mock_screen(item: Item, state: situation.SituationState, *, moves: int, keep: bool = False) -> MockScreen | None:
    """The screen of a situation; None for the other kinds. `keep` carries the state along in the page."""
    if not isinstance(item, SituationItem):
        return None
    return MockScreen(
        screen=situation.shown_screen(item, state),
        areas=situation.visible_areas(item, state),
        state=state,
        moves=moves,
        kept=situation.to_json(state) if keep else None,
    )


def feedback_texts(item: Item, mark: Mark, response: Response, kept_state: str | None) -> tuple[str, ...]:
    """The texts to show after a mark (CommonMark); `kept_state` is the situation's last state."""
    state = None
    if isinstance(item, SituationItem) and kept_state is not None:
        try:
            state = situation.from_json(item, kept_state)
        except situation.StateInvalid:
            state = None
    return feedback_for(item, mark, response, state)


def truths(item: Item) -> tuple[tuple[str, bool], ...]:
    """The right answers in words. In a series, every statement with whether it is true; else all are true."""
    match item:
        case ChoiceItem() | ChoicesItem():
            return tuple((option.text, True) for option in item.options if option.right)
        case SeriesItem():
            return tuple((statement.text, statement.correct) for statement in item.statements)
        case TextItem():
            return tuple((variant.text[0], True) for variant in item.variants)
        case SituationItem():
            return tuple((step.text, True) for step in item.steps)
