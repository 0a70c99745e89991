"""Definitions held against xAPI 1.0.3 Part Two §2.4.4.1."""

from typing import Any

import pytest
from content_samples import choice, choices, series, situation, text

from lti_tool.content.interaction import definition
from lti_tool.content.marking import Response, mark, mark_situation
from lti_tool.content.situation import act, start

COMPONENTS = {
    "choice": {"choices"},
    "matching": {"source", "target"},
    "performance": {"steps"},
    "fill-in": set(),
}
"""The component lists that the table of that clause allows to each type of interaction."""


@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        (choice(), "choice"),
        (choices(), "choice"),
        (series(), "matching"),
        (text(), "fill-in"),
        (situation(), "performance"),
        (situation(steps=[]), "performance"),
    ],
)
def test_a_definition_has_the_components_of_its_type_and_no_other(sample: Any, kind: str) -> None:
    made = definition(sample, "fr")
    assert made["interactionType"] == kind
    assert made["type"] == "http://adlnet.gov/expapi/activities/cmi.interaction"
    lists = made.keys() & {"choices", "scale", "source", "target", "steps"}
    assert lists == COMPONENTS[kind]
    for name in lists:
        components: Any = made[name]
        ids = [component["id"] for component in components]
        assert len(set(ids)) == len(ids)
        assert all(component.keys() == {"id", "description"} for component in components)
        assert all(set(component["description"]) == {"fr"} for component in components)
        assert not any(set(each) & set("[],. \t") for each in ids)
    pattern: Any = made["correctResponsesPattern"]
    assert pattern
    assert all(isinstance(each, str) and each for each in pattern)


def test_the_question_is_told_in_plain_words() -> None:
    made = definition(choice(), "fr")
    assert made["name"] == {"fr": "Dire à quoi sert un ENT"}
    assert made["description"] == {"fr": "Qu’est-ce qu’un ENT ?"}


def test_several_choices_are_one_pattern() -> None:
    assert definition(choices(), "fr")["correctResponsesPattern"] == ["a[,]b"]


def test_a_series_matches_statements_with_true_and_false() -> None:
    made = definition(series(), "ar")
    assert made["correctResponsesPattern"] == ["s1[.]true[,]s2[.]false"]
    assert made["target"] == [
        {"id": "true", "description": {"ar": "صحيح"}},
        {"id": "false", "description": {"ar": "خطأ"}},
    ]


def test_each_variant_is_a_right_answer_of_its_own() -> None:
    assert definition(text(), "fr")["correctResponsesPattern"] == ["educonnect", "ent"]


def test_the_whole_answer_is_the_one_in_the_pattern() -> None:
    sample = situation()
    sent = {"f-motif": "malade", "f-choisi": "sante", "f-certifie": "on"}
    state = act(sample, act(sample, start(sample), "absences", {}), "envoyer", sent)
    whole = [
        (choice(), mark(choice(), Response(("a",)))),
        (choices(), mark(choices(), Response(("b", "a")))),
        (series(), mark(series(), Response(("s1=true", "s2=false")))),
        (text(), mark(text(), Response(("ent",)))),
        (sample, mark_situation(sample, state)),
    ]
    for item, given in whole:
        pattern: Any = definition(item, "fr")["correctResponsesPattern"]
        assert given.right
        assert given.xapi_response in pattern
