"""One bad package a test: each fault is named with its file, its line and its field."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from content_samples import CHOICE, CODES, SITUATION, checked, codes, parcours, situation, unshared, write

from lti_tool.content.check import check_package
from lti_tool.content.exploration import explore
from lti_tool.content.faults import MESSAGES, WARNINGS, Fault
from lti_tool.content.library import shipped_parcours_folder

Spoil = Callable[[dict[str, Any]], object]


def test_the_sample_has_no_fault(tmp_path: Path) -> None:
    found = checked(tmp_path, parcours())
    assert found.faults == ()
    assert found.parcours is not None
    assert [item.kind for item in found.parcours.items] == ["choice", "choices", "series", "text", "situation"]


def _line_of(package: Path, needle: str, occurrence: int = 1) -> int:
    lines = (package / "parcours.yaml").read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if needle in line][occurrence - 1]


def _item(index: int, change: Callable[[dict[str, Any]], object]) -> Spoil:
    return lambda data: change(data["items"][index])


SPOILT: list[tuple[str, str, Spoil]] = [
    # code, field, how
    ("missing", "title", lambda d: d.pop("title")),
    ("missing", "items[un-choix].prompt", _item(0, lambda i: i.pop("prompt"))),
    ("missing", "items[un-choix].kind", _item(0, lambda i: i.pop("kind"))),
    ("missing", "items[un-choix].feedback.wrong", _item(0, lambda i: i["feedback"].pop("wrong"))),
    ("unknown-field", "titre", lambda d: d.update(titre="x")),
    ("unknown-field", "items[un-choix].options[a].correct", _item(0, lambda i: i["options"][0].update(correct=True))),
    ("type", "title", lambda d: d.update(title=12)),
    ("type", "competences[0]", lambda d: d.update(competences=[5.2])),
    ("type", "duration_minutes", lambda d: d.update(duration_minutes="cinq")),
    ("type", "duration_minutes", lambda d: d.update(duration_minutes=2.5)),
    ("type", "published", lambda d: d.update(published="demain")),
    ("type", "published", lambda d: d.update(published=20261124.5)),
    ("type", "items", lambda d: d.update(items={})),
    ("type", "items[0]", lambda d: d.update(items=[["x"]])),
    ("type", "pass_mark", lambda d: d.update(pass_mark="haut")),
    ("one-of", "format", lambda d: d.update(format=2)),
    ("one-of", "audience", lambda d: d.update(audience="élève")),
    ("one-of", "items[un-choix].kind", _item(0, lambda i: i.update(kind="qcm"))),
    ("pattern", "version", lambda d: d.update(version="un")),
    ("pattern", "title", lambda d: d.update(title="deux\nlignes")),
    ("pattern", "items[Un Choix].id", _item(0, lambda i: i.update(id="Un Choix"))),
    (
        "pattern",
        "items[un-choix].resource.url",
        _item(0, lambda i: i.update(resource={"title": "x", "url": "http://a"})),
    ),
    ("too-short", "title", lambda d: d.update(title="  ")),
    ("too-short", "items", lambda d: d.update(items=[])),
    ("too-short", "items[un-choix].options", _item(0, lambda i: i.update(options=i["options"][:1]))),
    ("too-long", "title", lambda d: d.update(title="x" * 121)),
    ("too-long", "items[un-choix].competences", _item(0, lambda i: i.update(competences=["5.2", "1.1", "1.2", "2.1"]))),
    ("range", "items[un-choix].level", _item(0, lambda i: i.update(level=9))),
    ("range", "pass_mark", lambda d: d.update(pass_mark=0)),
    ("html", "summary", lambda d: d.update(summary="<b>x</b>")),
    ("html", "items[un-choix].options[a].feedback", _item(0, lambda i: i["options"][0].update(feedback="a <br> b"))),
    ("image", "intro", lambda d: d.update(intro="![x](x.png)")),
    ("unsafe-link", "outro", lambda d: d.update(outro="[x](javascript:alert)")),
    ("id-not-folder", "id", lambda d: d.update(id="un-autre")),
    ("unknown-competence", "competences[1]", lambda d: d.update(competences=["5.2", "9.9"])),
    ("unknown-competence", "items[un-choix].competences[0]", _item(0, lambda i: i.update(competences=["3.1"]))),
    ("competence-unused", "competences[1]", lambda d: d.update(competences=["5.2", "1.1"])),
    ("duplicate-id", "items[un-choix].id", _item(1, lambda i: i.update(id="un-choix"))),
    ("duplicate-id", "items[un-choix].options[a].id", _item(0, lambda i: i["options"][1].update(id="a"))),
    ("no-right-option", "items[un-choix].options", _item(0, lambda i: i["options"][0].update(right=False))),
    ("several-right-options", "items[un-choix].options", _item(0, lambda i: i["options"][1].update(right=True))),
    ("all-right", "items[des-choix].options", _item(1, lambda i: [o.update(right=True) for o in i["options"]])),
    (
        "same-text",
        "items[un-choix].options[b].text",
        _item(0, lambda i: i["options"][1].update(text="un SITE de l'ecole.")),
    ),
    (
        "same-text",
        "items[une-serie].statements[s2].text",
        _item(2, lambda i: i["statements"][1].update(text="Un ENT est gratuit")),
    ),
    ("all-alike", "items[une-serie].statements", _item(2, lambda i: i["statements"][1].update(correct=True))),
    (
        "variants-collide",
        "items[un-texte].variants[ent].text[1]",
        _item(3, lambda i: i["variants"][1].update(text=["ENT", "educonnect"])),
    ),
    ("nothing-left", "items[un-texte].variants[ent].text[0]", _item(3, lambda i: i["variants"][1].update(text=["…"]))),
]
_PART = "items[justifier]"


def _screens(change: Callable[[list[dict[str, Any]]], object]) -> Spoil:
    return _item(4, lambda i: change(i["screens"]))


SPOILT_SITUATIONS: list[tuple[str, str, Spoil]] = [
    ("condition", f"{_PART}.goal", _item(4, lambda i: i.update(goal={"variable": "envoye"}))),
    ("condition", f"{_PART}.goal.all[0]", _item(4, lambda i: i["goal"]["all"].__setitem__(0, "envoye"))),
    ("type", f"{_PART}.goal.all[0].equals", _item(4, lambda i: i["goal"]["all"][0].update(equals=1.5))),
    ("one-of", f"{_PART}.screens[accueil].areas[t].type", _screens(lambda s: s[0]["areas"][0].update(type="titre"))),
    ("type", f"{_PART}.screens[accueil].areas[t].text", _screens(lambda s: s[0]["areas"][0].update(text=5))),
    (
        "unknown-field",
        f"{_PART}.screens[accueil].areas[t].go",
        _screens(lambda s: s[0]["areas"][0].update(go="absences")),
    ),
    ("pattern", f"{_PART}.variables.Motif", _item(4, lambda i: i["variables"].update(Motif=""))),
    ("unknown-screen", f"{_PART}.start", _item(4, lambda i: i.update(start="ailleurs"))),
    (
        "unknown-screen",
        f"{_PART}.screens[accueil].areas[absences].go",
        _screens(lambda s: s[0]["areas"][1].update(go="nulle-part")),
    ),
    ("unknown-screen", f"{_PART}.goal.screen", _item(4, lambda i: i.update(goal={"screen": "nulle-part"}))),
    (
        "unknown-variable",
        f"{_PART}.goal.not.variable",
        _item(4, lambda i: i.update(goal={"not": {"variable": "x", "equals": 1}})),
    ),
    (
        "unknown-variable",
        f"{_PART}.screens[absences].areas[f-motif].variable",
        _screens(lambda s: s[1]["areas"][0].update(variable="x")),
    ),
    (
        "unknown-variable",
        f"{_PART}.screens[accueil].areas[absences].set.x",
        _screens(lambda s: s[0]["areas"][1]["set"].update(x=True)),
    ),
    (
        "wrong-type",
        f"{_PART}.screens[accueil].areas[absences].set.ouvert",
        _screens(lambda s: s[0]["areas"][1]["set"].update(ouvert="oui")),
    ),
    ("wrong-type", f"{_PART}.goal.all[0].equals", _item(4, lambda i: i["goal"]["all"][0].update(equals="oui"))),
    (
        "wrong-type",
        f"{_PART}.screens[absences].areas[f-certifie].variable",
        _screens(lambda s: s[1]["areas"][2].update(variable="motif")),
    ),
    ("not-a-choice", f"{_PART}.goal.all[2].equals", _item(4, lambda i: i["goal"]["all"][2].update(equals="santé"))),
    ("does-nothing", f"{_PART}.screens[accueil].areas[notes]", _screens(lambda s: s[0]["areas"][2].pop("say"))),
    ("duplicate-id", f"{_PART}.screens[accueil].id", _screens(lambda s: s.append({**s[0]}))),
    (
        "duplicate-id",
        f"{_PART}.screens[accueil].areas[t].id",
        _screens(lambda s: s[0]["areas"].append({**s[0]["areas"][0]})),
    ),
    (
        "too-few-areas",
        f"{_PART}.screens",
        _screens(lambda s: (s[0]["areas"].pop(2), s[1]["areas"].__delitem__(slice(4, 6)))),
    ),
    ("too-few-screens", f"{_PART}.screens", _screens(lambda s: s[0]["areas"][1].pop("go"))),
    (
        "screen-unreachable",
        f"{_PART}.screens[perdu]",
        _screens(lambda s: s.append({**copy.deepcopy(s[0]), "id": "perdu"})),
    ),
    (
        "area-never-shown",
        f"{_PART}.screens[accueil].areas[t]",
        _screens(lambda s: s[0]["areas"][0].update(when={"screen": "absences"})),
    ),
    ("goal-at-start", f"{_PART}.goal", _item(4, lambda i: i.update(goal={"screen": "accueil"}))),
    ("goal-in-one-action", f"{_PART}.goal", _item(4, lambda i: i.update(goal={"screen": "absences"}))),
    (
        "goal-unreachable",
        f"{_PART}.goal",
        _item(4, lambda i: i["goal"]["all"].append({"screen": "accueil"}) or i["screens"][1]["areas"].pop(5)),
    ),
    ("shares", f"{_PART}.steps", _item(4, lambda i: i["steps"][0].update(share=0.5))),
    ("shares", f"{_PART}.steps", _item(4, lambda i: i["steps"][0].pop("share"))),
    (
        "step-at-start",
        f"{_PART}.steps[ouvrir].when",
        _item(4, lambda i: i["steps"][0].update(when={"screen": "accueil"})),
    ),
    (
        "step-not-in-goal",
        f"{_PART}.steps[ouvrir].when",
        _item(4, lambda i: i["steps"][0].update(when={"screen": "absences"})),
    ),
]


@pytest.mark.parametrize(("code", "field", "spoil"), SPOILT + SPOILT_SITUATIONS)
def test_a_spoilt_package_is_told_what_and_where(tmp_path: Path, code: str, field: str, spoil: Spoil) -> None:
    data = parcours()
    spoil(data)
    found = checked(tmp_path, data)
    named = [fault for fault in found.faults if (fault.code, fault.field) == (code, field)]
    assert named, [str(fault) for fault in found.faults]
    fault = named[0]
    assert fault.file == str(tmp_path / "essai" / "parcours.yaml")
    last = field.rsplit(".", 1)[-1].split("[")[0]
    line = (tmp_path / "essai" / "parcours.yaml").read_text(encoding="utf-8").splitlines()[fault.line - 1]
    if code != "missing" and not field.endswith("]"):
        assert line.strip().removeprefix("- ").startswith(f"{last}:")
    assert (fault.severity == "warning") == (code in WARNINGS)


def test_all_the_faults_come_at_once(tmp_path: Path) -> None:
    data = parcours(title=3, surplus=1)
    data["items"][0]["level"] = 12
    data["items"][1]["options"][2]["right"] = data["items"][1]["options"][3]["right"] = True
    data["items"][4]["start"] = "ailleurs"
    assert codes(checked(tmp_path, data)) == {"type", "unknown-field", "range", "all-right", "unknown-screen"}


def test_lines_are_exact(tmp_path: Path) -> None:
    data = parcours()
    data["items"][0]["options"][1]["text"] = 5
    data["items"][0].pop("skill")
    found = checked(tmp_path, data)
    package = tmp_path / "essai"
    lines = {fault.field: fault.line for fault in found.faults}
    assert lines["items[un-choix].options[b].text"] == _line_of(package, "text: 5")
    assert lines["items[un-choix].skill"] == _line_of(package, "- competences:")
    assert str(found.faults[0]).startswith(f"{package / 'parcours.yaml'}:")


@pytest.mark.parametrize(
    ("code", "line", "written"),
    [
        ("syntax", 2, "a: 1\nb: [1, 2\n"),
        ("syntax", 1, "a: \x07\n"),
        ("syntax", 2, "a: 1\n---\nb: 2\n"),
        ("alias", 1, "a: &x [1]\nb: *x\n"),
        ("alias", 2, "a: 1\nb: &x 1\n"),
        ("tag", 2, "a: 1\nb: !!python/object/apply:os.system ['true']\n"),
        ("tag", 1, "a: !!str 5\n"),
        ("tag", 1, "!parcours {a: 1}\n"),
        ("duplicate-key", 3, "id: a\ntitle: b\nid: c\n"),
        ("bad-key", 1, "? [a, b]\n: c\n"),
        ("too-deep", 1, "a: " + "[" * 60 + "]" * 60),
        ("empty", 1, "# rien\n"),
        ("type", 1, "- a\n- b\n"),
        ("type", 1, "bonjour\n"),
    ],
)
def test_yaml_that_can_not_be_read_is_told_where(tmp_path: Path, code: str, line: int, written: str) -> None:
    found = checked(tmp_path, written)
    assert code in codes(found), found.faults
    fault = next(each for each in found.faults if each.code == code)
    assert (fault.file, found.parcours) == (str(tmp_path / "essai" / "parcours.yaml"), None)
    assert fault.line in ({line, line + 1} if code == "syntax" else {line})


def test_a_file_that_is_not_utf8_is_told_its_line(tmp_path: Path) -> None:
    package = write(tmp_path, "")
    (package / "parcours.yaml").write_bytes(b"id: essai\ntitle: \xe9t\xe9\n")
    (fault,) = check_package(package, CODES).faults
    assert (fault.code, fault.line) == ("not-utf8", 2)


def test_a_file_over_a_mebibyte_is_not_read(tmp_path: Path) -> None:
    (fault,) = checked(tmp_path, "a: " + "x" * (1024 * 1024)).faults
    assert fault.code == "too-big"


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert codes(checked(tmp_path, bomb)) == {"alias"}


def test_words_that_older_yaml_takes_for_something_else_are_words(tmp_path: Path) -> None:
    written = yaml.safe_dump(parcours(), allow_unicode=True, sort_keys=False).replace("title: Un essai", "title: 12:30")
    found = checked(tmp_path, written.replace("text: La météo", "text: no"))
    assert found.faults == ()
    assert found.parcours is not None
    assert found.parcours.title == "12:30"


def test_a_folder_without_a_parcours_is_no_package(tmp_path: Path) -> None:
    (fault,) = check_package(tmp_path, CODES).faults
    assert (fault.code, fault.line) == ("no-package", 0)
    assert str(fault).startswith(f"{tmp_path}: ")


def _split(tmp_path: Path, *entries: Any, **files: str) -> Path:
    package = write(tmp_path, parcours(items=list(entries)))
    (package / "items").mkdir()
    for name, written in files.items():
        (package / "items" / f"{name}.yaml").write_text(written, encoding="utf-8")
    return package


def test_items_may_stand_in_files_of_their_own(tmp_path: Path) -> None:
    one, several = yaml.safe_dump(CHOICE), yaml.safe_dump(unshared([SITUATION, {**CHOICE, "id": "encore"}]))
    package = _split(tmp_path, "items/un.yaml", "items/deux.yaml", un=one, deux=several)
    found = check_package(package, CODES)
    assert found.faults == ()
    assert found.parcours is not None
    assert [item.id for item in found.parcours.items] == ["un-choix", "justifier", "encore"]


def test_a_fault_in_an_items_file_is_told_in_that_file(tmp_path: Path) -> None:
    bad = {**CHOICE, "level": 0}
    package = _split(
        tmp_path, "items/un.yaml", un=yaml.safe_dump(unshared([CHOICE, {**bad, "id": "faux"}]), sort_keys=False)
    )
    (fault,) = check_package(package, CODES).faults
    assert (fault.file, fault.field) == (str(package / "items" / "un.yaml"), "items[faux].level")
    lines = (package / "items" / "un.yaml").read_text().splitlines()
    assert lines[fault.line - 1].strip() == "level: 0"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("items/absent.yaml", "unreadable"),
        ("../../../etc/passwd", "outside-package"),
        ("/etc/passwd", "outside-package"),
        ("items", "unreadable"),
    ],
)
def test_an_items_path_leads_to_a_file_of_the_package(tmp_path: Path, entry: str, code: str) -> None:
    assert code in codes(check_package(_split(tmp_path, CHOICE, entry), CODES))


def test_an_items_link_out_of_the_package_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(yaml.safe_dump(CHOICE))
    package = _split(tmp_path, "items/lien.yaml")
    (package / "items" / "lien.yaml").symlink_to(tmp_path / "secret.yaml")
    assert "outside-package" in codes(check_package(package, CODES))


def test_a_broken_items_file_does_not_hide_the_others_faults(tmp_path: Path) -> None:
    package = _split(tmp_path, "items/un.yaml", {**CHOICE, "level": 0}, un="a: [")
    assert codes(check_package(package, CODES)) >= {"syntax", "range"}


def test_the_search_finds_the_shortest_way_and_every_screen() -> None:
    found = explore(situation())
    assert (found.complete, found.distance, found.screens) == (True, 2, {"accueil", "absences"})
    assert found.steps_missed == set()


def test_a_situation_too_large_to_search_says_so(tmp_path: Path) -> None:
    boxes = [{"id": f"c{n}", "type": "checkbox", "label": f"Case {n}", "variable": f"c{n}"} for n in range(20)]
    data = parcours()
    data["items"][4]["variables"].update({f"c{n}": False for n in range(20)})
    for n in range(20):
        data["items"][4]["goal"]["all"].append({"variable": f"c{n}", "equals": True})
    data["items"][4]["screens"][1]["areas"][0:0] = boxes
    found = codes(checked(tmp_path, data))
    assert "too-many-states" in found
    assert "goal-unreachable" not in found


def test_boxes_that_no_condition_reads_do_not_make_a_situation_large() -> None:
    sample = copy.deepcopy(SITUATION)
    sample["variables"].update({f"c{n}": False for n in range(15)})
    sample["screens"][1]["areas"] += [
        {"id": f"c{n}", "type": "checkbox", "label": "Case", "variable": f"c{n}"} for n in range(15)
    ]
    changes = {key: sample[key] for key in ("variables", "screens")}
    assert explore(situation(**changes)).complete


def test_every_message_is_told_by_a_test() -> None:
    tested = {code for code, _, _ in SPOILT + SPOILT_SITUATIONS}
    elsewhere = {
        *("syntax", "alias", "tag", "duplicate-key", "bad-key", "too-deep", "empty", "not-utf8", "too-big"),
        *("unreadable", "outside-package", "no-package", "too-many-states", "duplicate-package", "invalid"),
        *("orphan-translation", "stale-translation", "missing-translation", "same-language"),
    }
    assert tested | elsewhere == set(MESSAGES)


def test_a_fault_reads_as_file_line_field_message() -> None:
    fault = Fault("a.yaml", 3, "title", "missing", "champ obligatoire absent")
    assert str(fault) == "a.yaml:3: title: champ obligatoire absent"


@pytest.mark.parametrize(
    "package", sorted(shipped_parcours_folder().glob("*/parcours.yaml")), ids=lambda f: f.parent.name
)
def test_the_shipped_parcours_have_no_fault(package: Path) -> None:
    found = check_package(package.parent, frozenset(f"{a}.{b}" for a in range(1, 6) for b in range(1, 5)))
    assert found.faults == ()
