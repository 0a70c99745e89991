import logging
import re
from collections.abc import Iterator

import pytest
from flask import Flask, abort, g, redirect, render_template
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

import lti_tool.lti.errors  # noqa: F401 — its classes are looked up below
from lti_tool.errors import Refused, ToolError, Unavailable
from lti_tool.lti.errors import CookiesBlocked, PlatformUnknown, SessionLost
from lti_tool.reference import ALPHABET
from lti_tool.settings import Settings, load_settings
from lti_tool.web.languages import init_languages
from lti_tool.web.pages import init_pages, wording_of
from lti_tool.web.wording import WORDINGS

NEVER = re.compile("rechargez|actualisez|rafra[iî]chissez", re.IGNORECASE)


def build_app(settings: Settings) -> Flask:
    app = Flask("lti_tool", static_folder=None)
    init_languages(app, settings)
    init_pages(app, settings)

    @app.route("/hello")
    def hello() -> str:
        return render_template("web/base.html")

    @app.route("/defect")
    def defect() -> str:
        raise ValueError("Mme Diallo, awa@example.org")

    @app.route("/lost")
    def lost() -> str:
        raise SessionLost("cookie")

    @app.route("/known")
    def known() -> str:
        g.frame_ancestors = ("https://ent.example",)
        raise PlatformUnknown("issuer")

    @app.route("/down")
    def down() -> str:
        raise Unavailable("gradebook")

    @app.route("/abort/<int:status>")
    def stop(status: int) -> str:
        abort(status)

    @app.post("/only-post")
    def only_post() -> str:
        return "ok"

    @app.route("/moved")
    def moved() -> Response:
        return redirect("/hello")

    return app


@pytest.fixture
def browser() -> Iterator[FlaskClient]:
    with build_app(load_settings()).test_client() as client:
        yield client


def every_error(root: type[ToolError] = ToolError) -> set[type[ToolError]]:
    return {root} | {found for child in root.__subclasses__() for found in every_error(child)}


def test_an_error_says_what_happened_what_to_do_and_a_reference(browser: FlaskClient) -> None:
    answer = browser.get("/lost")
    assert answer.status_code == 401
    assert "L’activité s’est fermée" in answer.text
    assert "Fermez cette page et rouvrez l’activité dans l’ENT" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_a_reference_is_eight_letters_that_are_read_as_no_other(browser: FlaskClient) -> None:
    reference = browser.get("/hello").headers["X-Request-Id"]
    assert len(reference) == 8
    assert set(reference) <= set(ALPHABET)
    assert not set("01OIL") & set(ALPHABET)
    assert browser.get("/hello").headers["X-Request-Id"] != reference


def test_a_defect_shows_a_reference_and_nothing_of_itself(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = browser.get("/defect")
    assert answer.status_code == 500
    assert "Diallo" not in answer.text
    assert "Traceback" not in answer.text
    assert any(record.exc_info for record in caplog.records)


def test_a_service_that_is_down_is_a_503_that_says_to_wait(browser: FlaskClient) -> None:
    answer = browser.get("/down")
    assert answer.status_code == 503
    assert "Attendez quelques minutes" in answer.text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 429])
def test_what_the_framework_refuses_is_a_page_like_the_others(browser: FlaskClient, status: int) -> None:
    answer = browser.get(f"/abort/{status}")
    assert answer.status_code == status
    assert 'data-test="error"' in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_an_unknown_address_is_a_404_page(browser: FlaskClient) -> None:
    answer = browser.get("/nowhere/at/all")
    assert answer.status_code == 404
    assert 'data-code="not-found"' in answer.text


def test_a_wrong_method_is_a_405_that_names_the_right_ones(browser: FlaskClient) -> None:
    answer = browser.get("/only-post")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_redirection_is_left_alone(browser: FlaskClient) -> None:
    assert browser.get("/moved").location == "/hello"


def test_an_error_page_can_be_read_in_any_frame_unless_the_view_knows_which(browser: FlaskClient) -> None:
    assert "frame-ancestors *" in browser.get("/lost").headers["Content-Security-Policy"]
    assert "frame-ancestors https://ent.example" in browser.get("/known").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in browser.get("/hello").headers["Content-Security-Policy"]


def test_every_error_of_the_tree_has_words_of_its_own_or_of_its_family() -> None:
    families = {WORDINGS[code] for code in WORDINGS}
    for kind in every_error():
        assert wording_of(kind.__new__(kind)) in families, kind
    assert wording_of(CookiesBlocked()) is WORDINGS["cookies-blocked"]


def test_no_wording_belongs_to_a_code_that_does_not_exist() -> None:
    from lti_tool.web import csrf  # noqa: F401

    assert set(WORDINGS) <= {kind.code for kind in every_error()} | {"method-not-allowed"}


def test_no_error_page_tells_a_parent_to_reload(browser: FlaskClient) -> None:
    for wording in WORDINGS.values():
        with browser.application.test_request_context():
            for text in (wording.title, wording.happened, wording.todo):
                assert not NEVER.search(str(text))


def test_a_refusal_without_words_of_its_own_says_to_open_again() -> None:
    class Strange(Refused):
        code = "strange"

    assert wording_of(Strange()) is WORDINGS["refused"]


def test_pages_are_not_kept_and_say_little_to_others(browser: FlaskClient) -> None:
    headers = browser.get("/hello").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in headers
    assert "Strict-Transport-Security" not in headers


def test_https_is_remembered_when_the_tool_is_behind_it() -> None:
    browser = build_app(load_settings(base_url="https://tool.example")).test_client()
    assert "max-age=" in browser.get("/hello").headers["Strict-Transport-Security"]


def test_a_page_holds_no_inline_script_or_style(browser: FlaskClient) -> None:
    for path in ("/hello", "/lost", "/nowhere"):
        page = browser.get(path).text
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", page)
        assert not re.search(r"<script(?! src=)", page)


def test_the_language_comes_from_the_address_then_the_browser_then_the_setting() -> None:
    browser = build_app(load_settings(language="en")).test_client()
    assert '<html lang="ar" dir="rtl">' in browser.get("/hello?lang=ar", headers={"Accept-Language": "fr"}).text
    assert '<html lang="fr" dir="ltr">' in browser.get("/hello", headers={"Accept-Language": "de, fr-BE;q=0.8"}).text
    assert '<html lang="en" dir="ltr">' in browser.get("/hello", headers={"Accept-Language": "de"}).text
    assert '<html lang="en" dir="ltr">' in browser.get("/hello?lang=../../etc").text


def test_languages_are_offered_in_their_own_script(browser: FlaskClient) -> None:
    page = browser.get("/hello?lang=ar").text
    for name in ("Français", "English", "العربية"):
        assert name in page
