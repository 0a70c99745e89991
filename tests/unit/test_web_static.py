import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_tool.settings import load_settings
from lti_tool.web.pages import init_pages
from lti_tool.web.static_files import StaticFiles, static_files

FOLDER = Path(__file__).parents[2] / "lti_tool" / "web" / "static"
LIMITS = {"passerelle.css": 12 * 1024, "passerelle.js": 4 * 1024, "logo.svg": 1024, "logo.png": 4 * 1024}


@pytest.fixture
def browser() -> Iterator[FlaskClient]:
    app = Flask("lti_tool", static_folder=None)
    init_pages(app, load_settings())
    with app.test_client() as client:
        yield client


def url(browser: FlaskClient, name: str) -> str:
    return static_files(browser.application).url(name)


@pytest.mark.parametrize("name", LIMITS)
def test_each_shared_file_stays_small(name: str) -> None:
    assert (FOLDER / name).stat().st_size <= LIMITS[name]


def test_a_file_is_kept_for_ever_under_its_content_s_hash(browser: FlaskClient) -> None:
    answer = browser.get(url(browser, "passerelle.css"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype == "text/css"
    assert answer.data == (FOLDER / "passerelle.css").read_bytes()


def test_a_file_is_gzipped_for_those_who_accept_it(browser: FlaskClient) -> None:
    answer = browser.get(url(browser, "passerelle.css"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.data) == (FOLDER / "passerelle.css").read_bytes()


def test_an_old_hash_gives_today_s_file_but_not_for_ever(browser: FlaskClient) -> None:
    answer = browser.get("/static/000000000000/passerelle.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.css", "../pages.py", "%2e%2e/pages.py", "..%2fpages.py"])
def test_nothing_but_the_files_is_served(browser: FlaskClient, name: str) -> None:
    assert browser.get(f"/static/000000000000/{name}").status_code == 404


def test_the_logo_has_an_address_that_never_changes(browser: FlaskClient) -> None:
    for path in ("/logo.png", "/favicon.ico"):
        answer = browser.get(path)
        assert answer.mimetype == "image/png"
        assert answer.data.startswith(b"\x89PNG")


def test_a_room_s_files_are_named_after_it(tmp_path: Path) -> None:
    (tmp_path / "x.css").write_text("a{}")
    files = StaticFiles()
    files.add_folder(tmp_path, prefix="room/")
    files.add_folder(tmp_path / "missing")
    assert re.fullmatch(r"/static/[0-9a-f]{12}/room/x\.css", files.url("room/x.css"))


def test_the_style_has_logical_properties_only() -> None:
    css = (FOLDER / "passerelle.css").read_text()
    sides = r"(?<![-\w])(margin|padding|border)-(left|right)|text-align:\s*(left|right)"
    places = r"(?<![-\w.])(left|right|top|bottom|float|width|height)\s*:"
    assert re.findall(f"{sides}|{places}", css) == []
    assert "[hidden] { display: none !important; }" in css
