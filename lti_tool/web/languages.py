"""French, English, Arabic: which one a page speaks, and in which direction it is read.

Strings are French msgids wrapped in `_()`. A number, a Latin name or a user's text inside a sentence is put in
`<bdi>…</bdi>` in templates, so that it does not upset the order of words in a right-to-left sentence.
"""

from pathlib import Path

from flask import Flask, g, request
from flask_babel import Babel, get_locale

from lti_tool.settings import LANGUAGES, Language, Settings

NAMES: dict[Language, str] = {"fr": "Français", "en": "English", "ar": "العربية"}
"""Each language's name in itself: never translated."""
_RIGHT_TO_LEFT = {"ar"}
TRANSLATIONS = Path(__file__).parent / "translations"


def init_languages(app: Flask, settings: Settings) -> None:
    """Set Flask-Babel up, and give templates `language()`, `direction()` and `languages()`."""
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(  # type: ignore[no-untyped-call]
        app,
        default_locale="fr",
        default_timezone="Europe/Paris",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=lambda: select_language(settings.language),
    )
    app.jinja_env.globals.update(language=language, direction=direction, languages=lambda: NAMES)


def spoken(value: object) -> Language | None:
    """`value` as a language that we speak (`ar-MA` is `ar`), or None."""
    short = str(value or "").replace("_", "-").split("-")[0].lower()
    return short if short in LANGUAGES else None


def select_language(default: Language) -> Language:
    """The language of the page being served.

    With a launch: the person's choice, then the launch's. Without: `?lang=`, then `g.language_hint`, which a view
    sets where a message from the platform says a language. Then the browser's, then the operator's setting.
    """
    launch = g.get("launch")
    wanted = (launch.person_language, launch.language) if launch is not None else (request.args.get("lang"),)
    for value in (*wanted, g.get("language_hint")):
        if found := spoken(value):
            return found
    for value, _quality in request.accept_languages:
        if found := spoken(value):
            return found
    return default


def language() -> Language:
    """The language of the page, for `<html lang>`."""
    return spoken(get_locale()) or "fr"


def direction() -> str:
    """`rtl` or `ltr`, for `<html dir>`."""
    return "rtl" if language() in _RIGHT_TO_LEFT else "ltr"
