"""Items as xAPI interaction activities, so that another system can read what was asked and what counts as right.

Spec: xAPI 1.0.3 Part Two §2.4.4.1 « Interaction Activities », and its Appendix C for the examples.
"""

from lti_tool.content.marking import DONE, FALSE, GOAL_STEP, TRUE
from lti_tool.content.schema import ChoiceItem, ChoicesItem, Item, SeriesItem, SituationItem, TextItem
from lti_tool.content.text import plain

INTERACTION_TYPE = "http://adlnet.gov/expapi/activities/cmi.interaction"
DESCRIPTION_LIMIT = 500
"""Longest description of a question, in characters; a statement is no place for whole texts."""

_TRUE_FALSE = {"fr": ("Vrai", "Faux"), "en": ("True", "False"), "ar": ("صحيح", "خطأ")}

Component = dict[str, object]


def _component(component_id: str, text: str, language: str) -> Component:
    return {"id": component_id, "description": {language: plain(text, DESCRIPTION_LIMIT)}}


def _choice(item: ChoiceItem | ChoicesItem, language: str) -> dict[str, object]:
    return {
        "interactionType": "choice",
        "correctResponsesPattern": ["[,]".join(option.id for option in item.options if option.right)],
        "choices": [_component(option.id, option.text, language) for option in item.options],
    }


def _matching(item: SeriesItem, language: str) -> dict[str, object]:
    true_word, false_word = _TRUE_FALSE.get(language.split("-")[0], _TRUE_FALSE["en"])
    pairs = [f"{each.id}[.]{TRUE if each.correct else FALSE}" for each in item.statements]
    return {
        "interactionType": "matching",
        "correctResponsesPattern": ["[,]".join(pairs)],
        "source": [_component(each.id, each.text, language) for each in item.statements],
        "target": [_component(TRUE, true_word, language), _component(FALSE, false_word, language)],
    }


def _fill_in(item: TextItem) -> dict[str, object]:
    return {"interactionType": "fill-in", "correctResponsesPattern": [variant.id for variant in item.variants]}


def _performance(item: SituationItem, language: str) -> dict[str, object]:
    steps = [(step.id, step.text) for step in item.steps] or [(GOAL_STEP, item.goal_text)]
    return {
        "interactionType": "performance",
        "correctResponsesPattern": ["[,]".join(f"{step_id}[.]{DONE}" for step_id, _ in steps)],
        "steps": [_component(step_id, text, language) for step_id, text in steps],
    }


def definition(item: Item, language: str) -> dict[str, object]:
    """The activity definition of an item, with its texts under `language` (BCP 47).

    One or several choices: `choice`. A series: `matching` of statements with true and false. A short text:
    `fill-in`, whose pattern and response name variants by their ids, so that what a parent typed never leaves the
    tool. A situation: `performance`, each step `done` or `not-done`; without steps, the goal is the one step.
    """
    match item:
        case ChoiceItem() | ChoicesItem():
            interaction = _choice(item, language)
        case SeriesItem():
            interaction = _matching(item, language)
        case TextItem():
            interaction = _fill_in(item)
        case SituationItem():
            interaction = _performance(item, language)
    return {
        "type": INTERACTION_TYPE,
        "name": {language: item.skill},
        "description": {language: plain(item.prompt, DESCRIPTION_LIMIT)},
        **interaction,
    }
