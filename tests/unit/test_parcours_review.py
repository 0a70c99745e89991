from pathlib import Path

import pytest

from lti_tool.content.library import Library, shipped_parcours_folder
from lti_tool.content.marking import UNKNOWN, Outcome, Response
from lti_tool.content.schema import ChoiceItem, ChoicesItem, Item, Parcours, SeriesItem, TextItem
from lti_tool.parcours.entries import Entries, entries_of_form, entries_of_response
from lti_tool.parcours.order import options_in_order
from lti_tool.parcours.pages import shown_options, truths
from lti_tool.parcours.review import review


@pytest.fixture(scope="module")
def parcours() -> Parcours:
    folder: Path = shipped_parcours_folder()
    return Library.load([folder]).parcours("mon-ent-et-educonnect")


def first(parcours: Parcours, kind: type[Item]) -> Item:
    return next(item for item in parcours.items if isinstance(item, kind))


def test_what_is_known_comes_first_then_one_step_then_the_rest(parcours: Parcours) -> None:
    items = parcours.items[:5]
    outcomes: dict[str, Outcome] = {
        items[0].id: "right",
        items[1].id: "partly",
        items[2].id: "right",
        items[3].id: "unknown",
    }
    result = review(items, outcomes)
    assert [line.number for line in result.known] == [1, 3]
    assert result.next_step is not None
    assert result.next_step.number == 2
    assert [(line.number, line.outcome) for line in result.later] == [(4, "unknown"), (5, None)]
    assert [line.number for line in result.lines] == [1, 2, 3, 4, 5]


def test_nothing_is_left_to_learn_when_everything_is_right(parcours: Parcours) -> None:
    result = review(parcours.items, {item.id: "right" for item in parcours.items})
    assert result.next_step is None
    assert result.later == ()
    assert len(result.known) == len(parcours.items)


def test_options_keep_the_author_s_order_unless_asked_otherwise(parcours: Parcours) -> None:
    item = first(parcours, ChoiceItem)
    assert isinstance(item, ChoiceItem)
    assert options_in_order(item.model_copy(update={"shuffle": False}), "any") == item.options


def test_mixed_options_stay_where_they_are_for_one_attempt(parcours: Parcours) -> None:
    item = first(parcours, ChoicesItem)
    assert isinstance(item, ChoicesItem)
    mixed = item.model_copy(update={"shuffle": True})
    orders = {tuple(option.id for option in options_in_order(mixed, str(seed))) for seed in range(40)}
    assert len(orders) > 10
    assert options_in_order(mixed, "one") == options_in_order(mixed, "one")
    assert all(sorted(order) == sorted(option.id for option in item.options) for order in orders)


def test_only_choices_have_options(parcours: Parcours) -> None:
    assert shown_options(first(parcours, TextItem), "x") == ()


def test_the_right_answers_are_told_in_words(parcours: Parcours) -> None:
    for item in parcours.items:
        told = truths(item)
        if isinstance(item, SeriesItem):
            assert [correct for _words, correct in told] == [each.correct for each in item.statements]
        else:
            assert told
            assert all(correct for _words, correct in told)


def test_what_was_chosen_comes_back_in_the_form(parcours: Parcours) -> None:
    choice, series, text = (first(parcours, kind) for kind in (ChoiceItem, SeriesItem, TextItem))
    assert entries_of_response(choice, Response(("a",))) == Entries(chosen=frozenset({"a"}))
    assert entries_of_response(series, Response(("s1=true",))) == Entries(chosen=frozenset({"s1=true"}))
    assert entries_of_response(text, Response(("educonnect",))) == Entries(typed="educonnect")
    assert entries_of_response(choice, UNKNOWN) == entries_of_response(choice, None) == Entries()


def test_a_form_that_could_not_be_read_keeps_what_stood_in_it(parcours: Parcours) -> None:
    choice, series, text = (first(parcours, kind) for kind in (ChoiceItem, SeriesItem, TextItem))
    assert entries_of_form(choice, {"answer": ["a", "zzz"]}).chosen == {"a", "zzz"}
    assert entries_of_form(series, {"answer-s1": ["?"], "answer-zzz": ["true"]}).chosen == {"s1=?"}
    assert entries_of_form(text, {"answer": ["x" * 1000]}).typed == "x" * 400
    assert entries_of_form(text, {}) == Entries()
