"""The reference framework of competences that packages and statements name by code."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

import content_packages
from lti_tool.content.faults import PackageInvalid
from lti_tool.content.schema import CompetenceCode, LanguageTag, Line, Slug
from lti_tool.content.shape import fit
from lti_tool.content.source import read

Titles = dict[LanguageTag, Line]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CompetenceArea(_Model):
    """One of the framework's areas; its code begins those of its competences."""

    code: Annotated[str, Field(pattern=r"^[1-9]$")]
    title: Titles


class Competence(_Model):
    """A competence, with the DigComp competences that it seems to cover."""

    code: CompetenceCode
    title: Titles
    digcomp: tuple[CompetenceCode, ...]


class Framework(_Model):
    """A framework of competences on a scale of `levels`. `digcomp_status` says how far its mapping can be relied on."""

    id: Slug
    language: LanguageTag
    title: Titles
    levels: Annotated[int, Field(ge=1, le=20)]
    digcomp_status: Literal["ours-to-be-checked", "checked"]
    areas: tuple[CompetenceArea, ...]
    competences: tuple[Competence, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all its competences."""
        return frozenset(competence.code for competence in self.competences)

    def title_of(self, code: str, language: str) -> str:
        """Title of a competence, in the framework's own language where it has no other. `KeyError` when unknown."""
        titles = next((each.title for each in self.competences if each.code == code), None)
        if titles is None:
            raise KeyError(code)
        return titles.get(language) or titles.get(language.split("-")[0]) or titles[self.language]


def packages_folder() -> Path:
    """The folder of the packages that ship with the tool."""
    return Path(next(iter(content_packages.__path__)))


def load_framework(file: Path) -> Framework:
    """Read a framework's file. Raises `PackageInvalid` naming every fault."""
    source = read(file)
    framework = None if source.faults else fit(TypeAdapter(Framework), source)
    if framework is None:
        raise PackageInvalid(source.faults)
    return framework


@lru_cache(maxsize=1)
def crcn() -> Framework:
    """The *Cadre de référence des compétences numériques*, the framework of Pix."""
    return load_framework(packages_folder() / "frameworks" / "crcn.yaml")
