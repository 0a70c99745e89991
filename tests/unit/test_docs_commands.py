"""`docs/commandes.md` and the commands say the same, both ways."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lti_tool.cli import main

TEXT = (Path(__file__).parents[2] / "docs" / "commandes.md").read_text(encoding="utf-8")


def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            yield from walk(inner, f"{name} {part}")
    else:
        yield name, command


COMMANDS = dict(walk(main, "passerelle"))
SECTIONS = dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))


def test_every_command_is_described_and_no_other() -> None:
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_a_command_is_described_and_no_other(name: str) -> None:
    options = {option for each in COMMANDS[name].params if isinstance(each, click.Option) for option in each.opts}
    assert set(re.findall(r"^\| `(--[a-z-]+)", SECTIONS[name], re.MULTILINE)) == options


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_what_must_be_given_is_said_to_be(name: str) -> None:
    needed = {each.opts[0] for each in COMMANDS[name].params if isinstance(each, click.Option) and each.required}
    lines = re.findall(r"^\| `(--[a-z-]+).*$", SECTIONS[name], re.MULTILINE)
    said = {option for option in lines if re.search(rf"^\| `{option}\b.*Obligatoire", SECTIONS[name], re.MULTILINE)}
    assert said == needed


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_in_its_help_what_it_does(name: str) -> None:
    assert (COMMANDS[name].help or "").strip().splitlines()[0].endswith((".", "»"))


def test_commands_named_elsewhere_in_the_page_exist() -> None:
    for named in re.findall(r"`passerelle ([a-z][a-z -]*)", TEXT):
        words = f"passerelle {named}".strip()
        assert any(words == name or words.startswith(f"{name} ") for name in COMMANDS), words
