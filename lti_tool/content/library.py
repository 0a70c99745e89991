"""The packages that the tool holds, read once at start-up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lti_tool.content.check import PARCOURS_FILE, Checked, check_package
from lti_tool.content.faults import Fault, PackageInvalid, errors_only, fault
from lti_tool.content.frameworks import Framework, crcn, packages_folder
from lti_tool.content.schema import Parcours
from lti_tool.content.translations import Translation, apply_translation, load_translations
from lti_tool.errors import NotFound


class ParcoursUnknown(NotFound):
    """No package has this id."""

    code = "parcours-unknown"


def shipped_parcours_folder() -> Path:
    """The folder of the parcours that ship with the tool."""
    return packages_folder() / "parcours"


def packages_in(folder: Path) -> tuple[Path, ...]:
    """The packages in a folder, or the folder itself when it is one. Other folders in it are left alone."""
    if (folder / PARCOURS_FILE).is_file():
        return (folder,)
    return tuple(sorted(file.parent for file in folder.glob(f"*/{PARCOURS_FILE}")))


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """A package with its translations, and all that is wrong with either."""

    checked: Checked
    translations: tuple[Translation, ...]
    faults: tuple[Fault, ...]


def check_whole(folder: Path, framework: Framework | None = None) -> CheckedPackage:
    """Check a package and its translations."""
    checked = check_package(folder, (framework or crcn()).codes)
    translations = load_translations(folder, checked.parcours) if checked.parcours else ()
    faults = (*checked.faults, *(each for translation in translations for each in translation.faults))
    return CheckedPackage(checked, translations, faults)


@dataclass(frozen=True, slots=True)
class _Held:
    parcours: Parcours
    translations: dict[str, Translation]


@dataclass(frozen=True, slots=True)
class Library:
    """The parcours by their ids. Reading is done in `load`; nothing here touches a disk afterwards."""

    framework: Framework
    _held: dict[str, _Held] = field(default_factory=dict)
    _localised: dict[tuple[str, str], Parcours] = field(default_factory=dict)

    @classmethod
    def load(cls, folders: Sequence[Path]) -> "Library":
        """Read every package in `folders` (usually `shipped_parcours_folder()` and the operator's own).

        Raises `PackageInvalid` with every error of every package; warnings do not hold a start-up up.
        """
        library = cls(crcn())
        faults: list[Fault] = []
        for folder in folders:
            if not folder.is_dir():
                faults.append(fault(folder, 0, "", "unreadable"))
            for package in packages_in(folder):
                whole = check_whole(package)
                faults.extend(errors_only(whole.faults))
                parcours = whole.checked.parcours
                if parcours is None:
                    continue
                if parcours.id in library._held:
                    faults.append(fault(package / PARCOURS_FILE, 0, "id", "duplicate-package", id=parcours.id))
                library._held[parcours.id] = _Held(parcours, {each.language: each for each in whole.translations})
        if faults:
            raise PackageInvalid(faults)
        return library

    def parcours(self, parcours_id: str) -> Parcours:
        """The parcours of that id, in its source language. Raises `ParcoursUnknown`."""
        if (held := self._held.get(parcours_id)) is None:
            raise ParcoursUnknown(parcours_id[:64])
        return held.parcours

    def all_parcours(self) -> tuple[Parcours, ...]:
        """Every parcours, by title."""
        return tuple(sorted((held.parcours for held in self._held.values()), key=lambda each: (each.title, each.id)))

    def competence_title(self, code: str, language: str) -> str:
        """Title of a competence, in French where the framework has no other. `KeyError` for an unknown code."""
        return self.framework.title_of(code, language)

    def languages(self, parcours_id: str) -> tuple[str, ...]:
        """The languages in which a parcours can be read, its source language first."""
        parcours = self.parcours(parcours_id)
        return (parcours.language, *sorted(self._held[parcours_id].translations))

    def localised(self, parcours: Parcours, language: str) -> Parcours:
        """The parcours in a language: its own `language` says which it came to.

        Text by text, what has no current translation stays in the source language; so does the whole parcours when
        the language is not there (`en-GB` finds `en`). Made once and kept.
        """
        held = self._held.get(parcours.id)
        if held is None:
            return parcours
        translation = held.translations.get(language) or held.translations.get(language.split("-")[0])
        if translation is None:
            return held.parcours
        key = (parcours.id, translation.language)
        if key not in self._localised:
            self._localised[key] = apply_translation(held.parcours, translation)
        return self._localised[key]
