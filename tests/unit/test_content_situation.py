import json
from typing import Any

import pytest
from content_samples import situation
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.content import situation as play
from lti_tool.content.situation import ActionInvalid, StateInvalid

ITEM = situation()
AREAS = [area.id for screen in ITEM.screens for area in screen.areas]
SENT = {"f-motif": "Malade", "f-choisi": "sante", "f-certifie": "on"}


def _at_absences() -> play.SituationState:
    return play.act(ITEM, play.start(ITEM), "absences", {})


def test_a_situation_starts_as_its_author_says() -> None:
    state = play.start(ITEM)
    assert (state.screen, state.clicks, state.history, state.said) == ("accueil", 0, (), None)
    assert state.variables == ITEM.variables
    assert not play.reached(ITEM, state)


def test_an_action_shows_a_screen_and_sets_variables() -> None:
    state = _at_absences()
    assert (state.screen, state.clicks) == ("absences", 1)
    assert state.variables["ouvert"] is True


def test_an_action_may_only_say_something() -> None:
    state = play.act(ITEM, play.start(ITEM), "notes", {})
    assert (state.screen, state.said) == ("accueil", "Les notes ne servent pas ici.")
    assert play.act(ITEM, state, "absences", {}).said is None


def test_fields_are_stored_with_the_action_and_the_goal_is_reached() -> None:
    state = play.act(ITEM, _at_absences(), "envoyer", SENT)
    assert state.variables["motif"] == "Malade"
    assert play.reached(ITEM, state)


def test_fields_can_be_stored_without_acting() -> None:
    state = play.fill(ITEM, _at_absences(), SENT)
    assert (state.variables["motif"], state.variables["certifie"], state.clicks) == ("Malade", True, 1)


def test_a_box_that_is_not_sent_is_not_ticked() -> None:
    ticked = play.act(ITEM, _at_absences(), "envoyer", SENT)
    assert play.act(ITEM, ticked, "envoyer", {}).variables["certifie"] is False
    assert play.act(ITEM, ticked, "envoyer", {}).variables["motif"] == "Malade"


def test_an_area_shows_only_when_its_condition_is_true() -> None:
    before = {area.id for area in play.visible_areas(ITEM, _at_absences())}
    after = {area.id for area in play.visible_areas(ITEM, play.act(ITEM, _at_absences(), "envoyer", {}))}
    assert after - before == {"effacer"}


@pytest.mark.parametrize("area", ["effacer", "absences", "f-motif", "rien", ""])
def test_what_is_hidden_elsewhere_or_does_not_act_can_not_be_pressed(area: str) -> None:
    with pytest.raises(ActionInvalid) as caught:
        play.act(ITEM, _at_absences(), area, {})
    assert (caught.value.code, caught.value.status) == ("action-invalid", 400)


@pytest.mark.parametrize("fields", [{"f-choisi": "autre chose"}, {"f-motif": "x" * 201}])
def test_a_field_holds_only_what_it_can(fields: dict[str, str]) -> None:
    with pytest.raises(ActionInvalid):
        play.act(ITEM, _at_absences(), "envoyer", fields)


def test_what_is_typed_is_kept_on_one_line_without_control_characters() -> None:
    state = play.fill(ITEM, _at_absences(), {"f-motif": " ma\x00la\nde \t"})
    assert state.variables["motif"] == "ma la de"


def test_fields_of_another_screen_are_ignored() -> None:
    assert play.act(ITEM, play.start(ITEM), "absences", {"f-motif": "x"}).variables["motif"] == ""


def test_taking_back_gives_the_state_before() -> None:
    sent = play.act(ITEM, _at_absences(), "envoyer", SENT)
    back = play.undo(ITEM, sent)
    assert (back.screen, back.variables, back.clicks) == ("absences", _at_absences().variables, 2)
    first = play.undo(ITEM, back)
    assert (first.screen, first.variables) == ("accueil", ITEM.variables)
    assert play.undo(ITEM, first) == first


def test_only_the_last_fifty_actions_can_be_taken_back() -> None:
    state = play.start(ITEM)
    for _ in range(80):
        state = play.act(ITEM, state, "notes", {})
    assert (len(state.history), state.clicks) == (play.HISTORY_LIMIT, 80)


@given(st.lists(st.sampled_from([*AREAS, "undo"]), max_size=25), st.sampled_from([SENT, {}, {"f-motif": "x"}]))
def test_any_play_can_be_kept_and_found_again(actions: list[str], fields: dict[str, str]) -> None:
    state = play.start(ITEM)
    for action in actions:
        if action == "undo":
            state = play.undo(ITEM, state)
        elif action in {area.id for area in play.visible_areas(ITEM, state)}:
            try:
                state = play.act(ITEM, state, action, fields)
            except ActionInvalid:
                continue
        assert state.variables.keys() == ITEM.variables.keys()
        assert all(type(value) is type(ITEM.variables[name]) for name, value in state.variables.items())
    assert play.from_json(ITEM, play.to_json(state)) == state


@given(st.lists(st.sampled_from(AREAS), max_size=20))
def test_taking_everything_back_leads_to_the_start(actions: list[str]) -> None:
    state = play.start(ITEM)
    for action in actions:
        try:
            state = play.act(ITEM, state, action, SENT)
        except ActionInvalid:
            continue
    while state.history:
        state = play.undo(ITEM, state)
    assert (state.screen, state.variables) == ("accueil", ITEM.variables)


def _kept(**changes: Any) -> str:
    return json.dumps({**json.loads(play.to_json(_at_absences())), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        _kept(screen="ailleurs"),
        _kept(variables={}),
        _kept(variables={**ITEM.variables, "ouvert": 1}),
        _kept(variables={**ITEM.variables, "autre": True}),
        _kept(clicks=-1),
        _kept(clicks="1"),
        _kept(history=[{"screen": "ailleurs", "variables": ITEM.variables}]),
        _kept(history=[{"screen": "accueil", "variables": ITEM.variables}] * 51),
        _kept(extra=1),
    ],
)
def test_a_kept_state_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(StateInvalid):
        play.from_json(ITEM, text)


def test_a_kept_message_that_the_situation_does_not_say_is_dropped() -> None:
    assert play.from_json(ITEM, _kept(said="<b>x</b>")).said is None
    assert play.from_json(ITEM, _kept(said="Envoyé.")).said == "Envoyé."


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"variable": "a", "equals": 1}, True),
        ({"variable": "a", "equals": True}, False),
        ({"variable": "zz", "equals": 1}, False),
        ({"variable": "t", "matches": ["L'école"]}, True),
        ({"variable": "a", "matches": ["1"]}, False),
        ({"screen": "accueil"}, True),
        ({"not": {"screen": "accueil"}}, False),
        ({"all": [{"screen": "accueil"}, {"variable": "a", "equals": 2}]}, False),
        ({"any": [{"screen": "accueil"}, {"variable": "a", "equals": 2}]}, True),
    ],
)
def test_a_condition_is_true_of_a_screen_and_of_variables(condition: dict[str, Any], expected: bool) -> None:
    goal = situation(goal=condition).goal
    assert play.holds(goal, "accueil", {"a": 1, "t": "l’ECOLE."}) is expected
