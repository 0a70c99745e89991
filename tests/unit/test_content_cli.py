import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from content_samples import parcours, write

from lti_tool.cli.packages import packages
from lti_tool.content.editor_schema import editor_schema


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(packages, list(arguments))


def test_a_right_package_passes(tmp_path: Path) -> None:
    result = _run("check", str(write(tmp_path, parcours())))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 paquet(s), 5 items" in result.stderr


def test_a_bad_package_fails_with_one_line_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, parcours(title=3, surplus=1))
    result = _run("check", str(tmp_path))
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first.startswith("essai/parcours.yaml:")
    assert ": title: un texte attendu" in first
    assert ": surplus: champ inconnu" in second


def test_warnings_fail_only_when_asked(tmp_path: Path) -> None:
    package = str(write(tmp_path, parcours(competences=["5.2", "1.1"])))
    assert _run("check", package).exit_code == 0
    assert "[avertissement]" in _run("check", package).stdout
    assert _run("check", "--strict", package).exit_code == 1


def test_the_shipped_packages_are_checked_by_default() -> None:
    assert _run("check").exit_code == 0


def test_a_folder_without_packages_is_a_fault(tmp_path: Path) -> None:
    assert _run("check", str(tmp_path)).exit_code == 1


def test_packages_are_listed(tmp_path: Path) -> None:
    write(tmp_path, parcours())
    assert _run("list", str(tmp_path)).stdout == "essai\t1.0.0\t5\tfr\tUn essai\n"


def test_bad_packages_are_not_listed(tmp_path: Path) -> None:
    write(tmp_path, parcours(title=3))
    result = _run("list", str(tmp_path))
    assert result.exit_code == 1
    assert "title" in result.stdout


def test_the_schema_is_printed() -> None:
    assert json.loads(_run("schema").stdout) == editor_schema()


def test_a_translation_is_begun_and_carried_on(tmp_path: Path) -> None:
    package = write(tmp_path, parcours())
    arguments = ("translations", "essai", "--language", "ar", "--folder", str(tmp_path))
    result = _run(*arguments)
    assert result.exit_code == 0
    assert "0 textes traduits" in result.stdout
    file = package / "translations" / "ar.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("text: ''", "text: تجربة", 1), encoding="utf-8")
    assert "1 textes traduits" in _run(*arguments).stdout
    assert "تجربة" in file.read_text(encoding="utf-8")
    assert "\tfr,ar\t" in _run("list", str(tmp_path)).stdout


@pytest.mark.parametrize("language", ["../x", "FR", "e", "fr"])
def test_a_translation_needs_another_language(tmp_path: Path, language: str) -> None:
    write(tmp_path, parcours())
    assert _run("translations", "essai", "--language", language, "--folder", str(tmp_path)).exit_code != 0


def test_an_unknown_package_can_not_be_translated(tmp_path: Path) -> None:
    assert _run("translations", "rien", "--language", "en", "--folder", str(tmp_path)).exit_code == 1


def test_a_broken_package_can_not_be_translated(tmp_path: Path) -> None:
    write(tmp_path, parcours(title=3))
    result = _run("translations", "essai", "--language", "en", "--folder", str(tmp_path))
    assert result.exit_code == 1
    assert "title" in result.stdout
