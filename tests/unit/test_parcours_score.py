from hypothesis import given
from hypothesis import strategies as st

from lti_tool.parcours.score import GRADE_MAXIMUM, score


def test_the_score_is_the_mean_of_the_items() -> None:
    result = score(["a", "b", "c", "d"], {"a": 1.0, "b": 0.5, "c": 0.0, "d": 1.0})
    assert (result.given, result.maximum, result.scaled, result.grade) == (2.5, 4.0, 0.625, 62.5)


def test_an_unanswered_item_gives_nothing() -> None:
    assert score(["a", "b"], {"a": 1.0}).scaled == 0.5


def test_an_item_that_is_gone_counts_for_nothing() -> None:
    assert score(["a"], {"a": 0.5, "removed-since": 1.0}).scaled == 0.5


def test_thirds_are_rounded_to_a_hundredth_of_the_grade() -> None:
    result = score(["a", "b", "c"], {"a": 1.0})
    assert (result.scaled, result.grade) == (0.3333, 33.33)


def test_the_pass_mark_itself_passes() -> None:
    result = score(["a", "b", "c", "d", "e"], {"a": 1.0, "b": 1.0, "c": 1.0})
    assert result.passes(0.6) is True
    assert result.passes(0.61) is False
    assert result.passes(None) is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(-10, 10), max_size=6), st.permutations("abcdef"))
def test_the_score_stays_in_its_scale_whatever_the_order(counted: dict[str, float], items: list[str]) -> None:
    result = score(items, counted)
    assert 0.0 <= result.scaled <= 1.0
    assert 0.0 <= result.grade <= GRADE_MAXIMUM
    assert result == score(sorted(items), counted)
