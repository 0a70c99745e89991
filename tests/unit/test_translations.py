"""The catalogues hold every string of the code, translated, compiled, with its placeholders."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lti_tool" / "web" / "translations"
LANGUAGES = ("en", "ar")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")


@cache
def extracted() -> frozenset[str]:
    """Every msgid of the code and of the templates."""
    with (ROOT / "lti_tool/web/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, method_map=methods, options_map=options, keywords=KEYWORDS)
    return frozenset(given if isinstance(given, str) else given[0] for _, _, given, _, _ in found)


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> dict[str, Message]:
    return {key_of(message): message for message in catalogue(language) if message.id}


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_there_are_strings_to_translate() -> None:
    assert len(extracted()) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_of_the_code_is_translated(language: str) -> None:
    known = messages(language)
    assert sorted(extracted() - known.keys()) == []
    assert sorted(key for key in extracted() if not all(text.strip() for text in texts(known[key]))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_doubtful_or_of_a_string_that_is_gone(language: str) -> None:
    assert sorted(key for key, message in messages(language).items() if message.fuzzy) == []
    assert sorted(messages(language).keys() - extracted()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_their_placeholders(language: str) -> None:
    for key, message in messages(language).items():
        expected = set(PLACEHOLDER.findall(key))
        for text in texts(message):
            missing = expected - set(PLACEHOLDER.findall(text))
            # Arabic says « one », « two » in words.
            assert missing <= ({"%(num)s", "%(num)d"} if message.pluralizable else set()), key
            assert set(PLACEHOLDER.findall(text)) <= expected, key
            assert text.replace("%%", "").count("%") == len(PLACEHOLDER.findall(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_readable_one(language: str) -> None:
    with (FOLDER / language / "LC_MESSAGES/messages.mo").open("rb") as file:
        compiled = {key_of(message): texts(message) for message in read_mo(file) if message.id}
    assert compiled == {key: texts(message) for key, message in messages(language).items()}
