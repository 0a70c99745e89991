from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lti_tool.cli.lrs import lrs
from lti_tool.database import Base, Database
from lti_tool.lti.model import Platform
from lti_tool.people.model import School
from xapi.sql_credentials import list_credentials
from xapi.sql_tables import metadata
from xapi.store import Scope

ISSUER = "https://ent.example"


@dataclass
class Context:
    database: Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'tool.sqlite3'}")
    Base.metadata.create_all(made.engine)
    metadata.create_all(made.engine)
    with made.write() as session:
        session.add(Platform(id=7, issuer=ISSUER, name="ENT", jwks_url=f"{ISSUER}/jwks", created_at=datetime.now(UTC)))
        session.add(School(uai="0951234A", name="Collège"))
    yield made
    made.dispose()


def run(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(lrs, ["credential", *arguments], obj=Context(database))


def create(database: Database, *more: str) -> Result:
    return run(database, "create", "--name", "BI", "--scope", "statements/read", *more)


def kept(database: Database) -> list[Scope]:
    with database.read() as session:
        return [found.restrict for found in list_credentials(session)]


def test_a_new_credential_is_printed_once_and_alone(database: Database) -> None:
    result = create(database, "--scope", "state")
    assert result.exit_code == 0
    key, separator, secret = result.stdout.strip().partition(":")
    assert (separator, len(result.stdout.splitlines())) == (":", 1)
    assert len(secret) >= 43
    listed = run(database, "list").stdout
    assert key in listed
    assert "state,statements/read" in listed
    assert secret not in listed


def test_a_platform_is_named_by_its_issuer_and_kept_by_its_number(database: Database) -> None:
    assert create(database, "--platform", ISSUER, "--school", "0951234A").exit_code == 0
    assert kept(database) == [Scope(platform="7", school="0951234A")]
    assert f"{ISSUER}\t0951234A" in run(database, "list").stdout


def test_an_unknown_platform_makes_no_credential(database: Database) -> None:
    result = create(database, "--platform", "https://nobody.example")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "https://nobody.example" in result.stderr
    assert kept(database) == []


def test_a_school_not_met_yet_is_said_and_accepted(database: Database) -> None:
    result = create(database, "--school", "0759999B")
    assert result.exit_code == 0
    assert "0759999B" in result.stderr
    assert ":" in result.stdout


def test_an_unknown_scope_is_refused(database: Database) -> None:
    assert run(database, "create", "--name", "x", "--scope", "everything").exit_code == 2


def test_a_revoked_credential_is_listed_as_such(database: Database) -> None:
    key = create(database).stdout.partition(":")[0]
    assert run(database, "revoke", key).exit_code == 0
    assert "révoqué" in run(database, "list").stdout
    assert run(database, "revoke", key).exit_code == 1
    assert run(database, "revoke", "nobody").exit_code == 1
