import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from content_samples import parcours, write
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.content.editor_schema import editor_schema
from lti_tool.content.faults import PackageInvalid
from lti_tool.content.frameworks import crcn, load_framework
from lti_tool.content.library import (
    Library,
    ParcoursUnknown,
    check_whole,
    packages_in,
    shipped_parcours_folder,
)
from lti_tool.content.marking import Response, mark
from lti_tool.content.schema import SituationItem
from lti_tool.content.source import Dumper, read
from lti_tool.content.translations import SourceText, skeleton, source_texts

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "schema" / "parcours.schema.json"


def _load(tmp_path: Path, **changes: Any) -> Library:
    write(tmp_path, parcours(**changes))
    return Library.load([tmp_path])


def _translate(tmp_path: Path, translated: dict[str, Any], language: str = "en", **changes: Any) -> Path:
    package = write(tmp_path, parcours(**changes))
    entries = {}
    parsed = check_whole(package).checked.parcours
    assert parsed is not None
    for text in source_texts(parsed):
        if text.path in translated:
            entries[text.path] = {"source": text.fingerprint, "text": translated[text.path]}
    (package / "translations").mkdir(exist_ok=True)
    file = package / "translations" / f"{language}.yaml"
    file.write_text(yaml.dump(entries, Dumper=Dumper, allow_unicode=True))
    return file


def test_a_package_is_found_by_its_id(tmp_path: Path) -> None:
    library = _load(tmp_path)
    assert library.parcours("essai").title == "Un essai"
    assert [each.id for each in library.all_parcours()] == ["essai"]
    assert library.parcours("essai").item("un-texte").kind == "text"


def test_an_unknown_package_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ParcoursUnknown) as caught:
        _load(tmp_path).parcours("rien")
    assert caught.value.status == 404


def test_the_shipped_packages_load() -> None:
    library = Library.load([shipped_parcours_folder()])
    assert len(library.all_parcours()) == len(packages_in(shipped_parcours_folder()))


def test_every_error_of_every_package_is_told(tmp_path: Path) -> None:
    for name in ("un", "deux"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, parcours(title=3, audience="x"))
    with pytest.raises(PackageInvalid) as caught:
        Library.load([tmp_path / "un", tmp_path / "deux", tmp_path / "absent"])
    told = [(Path(fault.file).parts[-3:], fault.code) for fault in caught.value.faults]
    assert set(told[:4]) == {
        ((name, "essai", "parcours.yaml"), code) for name in ("un", "deux") for code in ("type", "one-of")
    }
    assert told[4][1] == "unreadable"
    assert len(told) == 5


def test_two_packages_can_not_have_one_id(tmp_path: Path) -> None:
    for name in ("un", "deux"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, parcours())
    with pytest.raises(PackageInvalid) as caught:
        Library.load([tmp_path / "un", tmp_path / "deux"])
    assert [fault.code for fault in caught.value.faults] == ["duplicate-package"]


def test_a_warning_does_not_hold_a_start_up_up(tmp_path: Path) -> None:
    assert _load(tmp_path, competences=["5.2", "1.1"]).all_parcours()


def test_a_folder_that_is_no_package_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "brouillon").mkdir()
    assert len(_load(tmp_path).all_parcours()) == 1


def test_the_framework_has_its_sixteen_competences_in_three_languages() -> None:
    framework = crcn()
    assert len(framework.competences) == 16
    assert framework.title_of("1.1", "fr") == "Mener une recherche et une veille d’information"
    assert framework.title_of("5.2", "en") == "Building a digital environment"
    assert framework.title_of("2.1", "de") == "Interagir"
    assert all({"fr", "en", "ar"} == set(each.title) for each in (*framework.competences, *framework.areas))
    assert {each.code[0] for each in framework.competences} == {each.code for each in framework.areas}
    assert framework.digcomp_status == "ours-to-be-checked"


def test_a_competence_outside_the_framework_has_no_title(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _load(tmp_path).competence_title("9.9", "fr")


def test_a_broken_framework_is_told_where(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("id: x\nlevels: 0\n")
    with pytest.raises(PackageInvalid) as caught:
        load_framework(file)
    assert "range" in {fault.code for fault in caught.value.faults}


def test_a_parcours_is_read_in_another_language_text_by_text(tmp_path: Path) -> None:
    _translate(
        tmp_path,
        {
            "title": "A try",
            "items.un-choix.options.a.text": "A school website",
            "items.justifier.screens.absences.areas.f-choisi.options.sante.text": "Health",
            "items.justifier.screens.accueil.areas.t.text": "Welcome",
        },
    )
    library = Library.load([tmp_path])
    source = library.parcours("essai")
    english = library.localised(source, "en-GB")
    assert (english.language, english.title, english.summary) == ("en", "A try", source.summary)
    assert english.item("un-choix").model_dump()["options"][0]["text"] == "A school website"
    situation = english.item("justifier")
    assert isinstance(situation, SituationItem)
    assert situation.screens[0].areas[0].model_dump()["text"] == "Welcome"
    assert library.localised(source, "en") is library.localised(english, "en")
    assert library.localised(english, "fr") is source
    assert library.localised(source, "ar") is source
    assert library.languages("essai") == ("fr", "en")


def test_answers_of_both_languages_are_accepted(tmp_path: Path) -> None:
    _translate(
        tmp_path,
        {"items.un-texte.variants.ent.text": ["workspace"], "items.justifier.goal.all.1.matches": ["sick"]},
    )
    library = Library.load([tmp_path])
    english = library.localised(library.parcours("essai"), "en")
    for typed in ("Workspace", "l’ENT"):
        assert mark(english.item("un-texte"), Response((typed,))).xapi_response == "ent"
    goal = english.item("justifier").model_dump()["goal"]["all"][1]
    assert goal["matches"] == ("malade", "Maladie", "sick")


def test_a_translation_of_a_text_that_has_changed_is_not_shown(tmp_path: Path) -> None:
    file = _translate(tmp_path, {"title": "A try", "outro": "Bye."})
    write(tmp_path, parcours(title="Un autre essai"))
    library = Library.load([tmp_path])
    english = library.localised(library.parcours("essai"), "en")
    assert (english.title, english.outro) == ("Un autre essai", "Bye.")
    (stale,) = [fault for fault in check_whole(file.parents[1]).faults if fault.code == "stale-translation"]
    assert (stale.field, stale.file, stale.severity) == ("title", str(file), "warning")
    assert file.read_text().splitlines()[stale.line - 1] == "title:"


def test_what_is_left_to_translate_is_counted_and_what_is_no_more_is_named(tmp_path: Path) -> None:
    file = _translate(tmp_path, {"title": "A try"})
    file.write_text(file.read_text() + "items.parti.prompt:\n  source: 0123456789ab\n  text: Gone\n")
    faults = {fault.code: fault for fault in check_whole(file.parents[1]).faults}
    assert faults.keys() == {"missing-translation", "orphan-translation"}
    assert faults["orphan-translation"].field == "items.parti.prompt"


@pytest.mark.parametrize(
    ("path", "words", "code"),
    [
        ("intro", "<b>Hello</b>", "html"),
        ("intro", "![x](y)", "image"),
        ("title", "two\nlines", "invalid"),
        ("title", ["a"], "type"),
        ("items.un-texte.variants.ent.text", "workspace", "type"),
    ],
)
def test_a_translation_may_hold_no_more_than_its_source(tmp_path: Path, path: str, words: Any, code: str) -> None:
    file = _translate(tmp_path, {path: words})
    with pytest.raises(PackageInvalid) as caught:
        Library.load([tmp_path])
    (fault,) = caught.value.faults
    assert (fault.code, fault.file) == (code, str(file))
    assert fault.line > 0


def test_a_translation_into_the_source_language_is_refused(tmp_path: Path) -> None:
    _translate(tmp_path, {"title": "Encore"}, language="fr")
    with pytest.raises(PackageInvalid) as caught:
        Library.load([tmp_path])
    assert [fault.code for fault in caught.value.faults] == ["same-language"]


def _sample(tmp_path: Path, **changes: Any) -> Any:
    return check_whole(write(tmp_path, parcours(**changes))).checked.parcours


def test_every_text_has_a_path_of_its_own(tmp_path: Path) -> None:
    paths = [text.path for text in source_texts(_sample(tmp_path))]
    assert len(set(paths)) == len(paths)
    assert {"title", "items.une-serie.statements.s2.feedback", "items.justifier.mistakes.0.feedback"} <= set(paths)
    assert not any(path.endswith((".id", ".kind", ".url", ".variable", ".licence")) for path in paths)


def test_a_skeleton_keeps_what_is_done_and_asks_again_for_what_has_changed(tmp_path: Path) -> None:
    file = _translate(tmp_path, {"title": "A try", "outro": "Bye."})
    changed = _sample(tmp_path, title="Un autre essai")
    written = skeleton(changed, file)
    assert "# Un autre essai\ntitle:\n" in written
    file.write_text(written)
    entries: Any = read(file).data
    assert entries["outro"]["text"] == "Bye."
    assert (entries["title"]["text"], entries["title"]["previous"]) == ("", "A try")
    assert skeleton(changed, file) == written
    assert check_whole(file.parents[1]).faults[0].code == "missing-translation"


def test_a_skeleton_never_writes_over_a_file_that_it_can_not_read(tmp_path: Path) -> None:
    file = _translate(tmp_path, {"title": "A try"})
    file.write_text(file.read_text() + "title: {}\n")
    with pytest.raises(PackageInvalid):
        skeleton(_sample(tmp_path), file)


@given(st.text(max_size=60))
def test_what_is_dumped_reads_back_as_the_same_text(text: str) -> None:
    shown = "".join(character for character in text if character.isprintable())
    dumped = yaml.dump({"a": shown}, Dumper=Dumper, allow_unicode=True)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        file.write_text(dumped, encoding="utf-8")
        assert read(file).data == {"a": shown}


@pytest.mark.parametrize("text", ["123456789e12", "1e3", "0123", "no", "null", "~", "12:30", "1.5", "true", ""])
def test_a_text_that_looks_like_something_else_is_dumped_in_quotes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(yaml.dump({"a": text}, Dumper=Dumper))
    assert read(file).data == {"a": text}


def test_a_fingerprint_changes_with_its_text() -> None:
    assert SourceText("a", ("a",), "x", False).fingerprint != SourceText("a", ("a",), "y", False).fingerprint


def test_the_schema_for_editors_is_the_one_in_the_docs() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == editor_schema()


def test_the_schema_for_editors_refers_only_to_what_it_defines() -> None:
    schema = editor_schema()
    references = {part.split('"')[0] for part in json.dumps(schema).split('"#/$defs/')[1:]}
    assert references <= schema["$defs"].keys()
