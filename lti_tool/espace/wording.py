"""Statements in words, to the person whom they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from xapi.vocabulary import Verb

_DID: Mapping[str, LazyString] = {
    Verb.LAUNCHED: _("Vous avez ouvert"),
    Verb.INITIALIZED: _("Vous avez commencé"),
    Verb.ANSWERED: _("Vous avez répondu à"),
    Verb.PROGRESSED: _("Vous avez avancé dans"),
    Verb.COMPLETED: _("Vous avez terminé"),
    Verb.PASSED: _("Vous avez réussi"),
    Verb.FAILED: _("Vous avez terminé, avec des points à revoir,"),
    Verb.EXPERIENCED: _("Vous avez consulté"),
    Verb.REGISTERED: _("Vous vous êtes inscrit à"),
    Verb.ATTENDED: _("Vous avez participé à"),
    Verb.EARNED: _("Vous avez reçu"),
}
_ELSE = _("Une action a été notée :")


@dataclass(frozen=True, slots=True)
class Line:
    """One statement as it is shown: when, what was done, to what."""

    at: datetime
    did: LazyString
    what: str


def line(statement: Mapping[str, Any], language: str) -> Line:
    """A statement in words; the object by its name or its question, else by the end of its IRI."""
    target = statement["object"]
    definition = target.get("definition", {})
    texts = definition.get("name") or definition.get("description") or {}
    what = texts.get(language) or next(iter(texts.values()), "") or str(target.get("id", "")).rpartition("/")[2]
    at = datetime.fromisoformat(str(statement["timestamp"]).replace("Z", "+00:00"))
    return Line(at=at, did=_DID.get(statement["verb"]["id"], _ELSE), what=what)
