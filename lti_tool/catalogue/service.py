"""Narrowing the list of what may be placed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.content.text import normalise
from lti_tool.lti.deep_linking import Placeable


@dataclass(frozen=True, slots=True)
class Filter:
    """What the teacher looks for: words, a language, a longest duration in minutes."""

    words: str = ""
    language: str = ""
    longest: int | None = None


def matching(entries: Sequence[Placeable], wanted: Filter) -> list[Placeable]:
    """The entries that hold every word, in the language, not longer than asked; in their own order."""
    words = normalise(wanted.words).split()
    return [entry for entry in entries if _matches(entry, words, wanted)]


def _matches(entry: Placeable, words: Sequence[str], wanted: Filter) -> bool:
    text = normalise(f"{entry.title} {entry.summary} {' '.join(entry.competences)}")
    return (
        all(word in text for word in words)
        and (not wanted.language or wanted.language in entry.languages)
        and (wanted.longest is None or entry.duration_minutes <= wanted.longest)
    )
