"""Packages to test with: each a small dict or a YAML text that is right, to be spoilt in one place."""

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from lti_tool.content.check import Checked, check_package
from lti_tool.content.schema import ChoiceItem, ChoicesItem, Item, SeriesItem, SituationItem, TextItem

CODES = frozenset({"1.1", "1.2", "2.1", "5.2"})

COMMON: dict[str, Any] = {
    "competences": ["5.2"],
    "level": 1,
    "skill": "Dire à quoi sert un ENT",
    "prompt": "Qu’est-ce qu’un **ENT** ?",
    "feedback": {"right": "Oui.", "wrong": "Pas tout à fait.", "unknown": "Un ENT est un site."},
}
CHOICE = {
    **COMMON,
    "id": "un-choix",
    "kind": "choice",
    "options": [
        {"id": "a", "text": "Un site de l’école", "right": True, "feedback": "En effet."},
        {"id": "b", "text": "Un jeu"},
        {"id": "c", "text": "Une banque", "feedback": "Non, l’école n’est pas une banque."},
    ],
}
CHOICES = {
    **COMMON,
    "id": "des-choix",
    "kind": "choices",
    "options": [
        {"id": "a", "text": "Les notes", "right": True},
        {"id": "b", "text": "Les devoirs", "right": True},
        {"id": "c", "text": "La météo"},
        {"id": "d", "text": "Le tiercé"},
    ],
}
SERIES = {
    **COMMON,
    "id": "une-serie",
    "kind": "series",
    "statements": [
        {"id": "s1", "text": "Un ENT est gratuit.", "correct": True},
        {"id": "s2", "text": "Un ENT se paie.", "correct": False, "feedback": "Il est gratuit."},
    ],
}
TEXT = {
    **COMMON,
    "id": "un-texte",
    "kind": "text",
    "variants": [
        {"id": "educonnect", "text": ["ÉduConnect", "edu connect"]},
        {"id": "ent", "text": ["L’ENT", "ENT"]},
    ],
}
SITUATION = {
    **COMMON,
    "id": "justifier",
    "kind": "situation",
    "goal_text": "Justifiez l’absence de mardi.",
    "start": "accueil",
    "variables": {"ouvert": False, "motif": "", "choisi": "", "certifie": False, "envoye": False},
    "screens": [
        {
            "id": "accueil",
            "frame": "ent",
            "title": "ENT du collège",
            "areas": [
                {"id": "t", "type": "heading", "text": "Bienvenue"},
                {"id": "absences", "type": "tile", "text": "Absences", "go": "absences", "set": {"ouvert": True}},
                {"id": "notes", "type": "tile", "text": "Notes", "say": "Les notes ne servent pas ici."},
            ],
        },
        {
            "id": "absences",
            "frame": "form",
            "title": "Absences",
            "areas": [
                {"id": "f-motif", "type": "field", "label": "Motif", "variable": "motif"},
                {
                    "id": "f-choisi",
                    "type": "select",
                    "label": "Genre",
                    "variable": "choisi",
                    "options": [{"value": "sante", "text": "Santé"}, {"value": "autre", "text": "Autre"}],
                },
                {"id": "f-certifie", "type": "checkbox", "label": "Je certifie", "variable": "certifie"},
                {"id": "envoyer", "type": "button", "text": "Envoyer", "set": {"envoye": True}, "say": "Envoyé."},
                {
                    "id": "effacer",
                    "type": "link",
                    "text": "Annuler l’envoi",
                    "set": {"envoye": False},
                    "when": {"variable": "envoye", "equals": True},
                },
                {"id": "retour", "type": "back", "text": "Retour", "go": "accueil"},
            ],
        },
    ],
    "goal": {
        "all": [
            {"variable": "envoye", "equals": True},
            {"variable": "motif", "matches": ["malade", "Maladie"]},
            {"variable": "choisi", "equals": "sante"},
            {"variable": "certifie", "equals": True},
            {"variable": "ouvert", "equals": True},
        ]
    },
    "steps": [
        {"id": "ouvrir", "text": "Ouvrir les absences", "when": {"variable": "ouvert", "equals": True}, "share": 0.25},
        {"id": "envoyer", "text": "Envoyer", "when": {"variable": "envoye", "equals": True}, "share": 0.75},
    ],
    "mistakes": [
        {
            "when": {
                "all": [{"variable": "envoye", "equals": True}, {"not": {"variable": "certifie", "equals": True}}]
            },
            "feedback": "Il fallait cocher la case.",
        }
    ],
}
PARCOURS: dict[str, Any] = {
    "format": 1,
    "id": "essai",
    "version": "1.0.0",
    "licence": "CC-BY-4.0",
    "published": "2026-11-24",
    "language": "fr",
    "audience": "parent",
    "title": "Un essai",
    "summary": "Pour *essayer*.",
    "competences": ["5.2"],
    "duration_minutes": 5,
    "pass_mark": 0.6,
    "intro": "Bonjour.",
    "outro": "Au revoir.",
    "items": [CHOICE, CHOICES, SERIES, TEXT, SITUATION],
}

_ITEM: TypeAdapter[Any] = TypeAdapter(Item)


def unshared(data: Any) -> Any:
    """A copy no two parts of which are one object, so that YAML is written without anchors."""
    return json.loads(json.dumps(data))


def parcours(**changes: Any) -> dict[str, Any]:
    """A copy of the sample parcours, with changes."""
    return unshared({**PARCOURS, **changes})


def item(data: dict[str, Any], **changes: Any) -> Any:
    """A sample item as a model, with changes."""
    return _ITEM.validate_json(json.dumps({**data, **changes}))


def choice() -> ChoiceItem:
    return item(CHOICE)


def choices() -> ChoicesItem:
    return item(CHOICES)


def series() -> SeriesItem:
    return item(SERIES)


def text() -> TextItem:
    return item(TEXT)


def situation(**changes: Any) -> SituationItem:
    return item(SITUATION, **changes)


def write(folder: Path, content: dict[str, Any] | str) -> Path:
    """Write a package under `folder` and give its folder."""
    package = folder / "essai"
    package.mkdir(exist_ok=True)
    written = (
        content if isinstance(content, str) else yaml.safe_dump(unshared(content), allow_unicode=True, sort_keys=False)
    )
    (package / "parcours.yaml").write_text(written, encoding="utf-8")
    return package


def checked(folder: Path, content: dict[str, Any] | str) -> Checked:
    """Write a package and check it."""
    return check_package(write(folder, content), CODES)


def codes(found: Checked) -> set[str]:
    """The codes of what was found."""
    return {fault.code for fault in found.faults}
