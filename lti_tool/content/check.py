"""What no shape can say: that references lead somewhere, that a question has an answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lti_tool.content.check_situation import check_situation
from lti_tool.content.faults import Fault, PathInPackage, fault
from lti_tool.content.schema import ChoiceItem, ChoicesItem, Item, Parcours, SeriesItem, SituationItem, TextItem
from lti_tool.content.shape import fit
from lti_tool.content.source import Source, read
from lti_tool.content.text import normalise

PARCOURS_FILE = "parcours.yaml"

_PARCOURS: TypeAdapter[Parcours] = TypeAdapter(Parcours)
_ITEM: TypeAdapter[Item] = TypeAdapter(Item)

Report = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A package that was read: the parcours, or None when its shape is wrong, and every fault and warning."""

    folder: Path
    source: Source
    parcours: Parcours | None
    faults: tuple[Fault, ...]


def report_duplicates(report: Report, path: PathInPackage, ids: Iterable[str], key: str = "id") -> None:
    """Report every id of a list that an earlier element already has."""
    seen: set[str] = set()
    for index, each in enumerate(ids):
        if each in seen:
            report((*path, index, key), "duplicate-id", id=each)
        seen.add(each)


def _report_same_texts(report: Report, path: PathInPackage, parts: Sequence[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for index, (part_id, text) in enumerate(parts):
        key = normalise(text)
        if key in seen:
            report((*path, index, "text"), "same-text", other=seen[key])
        seen.setdefault(key, part_id)


def _check_options(report: Report, item: ChoiceItem | ChoicesItem, path: PathInPackage) -> None:
    options = (*path, "options")
    right = sum(option.right for option in item.options)
    if right == 0:
        report(options, "no-right-option")
    elif right == len(item.options):
        report(options, "all-right")
    elif isinstance(item, ChoiceItem) and right > 1:
        report(options, "several-right-options")
    report_duplicates(report, options, (option.id for option in item.options))
    _report_same_texts(report, options, [(option.id, option.text) for option in item.options])


def _check_statements(report: Report, item: SeriesItem, path: PathInPackage) -> None:
    statements = (*path, "statements")
    if len({statement.correct for statement in item.statements}) == 1:
        report(statements, "all-alike")
    report_duplicates(report, statements, (statement.id for statement in item.statements))
    _report_same_texts(report, statements, [(statement.id, statement.text) for statement in item.statements])


def _check_variants(report: Report, item: TextItem, path: PathInPackage) -> None:
    variants = (*path, "variants")
    report_duplicates(report, variants, (variant.id for variant in item.variants))
    seen: dict[str, str] = {}
    for index, variant in enumerate(item.variants):
        for position, way in enumerate(variant.text):
            key, where = normalise(way), (*variants, index, "text", position)
            if not key:
                report(where, "nothing-left")
            elif seen.setdefault(key, variant.id) != variant.id:
                report(where, "variants-collide", text=way, other=seen[key])


def check_item(report: Report, item: Item, path: PathInPackage, competences: frozenset[str]) -> None:
    """Report what is wrong with one item whose shape is right."""
    for index, code in enumerate(item.competences):
        if code not in competences:
            report((*path, "competences", index), "unknown-competence", competence=code)
    match item:
        case ChoiceItem() | ChoicesItem():
            _check_options(report, item, path)
        case SeriesItem():
            _check_statements(report, item, path)
        case TextItem():
            _check_variants(report, item, path)
        case SituationItem():
            check_situation(report, item, path)


def _check_competences(report: Report, parcours: Parcours, known: frozenset[str]) -> None:
    worked = {code for item in parcours.items for code in item.competences}
    for index, code in enumerate(parcours.competences):
        if code not in known:
            report(("competences", index), "unknown-competence", competence=code)
        elif code not in worked:
            report(("competences", index), "competence-unused", competence=code)


def _check_what_can_be(source: Source, competences: frozenset[str]) -> None:
    """Check the items that can be read of a parcours that can't: an author wants all the faults at once."""
    data: Any = source.data
    items = data.get("items") if isinstance(data, dict) else None
    for index in range(len(items) if isinstance(items, list) else 0):
        if (item := fit(_ITEM, source, ("items", index))) is not None:
            check_item(source.report, item, ("items", index), competences)


def check_package(folder: Path, competences: frozenset[str]) -> Checked:
    """Read a package's folder and say everything that is wrong with it; `competences` are the codes that exist."""
    file = folder / PARCOURS_FILE
    if not file.is_file():
        return Checked(folder, Source(file), None, (fault(folder, 0, "", "no-package"),))
    source = read(file, graft_items_from=folder)
    parcours = fit(_PARCOURS, source) if source.data is not None else None
    if parcours is None:
        _check_what_can_be(source, competences)
        return Checked(folder, source, None, tuple(source.faults))
    if parcours.id != folder.resolve().name:
        source.report(("id",), "id-not-folder", id=parcours.id, folder=folder.resolve().name)
    report_duplicates(source.report, ("items",), (item.id for item in parcours.items))
    _check_competences(source.report, parcours, competences)
    for index, item in enumerate(parcours.items):
        check_item(source.report, item, ("items", index), competences)
    return Checked(folder, source, parcours, tuple(source.faults))
