"""The documentation and the code say the same, both ways: settings, error codes, `data-test` attributes, links."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic.fields import FieldInfo

import lti_tool
from lti_tool.errors import ToolError
from lti_tool.settings import Settings
from lti_tool.web.wording import WORDINGS
from xapi.errors import XapiError

ROOT = Path(__file__).parents[2]
README, REGLAGES = ROOT / "README.md", ROOT / "docs/reglages.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.md")])
DEMO, STORE = "## L’ENT de démonstration", "## Le LRS"
K = TypeVar("K", bound=Exception)


def read(path: Path) -> str:
    """A page, its non-breaking spaces made plain."""
    return path.read_text(encoding="utf-8").replace("\u00a0", " ")


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of each table, heads and rules left out."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `"):
            yield cells


# ---- settings


def shown_default(field: FieldInfo) -> str:
    if field.default is None:
        return "*(aucun)*"
    if field.default == "":
        return "*(vide)*"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


@pytest.mark.parametrize("page", [README, REGLAGES], ids=lambda page: page.name)
def test_every_setting_stands_in_the_tables_with_its_default_and_no_other(page: Path) -> None:
    written = {cells[0].strip("`"): cells[1] for cells in rows(read(page)) if cells[0].startswith("`PASSERELLE_")}
    assert written == {f"PASSERELLE_{name.upper()}": shown_default(f) for name, f in Settings.model_fields.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    known = {f"PASSERELLE_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bPASSERELLE_[A-Z_]+[A-Z]", read(page))) - known == set()


def test_the_page_on_settings_says_something_of_each() -> None:
    explained = set(re.findall(r"\*\*`(PASSERELLE_\w+)`", read(REGLAGES)))
    assert explained == {f"PASSERELLE_{name.upper()}" for name in Settings.model_fields}


# ---- error codes


def kinds(root: type[K]) -> Iterator[type[K]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


@cache
def codes(part: str) -> frozenset[tuple[str, str]]:
    """(code, status) of every error of the tool, of the demonstration ENT, or of the store."""
    for module in pkgutil.walk_packages(lti_tool.__path__, "lti_tool."):
        if not module.name.startswith("lti_tool.migrations"):
            importlib.import_module(module.name)
    home = {"tool": "lti_tool", "demo": "lti_tool.demo", "store": "xapi"}[part]
    roots: tuple[type[ToolError | XapiError], ...] = (ToolError, XapiError)
    found = [kind for root in roots for kind in kinds(root) if kind.__module__.startswith(f"{home}.")]
    if part == "tool":
        found = [kind for kind in found if not kind.__module__.startswith("lti_tool.demo.")]
    return frozenset((kind.code, str(kind.status)) for kind in found)


@cache
def documented() -> dict[str, frozenset[tuple[str, str]]]:
    tool, rest = read(ROOT / "docs/erreurs.md").split(STORE)
    store, demo = rest.split(DEMO)
    parts = {"tool": tool, "store": store, "demo": demo}
    return {name: frozenset((cells[0].strip("`"), cells[1]) for cells in rows(text)) for name, text in parts.items()}


@pytest.mark.parametrize("part", ["tool", "store", "demo"])
def test_every_error_code_is_explained_with_its_status_and_no_other(part: str) -> None:
    # Flask's own refusals are shown under codes of ours; one of them belongs to no class.
    beside = {("method-not-allowed", "405")} if part == "tool" else set()
    assert documented()[part] == codes(part) | beside


def test_no_code_of_the_tool_is_explained_twice() -> None:
    named = [cells[0] for cells in rows(read(ROOT / "docs/erreurs.md").split(STORE)[0])]
    assert len(named) == len(set(named))


def test_every_wording_belongs_to_a_code_that_exists() -> None:
    assert set(WORDINGS) - {code for code, _ in documented()["tool"]} == set()


# ---- data-test attributes


def attributes(template: str) -> Iterator[str]:
    """The `data-test` values of a template; `*` for what it fills in."""
    for value in re.findall(r'data-test="([^"]*)"', template):
        if re.fullmatch(r"\{\{[^}]*\}\}", value):
            yield from re.findall(r"or '([^']+)'", value)
        else:
            yield re.sub(r"\{\{[^}]*\}\}", "*", value)
    yield from re.findall(r'(?<![\w-])test="([^"]+)"', template)
    yield from (value.replace("%s", "*") for value in re.findall(r'\bcopied\("([^"]+)"', template))
    yield from re.findall(r"\btab\('[^']*', '[^']*', '([^']+)'\)", template)


def in_templates() -> dict[str, set[str]]:
    found = {}
    for path in sorted((ROOT / "lti_tool").glob("**/templates/**/*.html")):
        if values := set(attributes(path.read_text(encoding="utf-8"))):
            found[path.as_posix().rpartition("templates/")[2]] = values
    return found


def test_every_data_test_attribute_is_listed_with_its_template_and_no_other() -> None:
    listed = {
        cells[0].strip("`"): set(re.findall(r"`([^`]+)`", cells[1]))
        for cells in rows(read(ROOT / "docs/testing.md"))
        if cells[0].endswith(".html`")
    }
    assert listed == in_templates()


def test_the_selectors_for_driving_a_platform_exist() -> None:
    known = set().union(*in_templates().values())
    named = set(re.findall(r"\[data-test=([\w-]+)\]", read(ROOT / "docs/testing.md")))
    assert named
    assert named - known == set()


# ---- links


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading."""
    plain = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, fragment = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.+)$", read(file), re.MULTILINE)
            assert fragment in map(anchor, headings), target


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/images").iterdir()), ids=lambda picture: picture.name)
def test_pictures_are_small_and_shown_somewhere(picture: Path) -> None:
    assert picture.stat().st_size < 150_000
    assert any(picture.name in read(page) for page in PAGES)
