"""The commands of the administration, as the operator types them."""

import json
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result
from front_door import Browser, Clock, Installation
from sqlalchemy import select, text

from lti_tool.app import create_app
from lti_tool.cli import main
from lti_tool.database import Database
from lti_tool.lti.model import Client, Deployment, Invitation, Platform
from lti_tool.settings import load_settings

ISSUER = "https://ent.example"
ADD = [
    "platform", "add", "--issuer", ISSUER, "--client-id", "c1", "--auth-login-url", f"{ISSUER}/auth",
    "--auth-token-url", f"{ISSUER}/token", "--jwks-url", f"{ISSUER}/jwks",
]  # fmt: skip

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `passerelle …` with settings of its own."""
    monkeypatch.setenv("PASSERELLE_BASE_URL", "https://tool.example.test")
    monkeypatch.setenv("PASSERELLE_DATABASE_URL", f"sqlite:///{tmp_path}/tool.sqlite3")
    monkeypatch.setenv("PASSERELLE_KEYS_DIR", str(tmp_path / "keys"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), prog_name="passerelle")

    return invoke


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/tool.sqlite3")
    yield made
    made.dispose()


def good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result: Result) -> str:
    """The one line of a command that could not do what was asked."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


# Invitations


def test_invite_prints_the_address_and_nothing_else(run: Run, database: Database) -> None:
    written = good(run("platform", "invite"))
    parts = urlsplit(written.strip())
    assert written.count("\n") == 1
    assert (parts.netloc, parts.path) == ("tool.example.test", "/lti/register")
    assert len(parse_qs(parts.query)["invitation"][0]) >= 32
    with database.read() as session:
        invitation = session.scalars(select(Invitation)).one()
    assert invitation.expires_at - invitation.created_at == timedelta(days=7)
    assert parse_qs(parts.query)["invitation"][0] not in invitation.token_hash


def test_an_invitation_lasts_as_many_days_as_asked(run: Run, database: Database) -> None:
    good(run("platform", "invite", "--days", "2"))
    with database.read() as session:
        invitation = session.scalars(select(Invitation)).one()
    assert invitation.expires_at - invitation.created_at == timedelta(days=2)


@pytest.mark.parametrize("days", ["0", "-1", "91", "x"])
def test_an_invitation_of_no_or_endless_days_is_refused(run: Run, days: str) -> None:
    assert run("platform", "invite", "--days", days).exit_code == 2


def test_each_invitation_is_another(run: Run) -> None:
    assert len({good(run("platform", "invite")) for _ in range(3)}) == 3


# Platforms by hand


def test_a_platform_is_added_listed_shown_and_disabled(run: Run) -> None:
    extra = ["--name", "ENT d’essai", "--token-audience", f"{ISSUER}/aud", "--frame-ancestor", "https://pages.example"]
    good(run(*ADD, *extra, "--deployment-id", "1", "--deployment-id", "2"))
    assert good(run("platform", "list")) == f"1\tactive\t{ISSUER}\t-\t1\tENT d’essai\n"
    shown = good(run("platform", "show", ISSUER))
    for expected in (
        f"jwks-url\t{ISSUER}/jwks",
        f"frame-ancestors\t{ISSUER} https://pages.example",
        "client-id\tc1",
        f"auth-login-url\t{ISSUER}/auth",
        f"auth-token-url\t{ISSUER}/token",
        f"token-audience\t{ISSUER}/aud",
        "deployment-id\t1\taccepted",
        "deployment-id\t2\taccepted",
    ):
        assert expected in shown
    good(run("platform", "disable", ISSUER))
    assert "\tdésactivée\t" in good(run("platform", "list"))
    good(run(*ADD))
    assert "\tactive\t" in good(run("platform", "list"))


def test_a_platform_is_named_by_its_number_too(run: Run) -> None:
    good(run(*ADD))
    assert f"issuer\t{ISSUER}" in good(run("platform", "show", "1"))


def test_adding_again_updates_the_same_client(run: Run, database: Database) -> None:
    good(run(*ADD))
    good(run(*[part.replace("/token", "/new-token") for part in ADD]))
    with database.read() as session:
        assert [client.token_url for client in session.scalars(select(Client))] == [f"{ISSUER}/new-token"]


def test_a_second_client_with_other_keys_is_refused(run: Run, database: Database) -> None:
    good(run(*ADD))
    other = [part.replace("c1", "c2").replace("/jwks", "/other") for part in ADD]
    assert "--jwks-url" in refused(run(*other))
    with database.read() as session:
        assert len(session.scalars(select(Client)).all()) == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--issuer", "ent.example"),
        ("--jwks-url", "ftp://ent.example/jwks"),
        ("--jwks-url", "javascript:alert(1)"),
        ("--auth-login-url", "https://user@ent.example/auth"),
        ("--auth-token-url", "https://ent.example/a b"),
        ("--frame-ancestor", "https://ent.example/page"),
        ("--frame-ancestor", "https://ent.example; script-src *"),
        ("--frame-ancestor", "*"),
    ],
)
def test_what_is_no_address_is_refused_by_its_option(run: Run, database: Database, option: str, value: str) -> None:
    result = run(*ADD, option, value)
    assert result.exit_code == 2
    assert option in result.stderr


def test_unknown_platforms_are_refused_in_one_line(run: Run) -> None:
    for command in ("show", "disable"):
        assert "passerelle platform list" in refused(run("platform", command, "https://nobody.example"))


def test_a_deployment_is_accepted_by_hand(run: Run, database: Database) -> None:
    good(run(*ADD))
    good(run("platform", "deployments", "accept", ISSUER, "c1", "77"))
    with database.read() as session:
        assert [(each.deployment_id, each.state) for each in session.scalars(select(Deployment))] == [
            ("77", "accepted")
        ]
    assert "platform show" in refused(run("platform", "deployments", "accept", ISSUER, "nobody", "77"))
    good(run("platform", "disable", ISSUER))
    assert "désactivée" in refused(run("platform", "deployments", "accept", ISSUER, "c1", "78"))


# Keys


def test_keys_are_listed_rotated_and_retired(run: Run, tmp_path: Path) -> None:
    first = good(run("keys", "list")).split("\t")
    assert first[2] == "signe\n"
    second = good(run("keys", "rotate")).strip()
    listed = [line.split("\t") for line in good(run("keys", "list")).splitlines()]
    assert [(kid, role) for kid, _, role in listed] == [(second, "signe"), (first[0], "publiée")]
    good(run("keys", "retire", first[0]))
    assert len(good(run("keys", "list")).splitlines()) == 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").glob("*.pem")} == {0o600}


def test_the_signing_key_and_unknown_keys_are_not_retired(run: Run) -> None:
    current = good(run("keys", "list")).split("\t")[0]
    for kid in (current, "nobody", "../actor"):
        assert "keys rotate" in refused(run("keys", "retire", kid))
    assert good(run("keys", "list")).startswith(current)


def test_a_keys_folder_that_cannot_be_made_is_said_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PASSERELLE_KEYS_DIR", str(tmp_path / "file" / "keys"))
    for command in (["keys", "list"], ["admin", "link"]):
        assert "file/keys" in refused(run(*command))


# The operator's link


def test_the_link_opens_the_administration_once(run: Run) -> None:
    link = good(run("admin", "link")).strip()
    assert link.startswith("https://tool.example.test/administration/entree/")
    good(run("platform", "list"))  # a migrated database
    installation = Installation(create_app(load_settings(), clock=Clock()), Clock())
    browser = Browser(installation)
    assert browser.get(link).status_code == 303
    assert browser.get("/administration/").status_code == 200
    assert Browser(installation).get(link).status_code == 403
    installation.close()


# The doctor


def test_the_doctor_leaves_with_1_and_says_what_to_do(run: Run) -> None:
    good(run(*ADD))
    result = run("doctor")
    assert result.exit_code == 1
    assert "[!!] Réponse à l’adresse publique" in result.stdout
    assert f"[!!] Clés de la plateforme ({ISSUER})" in result.stdout
    assert "PASSERELLE_BASE_URL" in result.stdout or "proxy" in result.stdout


def test_the_doctor_writes_json(run: Run) -> None:
    good(run(*ADD))
    result = run("doctor", "--json")
    found = {(line["check"], line["subject"]): line for line in json.loads(result.stdout)}
    assert found["database", ""]["ok"] is True
    assert found["platform-keys", ISSUER]["ok"] is False
    assert found["platform-keys", ISSUER]["remedy"]


def test_the_doctor_does_not_mend_what_it_looks_at(run: Run, database: Database, tmp_path: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "[!!] Version de la base de données" in result.stdout
    assert "[!!] Fichiers de clés" in result.stdout
    assert not (tmp_path / "keys").exists()
    good(run("platform", "list"))
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert "[!!] Version de la base de données" in run("doctor").stdout
    with database.read() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "older"


def test_the_doctor_examines_a_tool_that_refuses_to_start(run: Run, tmp_path: Path) -> None:
    good(run("platform", "list"))
    create_app(load_settings()).extensions["passerelle"].database.dispose()
    (tmp_path / "keys" / "actor.secret").write_text("another")
    assert "[!!] Secret des pseudonymes" in run("doctor").stdout


@pytest.mark.parametrize("command", [["platform", "list"], ["doctor"], ["admin", "link"], ["keys", "list"]])
def test_settings_that_cannot_be_used_are_named_without_a_trace(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("PASSERELLE_BASE_URL", "http://tool.example.test")
    assert "PASSERELLE_BASE_URL" in refused(run(*command))


def test_a_database_that_is_away_is_said_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_DATABASE_URL", "postgresql+psycopg://p:s3cret@127.0.0.1:9/p")
    for command in (["platform", "list"], ["platform", "invite"]):
        said = refused(run(*command))
        assert "passerelle doctor" in said.replace("\u00a0", " ")
        assert "s3cret" not in said


def test_a_database_address_that_is_none_is_said_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_DATABASE_URL", "nonsense")
    for command in (["doctor"], ["platform", "list"], ["platform", "show", "1"], ["platform", "invite"]):
        assert "PASSERELLE_DATABASE_URL" in refused(run(*command))


def test_platforms_stay_when_a_command_fails(run: Run, database: Database) -> None:
    good(run(*ADD))
    run(*ADD, "--deployment-id", "x" * 10, "--jwks-url", f"{ISSUER}/other")
    with database.read() as session:
        assert session.scalars(select(Platform)).one().jwks_url == f"{ISSUER}/jwks"
        assert session.scalars(select(Deployment)).all() == []
