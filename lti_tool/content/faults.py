"""What can be wrong with a package, in words for its author."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lti_tool.errors import ToolError

Severity = Literal["error", "warning"]
PathInPackage = tuple[str | int, ...]
"""Keys and indices from the root of `parcours.yaml`, the items of other files being in their place."""

MESSAGES = {
    # reading
    "unreadable": "fichier introuvable ou illisible",
    "too-big": "fichier de plus de {limit} octets",
    "not-utf8": "le fichier n’est pas en UTF-8",
    "syntax": "YAML mal formé : {detail}",
    "alias": "les ancres et les alias YAML (& et *) ne sont pas acceptés",
    "tag": "les étiquettes YAML ({tag}) ne sont pas acceptées",
    "duplicate-key": "la clé « {key} » est déjà donnée plus haut",
    "bad-key": "une clé doit être un mot",
    "too-deep": "trop de niveaux imbriqués",
    "empty": "le fichier est vide",
    "outside-package": "le chemin doit rester dans le dossier du paquet : {path}",
    "no-package": "aucun fichier parcours.yaml dans ce dossier",
    # shape
    "missing": "champ obligatoire absent",
    "unknown-field": "champ inconnu",
    "type": "{expected} attendu (mettez un texte entre guillemets s’il ressemble à un nombre)",
    "one-of": "valeur inconnue ; sont possibles : {expected}",
    "condition": "condition inconnue ; sont possibles : variable + equals, variable + matches, screen, all, any, not",
    "pattern": "n’a pas la forme attendue ({pattern})",
    "too-short": "il en faut au moins {limit}",
    "too-long": "il en faut au plus {limit}",
    "range": "doit être {relation} {limit}",
    "html": "le HTML n’est pas accepté ; utilisez la syntaxe CommonMark",
    "image": "les images ne sont pas acceptées",
    "unsafe-link": "seuls les liens http, https, mailto ou relatifs sont acceptés",
    "invalid": "valeur refusée : {detail}",
    # meaning
    "id-not-folder": "l’identifiant « {id} » doit être le nom du dossier (« {folder} »)",
    "unknown-competence": "la compétence « {competence} » n’existe pas dans le cadre de référence",
    "competence-unused": "aucun item ne travaille la compétence « {competence} »",
    "duplicate-id": "l’identifiant « {id} » est déjà pris",
    "duplicate-package": "un autre paquet porte déjà l’identifiant « {id} »",
    "no-right-option": "aucune réponse n’est juste",
    "several-right-options": "plusieurs réponses sont justes ; utilisez kind: choices",
    "all-right": "toutes les réponses sont justes",
    "same-text": "ce texte est déjà celui de « {other} »",
    "all-alike": "toutes les affirmations ont la même réponse",
    "variants-collide": "« {text} » est déjà accepté par la variante « {other} »",
    "nothing-left": "il ne reste rien de ce texte une fois la ponctuation retirée",
    "unknown-screen": "l’écran « {screen} » n’existe pas",
    "unknown-variable": "la variable « {variable} » n’est pas déclarée dans variables",
    "wrong-type": "la variable « {variable} » ne contient que des valeurs de type {expected}",
    "does-nothing": "cet élément n’a ni go, ni set, ni say",
    "not-a-choice": "« {value} » n’est jamais une valeur de « {variable} »",
    "too-few-screens": "une situation compte au moins 2 écrans reliés entre eux",
    "too-few-areas": "une situation compte au moins 4 éléments qui agissent ; il y en a {count}",
    "goal-at-start": "le but est déjà atteint au départ",
    "goal-in-one-action": "le but est atteint en une seule action (« {area} »)",
    "goal-unreachable": "le but ne peut pas être atteint",
    "screen-unreachable": "on ne peut jamais arriver à cet écran",
    "area-never-shown": "cet élément n’est jamais affiché",
    "too-many-states": "plus de {limit} états : la situation est trop grande pour être vérifiée",
    "shares": "les parts doivent être toutes absentes, ou toutes données avec une somme de 1",
    "step-not-in-goal": "le but peut être atteint sans que cette étape soit faite",
    "step-at-start": "cette étape est déjà faite au départ",
    # translations
    "orphan-translation": "aucun texte du parcours ne correspond",
    "stale-translation": "le texte d’origine a changé depuis cette traduction",
    "missing-translation": "{count} textes ne sont pas traduits",
    "same-language": "la langue de cette traduction est celle du parcours",
}
WARNINGS = frozenset(
    {
        "competence-unused",
        "all-alike",
        "area-never-shown",
        "orphan-translation",
        "stale-translation",
        "missing-translation",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, and where. `line` counts from 1; 0 when the fault is the whole file's."""

    file: str
    line: int
    field: str
    code: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.field, self.message) if part)


class PackageInvalid(ToolError):
    """Packages can't be used as they are; `faults` names every one, with its file, line and field."""

    code = "package-invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def fault(file: Path, line: int, where: str, code: str, **details: object) -> Fault:
    """A fault in the words of `MESSAGES`; `details` fill their blanks."""
    severity: Severity = "warning" if code in WARNINGS else "error"
    return Fault(str(file), line, where, code, MESSAGES[code].format(**details), severity)


def errors_only(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The faults that make a package unusable."""
    return tuple(each for each in faults if each.severity == "error")
