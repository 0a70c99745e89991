"""The doctor on a real installation, served on loopback, beside a platform: break each thing, see its red line."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import FakePlatform, _Quiet, _Threads, as_json, saying, served
from front_door import Install, Installation
from sqlalchemy import text, update
from werkzeug.wrappers import Request, Response

from lti_tool.administration import checks_here
from lti_tool.administration.doctor import Installation as Examined
from lti_tool.administration.doctor import examine
from lti_tool.administration.findings import all_well
from lti_tool.administration.wording import Line, line, report
from lti_tool.database import Database
from lti_tool.jobs.queue import enqueue
from lti_tool.lti.keys import open_keys
from lti_tool.lti.model import Client, LaunchLog, LaunchRecord, Platform
from lti_tool.schema import upgrade
from lti_tool.settings import Settings


@contextmanager
def serving() -> Iterator[tuple[str, Callable[[Any], None]]]:
    """A port of loopback: its address, and a function that says which application answers there."""
    with make_server("127.0.0.1", 0, saying("nothing"), _Threads, _Quiet) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server.set_app
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Clinic:
    """A tool and its platform, both answering over HTTP, and the doctor."""

    installation: Installation
    platform: FakePlatform
    answer_with: Callable[[Any], None]

    @property
    def settings(self) -> Settings:
        return self.installation.tool.settings

    @property
    def database(self) -> Database:
        return self.installation.tool.database

    def lines(self, *, settings: Settings | None = None, database: Database | None = None) -> list[Line]:
        examined = Examined(settings or self.settings, database or self.database, self.installation.clock)
        return [line(finding) for finding in examine(examined)]

    def red(self, **examined: Any) -> dict[str, Line]:
        return {each.check: each for each in self.lines(**examined) if not each.ok}

    def with_headers(self, change: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]) -> None:
        """Put a proxy in front that changes headers."""
        app = self.installation.app

        def proxied(environ: dict[str, Any], start_response: Any) -> Any:
            return app(environ, lambda status, headers, *rest: start_response(status, change(headers), *rest))

        self.answer_with(proxied)

    def at(self, path: str, answer: Callable[[Request], Response]) -> None:
        """Let something else answer at one of the tool's paths."""
        app = self.installation.app

        def answered(environ: dict[str, Any], start_response: Any) -> Any:
            if environ["PATH_INFO"] != path:
                return app(environ, start_response)
            return answer(Request(environ))(environ, start_response)

        self.answer_with(answered)


@pytest.fixture
def clinic(
    install: Install, keys_dir: Path, tmp_path: Path, platform_keys: dict[str, RSAPrivateKey]
) -> Iterator[Clinic]:
    own_keys = tmp_path / "keys"
    shutil.copytree(keys_dir, own_keys)
    with serving() as (url, answer_with):
        installation = install(base_url=url, keys_dir=own_keys)
        answer_with(installation.app)
        with served(FakePlatform(platform_keys, url)) as platform:
            installation.welcome(platform)
            yield Clinic(installation, platform, answer_with)


def test_a_healthy_installation_is_all_green(clinic: Clinic) -> None:
    lines = clinic.lines()

    assert [(each.check, each.detail) for each in lines if not each.ok] == []
    assert {each.check for each in lines} == {
        "address", "public-url", "own-keys", "database", "migrations", "wal", "key-files", "keys-folder",
        "actor-secret", "queue", "failed-jobs", "packages", "names", "issuer", "platform-keys", "clock", "token",
        "frames",
    }  # fmt: skip


def test_an_examination_leaves_nothing_behind_but_the_platforms_own_log(clinic: Clinic) -> None:
    before = clinic.installation.rows(but=())
    clinic.lines()
    assert clinic.installation.rows(but=()) == before


# The address


def test_an_address_of_this_machine_alone_is_red_when_a_platform_is_elsewhere(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        session.execute(update(Platform).values(issuer="https://ent.example"))
    found = clinic.red()["address"]
    assert clinic.settings.base_url in found.happened
    assert "PASSERELLE_BASE_URL" in found.remedy


def test_an_address_that_answers_nothing_is_red(clinic: Clinic) -> None:
    settings = clinic.settings.model_copy(update={"base_url": "http://127.0.0.1:9"})
    red = clinic.red(settings=settings)
    assert "proxy" in red["public-url"].remedy
    assert "own-keys" not in red  # one fault, one red line
    assert "http://127.0.0.1:9" in red["frames"].remedy


def test_another_site_at_our_address_is_red(clinic: Clinic) -> None:
    clinic.at("/livez", saying("<h1>It works!</h1>", content_type="text/html"))
    assert "PASSERELLE_BASE_URL" in clinic.red()["public-url"].remedy


def test_a_key_set_that_the_proxy_hides_is_red(clinic: Clinic) -> None:
    clinic.at("/.well-known/jwks.json", saying("forbidden", status=403))
    found = clinic.red()["own-keys"]
    assert "HTTP 403" in found.detail
    assert "proxy" in found.remedy


def test_another_key_set_at_our_address_is_red(clinic: Clinic, tmp_path: Path) -> None:
    others, _ = open_keys(tmp_path / "other-keys", datetime.now(UTC))
    clinic.at("/.well-known/jwks.json", saying(json.dumps(others.jwks())))
    assert "PASSERELLE_KEYS_DIR" in clinic.red()["own-keys"].remedy


# The files


def test_a_key_file_that_others_can_read_is_red(clinic: Clinic) -> None:
    (clinic.settings.keys_dir / "session.secret").chmod(0o644)
    found = clinic.red()["key-files"]
    assert "session.secret" in found.happened
    assert "chmod 600" in found.remedy


def test_a_folder_without_keys_is_red(clinic: Clinic, tmp_path: Path) -> None:
    settings = clinic.settings.model_copy(update={"keys_dir": tmp_path / "nowhere"})
    red = clinic.red(settings=settings)
    assert "PASSERELLE_KEYS_DIR" in red["key-files"].remedy
    assert not (tmp_path / "nowhere").exists()  # looking makes nothing


def test_a_keys_folder_that_cannot_be_written_is_red(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, whom no mode stops: ask as the system would answer for another account.
    monkeypatch.setattr(checks_here.os, "access", lambda path, mode: path != clinic.settings.keys_dir)
    assert "chmod 700" in clinic.red()["keys-folder"].remedy


def test_a_key_file_that_is_no_key_is_red_and_ends_nothing(clinic: Clinic) -> None:
    pair = next(clinic.settings.keys_dir.glob("lti-*.pem"))
    pair.write_text("not a key")
    red = clinic.red()
    assert "own-keys" in red
    assert "token" in red


def test_a_changed_actor_secret_is_red(clinic: Clinic) -> None:
    file = clinic.settings.keys_dir / "actor.secret"
    file.write_text("another")
    found = clinic.red()["actor-secret"]
    assert "actor.secret" in found.remedy
    assert "sauvegarde" in found.remedy
    file.unlink()
    assert "sauvegarde" in clinic.red()["actor-secret"].remedy


# The database and the queue


def test_a_database_that_is_away_is_red(clinic: Clinic, tmp_path: Path) -> None:
    away = Database("postgresql+psycopg://passerelle:s3cret@127.0.0.1:9/passerelle")
    lines = clinic.lines(database=away)
    found = next(each for each in lines if each.check == "database")
    assert not found.ok
    assert "PASSERELLE_DATABASE_URL" in found.remedy
    assert "s3cret" not in report(lines, [])


def test_an_empty_database_is_red(clinic: Clinic, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    assert "passerelle serve" in clinic.red(database=empty)["migrations"].remedy
    empty.dispose()


def test_a_database_behind_its_code_is_red(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert set(clinic.red()) == {"migrations"}


def test_a_database_without_wal_is_red(clinic: Clinic) -> None:
    memory = Database("sqlite://")
    upgrade(memory)
    assert "disque local" in clinic.red(database=memory)["wal"].remedy
    memory.dispose()


def test_a_queue_that_nobody_works_on_is_red(clinic: Clinic) -> None:
    now = clinic.installation.clock()
    with clinic.database.write() as session:
        enqueue(session, "grade", {"grade": 1}, now=now - timedelta(minutes=25))
    found = clinic.red()["queue"]
    assert "25 minutes" in found.happened
    assert "passerelle worker" in found.remedy


def test_a_job_that_waits_for_its_moment_is_no_fault(clinic: Clinic) -> None:
    now = clinic.installation.clock()
    with clinic.database.write() as session:
        enqueue(session, "grade", {"grade": 1}, now=now, run_at=now + timedelta(hours=3))
        enqueue(session, "grade", {"grade": 2}, now=now - timedelta(minutes=5))
    assert "queue" not in clinic.red()


def test_a_job_given_up_lately_is_red_with_its_reference(clinic: Clinic) -> None:
    now = clinic.installation.clock()
    with clinic.database.write() as session:
        enqueue(session, "grade", {"grade": 1}, now=now)
        session.execute(
            text("UPDATE job SET failed_at = :at, last_error = 'token-refused (AB23CD45)'"),
            {"at": (now - timedelta(days=2)).isoformat(sep=" ")},
        )
    found = clinic.red()["failed-jobs"]
    assert "grade × 1: token-refused (AB23CD45)" in found.detail
    assert "référence" in found.remedy


# Packages and names


def test_a_package_of_content_with_a_fault_is_red(clinic: Clinic, tmp_path: Path) -> None:
    package = tmp_path / "packages" / "broken"
    package.mkdir(parents=True)
    (package / "parcours.yaml").write_text("id: broken\n")
    settings = clinic.settings.model_copy(update={"packages_dir": package.parent})
    assert "passerelle packages check" in clinic.red(settings=settings)["packages"].remedy


@pytest.mark.parametrize("name", checks_here.NAMES)
def test_a_folder_that_takes_one_of_our_names_is_red(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "site" / name).mkdir(parents=True)
    (tmp_path / "site" / name / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    found = clinic.red()["names"]
    assert name in found.happened
    assert str(tmp_path / "site" / name) in found.detail


def test_a_module_file_that_takes_one_of_our_names_is_red(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xapi.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert "pip uninstall" in clinic.red()["names"].remedy


@pytest.mark.parametrize(
    ("distribution", "name"), [("django-lti", "lti_tool"), ("xapi-python", "xapi"), ("tincan", "xapi")]
)
def test_another_installed_package_that_claims_one_of_our_names_is_red(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, distribution: str, name: str
) -> None:
    folder = tmp_path / "site" / f"{distribution.replace('-', '_')}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (folder / "top_level.txt").write_text(f"{name}\n")
    (folder / "RECORD").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site")])
    assert f"{name}: {distribution}" in clinic.red()["names"].detail


# The platform


def test_an_issuer_with_a_slash_too_many_is_red(clinic: Clinic) -> None:
    good = clinic.platform.issuer
    with clinic.database.write() as session:
        session.execute(update(Platform).values(issuer=f"{good}/"))
    found = clinic.red()["issuer"]
    assert f"--issuer {good}," in found.remedy
    assert "barre oblique" in found.happened


def test_an_issuer_with_a_slash_is_red_even_where_the_platform_does_not_say(clinic: Clinic) -> None:
    clinic.platform.answers["/.well-known/openid-configuration"] = saying("", status=404)
    with clinic.database.write() as session:
        session.execute(update(Platform).values(issuer=f"{clinic.platform.issuer}/"))
    assert "issuer" in clinic.red()
    with clinic.database.write() as session:
        session.add(LaunchLog(at=datetime.now(UTC), platform_id=1, outcome="ok", message="resource", reference="A"))
    assert "issuer" not in clinic.red()  # launches worked: so it is written


def test_a_moodle_that_has_another_name_is_red(clinic: Clinic) -> None:
    clinic.platform.answers["/.well-known/openid-configuration"] = saying("", status=404)
    clinic.platform.answers["/mod/lti/openid-configuration.php"] = saying('{"issuer": "https://moodle.example"}')
    assert "--issuer https://moodle.example" in clinic.red()["issuer"].remedy


def test_a_platform_whose_keys_do_not_answer_is_red(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        session.execute(update(Platform).values(jwks_url="http://127.0.0.1:9/jwks"))
    found = clinic.red()["platform-keys"]
    assert "http://127.0.0.1:9/jwks" in found.happened
    assert "address-unreachable" in found.detail


def test_a_platform_whose_keys_are_refused_is_red_with_the_status(clinic: Clinic) -> None:
    clinic.platform.answers["/jwks"] = saying("maintenance", status=503)
    assert "HTTP 503" in clinic.red()["platform-keys"].detail


@pytest.mark.parametrize("body", ["<html>Erreur</html>", '{"keys": []}', '{"keys": [{"kty": "EC", "kid": "a"}]}', "[]"])
def test_a_key_set_that_is_none_is_red(clinic: Clinic, body: str) -> None:
    clinic.platform.answers["/jwks"] = saying(body)
    assert "jeu de clef" in clinic.red()["platform-keys"].remedy


def test_a_platform_on_a_private_network_is_red_where_private_addresses_are_closed(clinic: Clinic) -> None:
    settings = clinic.settings.model_copy(update={"allow_private_addresses": False})
    red = clinic.red(settings=settings)
    assert "PASSERELLE_ALLOW_PRIVATE_ADDRESSES" in red["platform-keys"].remedy
    assert "public-url" not in red  # our own address is the operator's word


@pytest.mark.parametrize("seconds", [-95, 120])
def test_a_platform_whose_clock_is_off_is_red(clinic: Clinic, seconds: int) -> None:
    clinic.platform.answers["/jwks"] = dated(clinic, seconds)
    found = clinic.red()["clock"]
    said = [int(word) for word in found.happened.split() if word.isdigit()]
    assert said == pytest.approx([abs(seconds)], abs=5)  # the call takes its time
    assert "NTP" in found.remedy


def test_a_platform_a_few_seconds_off_is_no_fault(clinic: Clinic) -> None:
    clinic.platform.answers["/jwks"] = dated(clinic, 12)
    assert clinic.red() == {}


def dated(clinic: Clinic, seconds: float) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        response = as_json(clinic.platform.jwks())
        response.headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
        return response

    return answer


@pytest.mark.parametrize(
    ("answer", "remedy", "detail"),
    [
        ('{"error": "invalid_client", "error_description": "No key"}', "jeu de clés", "invalid_client: No key"),
        ('{"error": "invalid_scope"}', "services", "invalid_scope"),
        ('{"error": "invalid_request", "error_description": "aud"}', "réglages", "invalid_request: aud"),
        ("<html><b>Exception - must be of type string</b>", "réglages", "must be of type string"),
    ],
)
def test_a_refused_token_is_red_with_the_platforms_own_words(
    clinic: Clinic, answer: str, remedy: str, detail: str
) -> None:
    clinic.platform.answers["/token"] = saying(answer, status=400)
    found = clinic.red()["token"]
    assert remedy in found.remedy
    assert detail in found.detail
    assert "client-1" in found.happened


def test_each_client_of_a_platform_asks_for_its_own_token(clinic: Clinic) -> None:
    clinic.installation.welcome(clinic.platform, "client-9")
    tokens = [each for each in clinic.lines() if each.check == "token"]
    assert [(each.ok, each.detail.partition(":")[0]) for each in tokens] == [(True, "client-1"), (False, "client-9")]


def test_a_token_address_that_does_not_answer_is_red(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        session.execute(update(Client).values(token_url="http://127.0.0.1:9/token"))
    assert "http://127.0.0.1:9/token" in clinic.red()["token"].happened


def test_a_token_in_an_answer_is_not_shown(clinic: Clinic) -> None:
    def echo(request: Request) -> Response:
        return as_json({"error": "invalid_request", "error_description": request.form["client_assertion"]}, status=400)

    clinic.platform.answers["/token"] = echo
    lines = clinic.lines()
    assert "eyJ" not in report(lines, [])
    assert "invalid_request" in report(lines, [])


def test_a_platform_that_is_switched_off_is_not_examined(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        session.execute(update(Platform).values(disabled_at=datetime.now(UTC)))
    assert {each.subject for each in clinic.lines()} == {""}


# Frames


def without(name: str) -> Callable[[list[tuple[str, str]]], list[tuple[str, str]]]:
    return lambda headers: [pair for pair in headers if pair[0].lower() != name]


def test_a_proxy_that_drops_our_policy_is_red(clinic: Clinic) -> None:
    clinic.with_headers(without("content-security-policy"))
    assert "Content-Security-Policy" in clinic.red()["frames"].remedy


def test_a_proxy_that_forbids_frames_is_red(clinic: Clinic) -> None:
    clinic.with_headers(lambda headers: [*headers, ("X-Frame-Options", "SAMEORIGIN")])
    found = clinic.red()["frames"]
    assert "X-Frame-Options" in found.remedy
    assert found.detail == "SAMEORIGIN"


def test_pages_that_are_elsewhere_than_the_issuer_are_red(clinic: Clinic) -> None:
    with clinic.database.write() as session:
        session.execute(update(Client).values(authorization_url="https://pages.example/auth"))
    found = clinic.red()["frames"]
    assert "https://pages.example" in found.happened
    assert f"--issuer {clinic.platform.issuer}" in found.remedy
    assert "--frame-ancestor https://pages.example" in found.remedy
    with clinic.database.write() as session:
        session.execute(update(Platform).values(frame_ancestors=["https://pages.example"]))
    assert clinic.red() == {}


def test_pages_are_where_the_last_launches_said(clinic: Clinic) -> None:
    clinic.installation.browser().enter(clinic.platform)
    assert clinic.red() == {}
    with clinic.database.write() as session:
        session.execute(update(LaunchRecord).values(return_url="https://www.ent.example/back"))
    assert "https://www.ent.example" in clinic.red()["frames"].detail


# The report


def test_the_report_holds_every_line_and_no_secret(clinic: Clinic) -> None:
    clinic.platform.answers["/jwks"] = saying("", status=500)
    lines = clinic.lines()
    written = report(lines, ["Passerelle"])
    assert written.count("[OK]") == len([each for each in lines if each.ok])
    assert written.count("[!!]") == 1
    secrets = [file.read_text().strip() for file in clinic.settings.keys_dir.glob("*.secret")]
    assert not any(secret in written for secret in secrets)
    assert "PRIVATE" not in written


def test_all_well_is_said_of_green_lines_alone(clinic: Clinic) -> None:
    examined = Examined(clinic.settings, clinic.database, clinic.installation.clock)
    assert all_well(examine(examined))
    clinic.platform.answers["/jwks"] = saying("")
    assert not all_well(examine(examined))
