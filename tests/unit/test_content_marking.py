from typing import Any

import pytest
from content_samples import CHOICES, choice, choices, item, series, situation, text
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.content.marking import (
    UNKNOWN,
    Mark,
    NothingChosen,
    Response,
    ResponseTooLong,
    UnknownOption,
    feedback_for,
    mark,
    mark_situation,
    parse_response,
)
from lti_tool.content.situation import SituationState, act, start


@st.composite
def _items_and_choices(draw: st.DrawFn) -> tuple[Any, list[str]]:
    count = draw(st.integers(2, 8))
    right = draw(st.lists(st.booleans(), min_size=count, max_size=count).filter(any))
    options = [{"id": f"o{n}", "text": f"Option {n}", "right": right[n]} for n in range(count)]
    chosen = draw(st.lists(st.sampled_from([f"o{n}" for n in range(count)]), min_size=1, unique=True))
    return item(CHOICES, options=options), chosen


@given(_items_and_choices())
def test_a_mark_lies_between_nothing_and_the_whole(drawn: tuple[Any, list[str]]) -> None:
    several, chosen = drawn
    given_mark = mark(several, parse_response(several, {"answer": chosen}))
    assert 0 <= given_mark.score <= 1
    assert given_mark.right == (given_mark.score == 1)


@given(_items_and_choices(), st.randoms())
def test_the_order_of_what_is_chosen_never_changes_the_mark(drawn: tuple[Any, list[str]], random: Any) -> None:
    several, chosen = drawn
    shuffled = random.sample(chosen, len(chosen))
    assert mark(several, parse_response(several, {"answer": chosen})) == mark(
        several, parse_response(several, {"answer": shuffled})
    )
    assert mark(several, Response(tuple(chosen))) == mark(several, Response(tuple(shuffled)))


@given(_items_and_choices())
def test_ticking_everything_is_never_the_whole_mark_unless_all_is_right(drawn: tuple[Any, list[str]]) -> None:
    several, _ = drawn
    everything = mark(several, Response(tuple(option.id for option in several.options)))
    assert everything.right == all(option.right for option in several.options)


@given(st.dictionaries(st.sampled_from(["s1", "s2"]), st.sampled_from(["true", "false", "?"]), min_size=2))
def test_a_series_is_worth_the_share_judged_rightly(judged: dict[str, str]) -> None:
    given_mark = mark(series(), parse_response(series(), {f"answer-{key}": [value] for key, value in judged.items()}))
    assert given_mark.score == ((judged["s1"] == "true") + (judged["s2"] == "false")) / 2


@given(st.text(max_size=200))
def test_what_is_typed_never_enters_a_statement(typed: str) -> None:
    assert mark(text(), Response((typed,))).xapi_response in {"educonnect", "ent", "other"}


def test_the_right_choice_is_worth_one() -> None:
    assert mark(choice(), parse_response(choice(), {"answer": ["a"]})) == Mark(1.0, True, "a", "right")


def test_a_wrong_choice_is_worth_nothing() -> None:
    assert mark(choice(), parse_response(choice(), {"answer": ["c"]})) == Mark(0.0, False, "c", "wrong")


def test_each_wrong_choice_takes_a_right_one_back() -> None:
    assert mark(choices(), Response(("a",))) == Mark(0.5, False, "a", "partly")
    assert mark(choices(), Response(("b", "a"))) == Mark(1.0, True, "a[,]b", "right")
    assert mark(choices(), Response(("a", "b", "c"))) == Mark(0.5, False, "a[,]b[,]c", "partly")
    assert mark(choices(), Response(("a", "c", "d"))) == Mark(0.0, False, "a[,]c[,]d", "wrong")


def test_a_series_is_written_as_pairs() -> None:
    form = {"answer-s1": ["true"], "answer-s2": ["true"]}
    assert mark(series(), parse_response(series(), form)) == Mark(0.5, False, "s1[.]true[,]s2[.]true", "partly")


def test_a_text_is_accepted_whatever_its_case_accents_and_spaces() -> None:
    assert mark(text(), parse_response(text(), {"answer": ["  EDU  connect. "]})) == Mark(
        1.0, True, "educonnect", "right"
    )
    assert mark(text(), parse_response(text(), {"answer": ["l'ent"]})).xapi_response == "ent"
    assert mark(text(), parse_response(text(), {"answer": ["Pronote"]})) == Mark(0.0, False, "other", "wrong")


@pytest.mark.parametrize("sample", [choice(), choices(), series(), text(), situation()])
def test_i_do_not_know_is_always_an_answer(sample: Any) -> None:
    response = parse_response(sample, {"unknown": ["1"], "answer": ["a"]})
    assert response == UNKNOWN
    assert mark(sample, response) == Mark(0.0, False, "", "unknown")
    assert feedback_for(sample, mark(sample, response)) == ("Un ENT est un site.",)


def test_i_do_not_know_may_be_one_of_the_choices() -> None:
    assert parse_response(choice(), {"answer": ["?"]}) == UNKNOWN
    assert parse_response(choices(), {"answer": ["a", "?"]}) == UNKNOWN
    assert parse_response(series(), {"answer-s1": ["?"], "answer-s2": ["?"]}) == UNKNOWN
    assert parse_response(series(), {"answer-s1": ["?"], "answer-s2": ["false"]}) == Response(("s2=false",))


@pytest.mark.parametrize(
    ("sample", "form"),
    [
        (choice(), {}),
        (choice(), {"answer": []}),
        (choice(), {"answer": [""]}),
        (series(), {"answer-s1": ["true"]}),
        (text(), {"answer": ["   "]}),
        (text(), {"answer": ["?!"]}),
        (situation(), {"answer": ["a"]}),
    ],
)
def test_an_empty_form_is_no_answer(sample: Any, form: dict[str, list[str]]) -> None:
    with pytest.raises(NothingChosen) as caught:
        parse_response(sample, form)
    assert (caught.value.code, caught.value.status) == ("nothing-chosen", 400)


@pytest.mark.parametrize(
    ("sample", "form"),
    [
        (choice(), {"answer": ["z"]}),
        (choice(), {"answer": ["a", "b"]}),
        (choices(), {"answer": ["a", "z"]}),
        (series(), {"answer-s1": ["yes"], "answer-s2": ["true"]}),
        (series(), {"answer-s1": ["true", "false"], "answer-s2": ["true"]}),
    ],
)
def test_an_answer_that_is_not_offered_is_refused(sample: Any, form: dict[str, list[str]]) -> None:
    with pytest.raises(UnknownOption) as caught:
        parse_response(sample, form)
    assert caught.value.code == "unknown-option"


def test_a_text_is_read_up_to_two_hundred_characters() -> None:
    assert parse_response(text(), {"answer": ["x" * 200]}).values == ("x" * 200,)
    with pytest.raises(ResponseTooLong) as caught:
        parse_response(text(), {"answer": ["x" * 201]})
    assert caught.value.code == "too-long"


def _sent(motif: str = "malade", choisi: str = "sante", certifie: bool = True) -> SituationState:
    sample = situation()
    fields = {"f-motif": motif, "f-choisi": choisi} | ({"f-certifie": "on"} if certifie else {})
    return act(sample, act(sample, start(sample), "absences", {}), "envoyer", fields)


def test_a_situation_at_its_goal_is_worth_one() -> None:
    assert mark_situation(situation(), _sent()) == Mark(1.0, True, "ouvrir[.]done[,]envoyer[.]done", "right")


def test_a_situation_short_of_its_goal_is_worth_the_steps_done() -> None:
    sample = situation()
    opened = act(sample, start(sample), "absences", {})
    assert mark_situation(sample, opened) == Mark(0.25, False, "ouvrir[.]done[,]envoyer[.]not-done", "partly")
    assert mark_situation(sample, start(sample)).outcome == "wrong"


def test_all_the_steps_without_the_goal_are_not_the_whole_mark() -> None:
    given_mark = mark_situation(situation(), _sent(certifie=False))
    assert given_mark.score == 0.75
    assert not given_mark.right


def test_steps_without_shares_count_alike() -> None:
    steps = [{key: value for key, value in step.items() if key != "share"} for step in _steps()]
    sample = situation(steps=steps)
    assert mark_situation(sample, act(sample, start(sample), "absences", {})).score == 0.5


def _steps() -> list[dict[str, Any]]:
    return [step.model_dump() for step in situation().steps]


def test_a_situation_without_steps_is_all_or_nothing() -> None:
    sample = situation(steps=[])
    assert mark_situation(sample, _sent()) == Mark(1.0, True, "goal[.]done", "right")
    assert mark_situation(sample, start(sample)) == Mark(0.0, False, "goal[.]not-done", "wrong")


def test_feedback_is_general_first_then_about_what_was_chosen() -> None:
    wrong = Response(("c",))
    assert feedback_for(choice(), mark(choice(), wrong), wrong) == (
        "Pas tout à fait.",
        "Non, l’école n’est pas une banque.",
    )
    right = Response(("a",))
    assert feedback_for(choice(), mark(choice(), right), right) == ("Oui.", "En effet.")


def test_a_statement_is_explained_where_it_was_misjudged() -> None:
    misjudged, judged = Response(("s1=true", "s2=true")), Response(("s1=false", "s2=false"))
    assert feedback_for(series(), mark(series(), misjudged), misjudged) == ("Pas tout à fait.", "Il est gratuit.")
    assert feedback_for(series(), mark(series(), judged), judged) == ("Pas tout à fait.",)


def test_a_known_mistake_speaks_instead_of_the_general_words() -> None:
    state = _sent(certifie=False)
    given_mark = mark_situation(situation(), state)
    assert feedback_for(situation(), given_mark, state=state) == ("Il fallait cocher la case.",)
    other = _sent(motif="vacances")
    assert feedback_for(situation(), mark_situation(situation(), other), state=other) == ("Pas tout à fait.",)
