"""What a person began and finished, read from their statements. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xapi.vocabulary import Extension, Verb

VERBS = (Verb.INITIALIZED, Verb.PROGRESSED, Verb.COMPLETED, Verb.PASSED, Verb.FAILED)
"""The verbs that tell a history."""

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One go at an activity: `progress` in whole per cent, `scaled` in -1..1, `passed` None where no mark was set."""

    began: datetime
    last: datetime
    progress: int = 0
    finished: datetime | None = None
    scaled: float | None = None
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """An activity of a person: the go under way and the last one finished; at least one of the two."""

    iri: str
    kind: str
    target: str
    name: Mapping[str, str]
    under_way: Attempt | None
    finished: Attempt | None

    def name_in(self, language: str) -> str:
        """The activity's name, in this language if it has one, else in any."""
        return self.name.get(language) or next(iter(self.name.values()), self.target)

    @property
    def last(self) -> datetime:
        """When something happened in it last."""
        return max(attempt.last for attempt in (self.under_way, self.finished) if attempt is not None)


def read_stories(statements: Iterable[Statement], *, base_iri: str) -> list[Story]:
    """The activities `<base_iri>/<kind>/<target>` that the statements tell of, the latest first.

    The statements are of one person, in any order; those about anything else are passed over.
    """
    attempts: dict[str, dict[str, Attempt]] = {}
    names: dict[str, dict[str, str]] = {}
    for statement in sorted(statements, key=_moment):
        iri = str(statement["object"].get("id", ""))
        if split_iri(iri, base_iri) is None or statement["verb"]["id"] not in VERBS:
            continue
        names.setdefault(iri, {}).update(statement["object"].get("definition", {}).get("name", {}))
        goes = attempts.setdefault(iri, {})
        registration = str(statement.get("context", {}).get("registration", ""))
        goes[registration] = _advance(goes.get(registration), statement)
    stories = [_story(iri, base_iri, names[iri], list(goes.values())) for iri, goes in attempts.items()]
    return sorted(stories, key=lambda story: story.last, reverse=True)


def split_iri(iri: str, base_iri: str) -> tuple[str, str] | None:
    """The kind and the id of one of our activities, or None."""
    if not iri.startswith(base_iri + "/"):
        return None
    parts = iri.removeprefix(base_iri + "/").split("/")
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


def _moment(statement: Statement) -> datetime:
    return datetime.fromisoformat(str(statement["timestamp"]).replace("Z", "+00:00"))


def _advance(attempt: Attempt | None, statement: Statement) -> Attempt:
    at, result, verb = _moment(statement), statement.get("result", {}), statement["verb"]["id"]
    before = attempt or Attempt(began=at, last=at)
    progress = result.get("extensions", {}).get(Extension.PROGRESS.value, before.progress)
    passed = {Verb.PASSED.value: True, Verb.FAILED.value: False}.get(verb, before.passed)
    return Attempt(
        began=before.began,
        last=at,
        progress=100 if verb == Verb.COMPLETED else int(progress),
        finished=before.finished or (at if verb in {Verb.COMPLETED, Verb.PASSED, Verb.FAILED} else None),
        scaled=result.get("score", {}).get("scaled", before.scaled),
        passed=passed,
    )


def _story(iri: str, base_iri: str, name: Mapping[str, str], attempts: list[Attempt]) -> Story:
    kind, target = split_iri(iri, base_iri) or ("", "")
    finished = [attempt for attempt in attempts if attempt.finished]
    latest = max(attempts, key=lambda attempt: attempt.began)
    return Story(
        iri=iri,
        kind=kind,
        target=target,
        name=name,
        under_way=None if latest.finished else latest,
        finished=max(finished, key=lambda attempt: attempt.last) if finished else None,
    )
