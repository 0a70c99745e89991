"""A package's translations: `translations/<language>.yaml` maps the path of each text to its translation.

Each entry keeps a fingerprint of the text that was translated, so that a text that has changed since is shown in
its source language rather than with a translation that no longer says the same.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lti_tool.content.faults import Fault, PackageInvalid, PathInPackage
from lti_tool.content.schema import LanguageTag, Line, Parcours, Prose, WordsArea
from lti_tool.content.shape import fit
from lti_tool.content.source import Dumper, Source, read

FOLDER = "translations"
FINGERPRINT_LENGTH = 12

_PROSE = frozenset(
    {"summary", "intro", "outro", "prompt", "hint", "right", "wrong", "unknown", "feedback", "goal_text", "say"}
)
_LINES = frozenset({"title", "skill", "label", "detail", "placeholder", "text"})
_LISTS = frozenset({"text", "matches"})

Words = str | tuple[str, ...]

_LINE: TypeAdapter[str] = TypeAdapter(Line)
_PARAGRAPHS: TypeAdapter[str] = TypeAdapter(Prose)
_LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageTag)


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text of a package that can be translated.

    `path` names it in a translation file; `location` is where it stands in the data. `words` is a tuple for a list
    of accepted answers: its translation is a list too, accepted beside the source's own.
    """

    path: str
    location: PathInPackage
    words: Words
    is_prose: bool

    @property
    def fingerprint(self) -> str:
        """Changes when the text does."""
        joined = self.words if isinstance(self.words, str) else "\n".join(self.words)
        return hashlib.sha256(joined.encode()).hexdigest()[:FINGERPRINT_LENGTH]


def _key(element: BaseModel, index: int) -> str:
    named = getattr(element, "id", None) or getattr(element, "value", None)
    return named if isinstance(named, str) and named.replace("-", "").replace("_", "").isalnum() else str(index)


def _texts(model: BaseModel, path: str, location: PathInPackage) -> Iterator[SourceText]:
    for name, info in type(model).model_fields.items():
        value, key = getattr(model, name), info.alias or name
        here, there = f"{path}.{key}" if path else key, (*location, key)
        if isinstance(value, BaseModel):
            yield from _texts(value, here, there)
        elif isinstance(value, str) and name in _PROSE | _LINES:
            yield SourceText(here, there, value, name in _PROSE or isinstance(model, WordsArea))
        elif isinstance(value, tuple) and name in _LISTS and all(isinstance(each, str) for each in value):
            yield SourceText(here, there, value, False)
        elif isinstance(value, tuple):
            for index, element in enumerate(value):
                if isinstance(element, BaseModel):
                    yield from _texts(element, f"{here}.{_key(element, index)}", (*there, index))


def source_texts(parcours: Parcours) -> tuple[SourceText, ...]:
    """Every text of a parcours that can be translated, in reading order."""
    return tuple(_texts(parcours, "", ()))


class Entry(BaseModel):
    """A translation: of which text (`source`, its fingerprint), and in which words. Empty while still to be made."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    text: str | tuple[str, ...]
    previous: str | tuple[str, ...] | None = None


_FILE: TypeAdapter[dict[str, Entry]] = TypeAdapter(dict[str, Entry])


@dataclass(frozen=True, slots=True)
class Translation:
    """One language of a package. `usable` maps paths to words; `missing` and `stale` list paths."""

    language: str
    usable: Mapping[str, Words]
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    faults: tuple[Fault, ...] = field(default=())


def _fits(words: Words, text: SourceText, source: Source) -> bool:
    where: PathInPackage = (text.path, "text")
    if isinstance(words, str) != isinstance(text.words, str):
        source.report(where, "type", expected="un texte" if isinstance(text.words, str) else "une liste de textes")
        return False
    adapter = _PARAGRAPHS if text.is_prose else _LINE
    for each in (words,) if isinstance(words, str) else words:
        try:
            adapter.validate_python(each)
        except ValidationError as error:
            kind = error.errors()[0]["type"]
            code = kind if kind in {"html", "image", "unsafe-link"} else "invalid"
            source.report(where, code, detail=error.errors()[0]["msg"])
            return False
    return True


def _weigh(parcours: Parcours, language: str, source: Source, entries: Mapping[str, Entry]) -> Translation:
    usable: dict[str, Words] = {}
    missing: list[str] = []
    stale: list[str] = []
    texts = source_texts(parcours)
    for text in texts:
        entry = entries.get(text.path)
        if entry is None or not entry.text:
            missing.append(text.path)
        elif entry.source != text.fingerprint:
            stale.append(text.path)
            source.report((text.path,), "stale-translation")
        elif _fits(entry.text, text, source):
            usable[text.path] = entry.text
    for path in entries.keys() - {text.path for text in texts}:
        source.report((path,), "orphan-translation")
    if missing:
        source.report((), "missing-translation", count=len(missing))
    return Translation(language, usable, tuple(missing), tuple(stale), tuple(source.faults))


def load_translation(file: Path, parcours: Parcours) -> Translation:
    """Read a translation's file and hold it against the parcours. Never raises for its content: see `faults`."""
    source = read(file)
    entries = None if source.faults else fit(_FILE, source)
    language = file.stem
    try:
        _LANGUAGE.validate_python(language)
    except ValidationError:
        source.report((), "invalid", detail=file.name)
    if language == parcours.language:
        source.report((), "same-language")
    return _weigh(parcours, language, source, entries or {})


def load_translations(folder: Path, parcours: Parcours) -> tuple[Translation, ...]:
    """Every translation of the package in `folder`."""
    return tuple(load_translation(file, parcours) for file in sorted((folder / FOLDER).glob("*.yaml")))


def apply_translation(parcours: Parcours, translation: Translation) -> Parcours:
    """The parcours in the translation's language; a text without a usable translation stays in its source language.

    Accepted answers of both languages are accepted. `language` of the copy is the translation's.
    """
    data: Any = parcours.model_dump(mode="json", by_alias=True, exclude_none=True)
    for text in source_texts(parcours):
        if (words := translation.usable.get(text.path)) is None:
            continue
        holder = data
        for part in text.location[:-1]:
            holder = holder[part]
        holder[text.location[-1]] = words if isinstance(words, str) else [*dict.fromkeys([*text.words, *words])]
    data["language"] = translation.language
    return Parcours.model_validate_json(json.dumps(data))


def _as_yaml(words: Words) -> object:
    return words if isinstance(words, str) else list(words)


def _written(text: SourceText, entry: Entry | None) -> str:
    body: dict[str, object] = {"source": text.fingerprint}
    empty: Words = "" if isinstance(text.words, str) else ()
    if entry is None:
        body["text"] = _as_yaml(empty)
    elif entry.text and entry.source != text.fingerprint:
        body |= {"text": _as_yaml(empty), "previous": _as_yaml(entry.text)}
    else:
        body["text"] = _as_yaml(entry.text)
        if entry.previous and not entry.text:
            body["previous"] = _as_yaml(entry.previous)
    lines = text.words.splitlines() if isinstance(text.words, str) else text.words
    comments = "".join(f"# {line}".rstrip() + "\n" for line in lines)
    return comments + yaml.dump({text.path: body}, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)


def skeleton(parcours: Parcours, existing: Path | None = None) -> str:
    """The text of a translation's file: every text of the parcours, its source as a comment above.

    What `existing` already translates is kept; where the source has changed since, the old words move to
    `previous` and `text` is empty again. Entries without a source any more go.
    Raises `PackageInvalid` when `existing` can't be read, so that nobody's work is written over.
    """
    entries: dict[str, Entry] | None = {}
    if existing is not None and existing.is_file():
        source = read(existing)
        entries = None if source.faults else fit(_FILE, source)
        if entries is None:
            raise PackageInvalid(source.faults)
    return "\n".join(_written(text, (entries or {}).get(text.path)) for text in source_texts(parcours))
