"""Where the demonstration ENT runs, and where it does not."""

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from lti_tool.demo import create_blueprint
from lti_tool.demo.ent import check_loopback
from lti_tool.demo.model import EntRow
from lti_tool.demo.storage import database_url, open_database
from lti_tool.settings import Settings, SettingsInvalid


@pytest.mark.parametrize(
    ("base_url", "demo_url"),
    [
        ("https://passerelle.college.example", None),
        ("https://passerelle.localhost:8443", "https://ent.college.example/demo"),
        ("https://passerelle.localhost:8443", "https://ent.localhost:8443"),
    ],
)
def test_it_refuses_to_start_where_others_could_come_by_or_where_it_is_not_served(base_url, demo_url):
    settings = Settings(base_url=base_url).model_copy(update={"demo": True, "demo_url": demo_url})
    with pytest.raises(SettingsInvalid) as refusal:
        create_blueprint(settings, lambda: "")
    assert "PASSERELLE_DEMO_URL" in str(refusal.value)


def test_two_sites_on_loopback_are_fine():
    check_loopback(Settings(base_url="https://passerelle.localhost:8443", demo_url="https://ent.localhost:9443/demo"))


@pytest.mark.parametrize(
    ("tool", "ent"),
    [
        ("sqlite:///var/passerelle.sqlite3", "sqlite:///var/demo.sqlite3"),
        ("sqlite:////srv/data/tool.db", "sqlite:////srv/data/demo.sqlite3"),
        ("sqlite://", "sqlite:///var/demo.sqlite3"),
        ("postgresql+psycopg://u@localhost/db", "sqlite:///var/demo.sqlite3"),
    ],
)
def test_its_database_is_a_file_of_its_own_next_to_the_tools(tool, ent):
    assert database_url(tool) == ent


def _open(path: str) -> str:
    database = open_database(f"sqlite:///{path}", issuer="http://127.0.0.1:8000/demo", tool="http://127.0.0.1:8000")
    with database.read() as session:
        generation = session.get_one(EntRow, 1).generation
    database.dispose()
    return generation


def test_workers_that_start_together_share_one_identity(tmp_path: Path):
    path = str(tmp_path / "demo.sqlite3")
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert len(set(pool.map(_open, [path] * 8))) == 1


def test_what_was_kept_is_found_again_unless_the_addresses_changed(tmp_path: Path):
    path = str(tmp_path / "demo.sqlite3")
    first = _open(path)
    assert _open(path) == first
    moved = open_database(f"sqlite:///{path}", issuer="http://127.0.0.1:8001/demo", tool="http://127.0.0.1:8001")
    with moved.read() as session:
        assert session.get_one(EntRow, 1).generation != first
    moved.dispose()


def test_a_database_of_another_version_is_made_anew(tmp_path: Path):
    path = tmp_path / "demo.sqlite3"
    first = _open(str(path))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert _open(str(path)) != first
