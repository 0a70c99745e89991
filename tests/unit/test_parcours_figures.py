import pytest

from lti_tool.parcours.figures import SMALLEST_GROUP, Ease, class_figures, showable


def test_nothing_is_said_of_fewer_than_five_people() -> None:
    figures = class_figures(["a"], began=4, finished=4, scores={"a": [0.0] * 4})
    assert not figures.shown
    assert (figures.began, figures.finished, figures.questions, figures.hard) == (None, None, (), ())


def test_a_group_that_is_large_enough_is_counted() -> None:
    figures = class_figures(["a", "b"], began=12, finished=6, scores={})
    assert (figures.began, figures.finished) == (12, 6)


@pytest.mark.parametrize(("finished", "told"), [(0, 0), (1, None), (4, None), (5, 5), (6, None), (9, None), (10, 10)])
def test_a_small_part_and_what_would_give_it_away_are_both_hidden(finished: int, told: int | None) -> None:
    assert class_figures([], began=10, finished=finished, scores={}).finished == told


def test_the_hard_questions_come_in_order_with_their_number() -> None:
    figures = class_figures(
        ["a", "b", "c", "d"],
        began=6,
        finished=6,
        scores={"a": [1.0] * 6, "b": [0.0] * 5 + [1.0], "c": [0.5, 0.6, 0.7, 0.5, 0.6], "d": [0.0] * 5},
    )
    assert [question.ease for question in figures.questions] == [Ease.EASY, Ease.HARD, Ease.MIXED, Ease.HARD]
    assert [(question.number, question.item) for question in figures.hard] == [(2, "b"), (4, "d")]


def test_a_question_that_too_few_have_answered_says_nothing() -> None:
    figures = class_figures(["a"], began=9, finished=0, scores={"a": [0.0] * (SMALLEST_GROUP - 1)})
    assert figures.questions[0].ease is None
    assert figures.hard == ()


def test_a_part_is_showable_with_its_complement() -> None:
    assert showable(5, 5)
    assert not showable(5, 9)
