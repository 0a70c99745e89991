import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from xapi_samples import NOW

from lti_tool.database import Database
from xapi.auth import FailureLimit, authenticate, create_credential
from xapi.credentials import AccessScope
from xapi.errors import TooManyFailures, Unauthenticated
from xapi.sql_credentials import list_credentials, remember_use, revoke_credential, use_is_worth_remembering
from xapi.sql_tables import credential, metadata
from xapi.store import Scope


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    database = Database(f"sqlite:///{tmp_path / 'xapi.sqlite3'}")
    metadata.create_all(database.engine)
    with database.write() as session:
        yield session
    database.dispose()


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def create(session: Session, *scopes: str) -> tuple[str, str]:
    return create_credential(session, name="BI", scopes=scopes, restrict=Scope(school="0951234A"), now=NOW)


def test_a_credential_is_proved_by_its_secret(session: Session) -> None:
    key, secret = create(session, "statements/read")
    found = authenticate(session, basic(key, secret))
    assert (found.key, found.name, found.restrict) == (key, "BI", Scope(school="0951234A"))
    assert found.scopes == {AccessScope.STATEMENTS_READ}
    assert found.reads_statements
    assert not found.reads_only_its_own


def test_the_secret_is_nowhere_in_the_table(session: Session) -> None:
    _key, secret = create(session, "all")
    assert secret not in repr(session.execute(select(credential)).all())


@pytest.mark.parametrize(
    "header", [None, "", "Basic", "Basic !", "Bearer x", "Basic " + "A" * 5000, "Basic YQ==", "Basic gP8="]
)
def test_a_header_that_is_no_basic_credential_is_refused(session: Session, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(session, header)


def test_a_wrong_secret_an_unknown_and_a_revoked_key_are_refused_alike(session: Session) -> None:
    key, secret = create(session, "all")
    for wrong in (basic(key, secret + "x"), basic(key, ""), basic("x", secret), basic(key.upper() + "\0", secret)):
        with pytest.raises(Unauthenticated):
            authenticate(session, wrong)
    assert revoke_credential(session, key, now=NOW)
    assert not revoke_credential(session, key, now=NOW)
    with pytest.raises(Unauthenticated):
        authenticate(session, basic(key, secret))


def test_an_unknown_scope_makes_no_credential(session: Session) -> None:
    with pytest.raises(ValueError, match="statements/erase"):
        create(session, "statements/erase")
    assert list_credentials(session) == []


@pytest.mark.parametrize(
    ("scopes", "reads", "own"),
    [
        (["statements/read"], True, False),
        (["all/read"], True, False),
        (["all"], True, False),
        (["statements/read/mine"], True, True),
        (["statements/read/mine", "all/read"], True, False),
        (["statements/write", "state", "define", "profile"], False, False),
    ],
)
def test_scopes_say_what_may_be_read(session: Session, scopes: list[str], reads: bool, own: bool) -> None:
    found = authenticate(session, basic(*create(session, *scopes)))
    assert (found.reads_statements, found.reads_only_its_own) == (reads, own)


def test_a_use_is_written_down_once_an_hour(session: Session) -> None:
    key, _secret = create(session, "all")
    for minutes, expected in ((0, 0), (30, 0), (61, 61)):
        now = NOW + timedelta(minutes=minutes)
        (before,) = list_credentials(session)
        remember_use(session, key, now=now)
        (after,) = list_credentials(session)
        assert after.last_used_at == NOW + timedelta(minutes=expected)
        assert use_is_worth_remembering(before, now=now) == (before != after)


def test_an_address_that_fails_too_often_waits_out_the_minute() -> None:
    limit = FailureLimit(failures=3)
    for _ in range(3):
        limit.check("192.0.2.1", now=NOW)
        limit.record("192.0.2.1", now=NOW)
    with pytest.raises(TooManyFailures) as refused:
        limit.check("192.0.2.1", now=NOW + timedelta(seconds=20))
    assert refused.value.retry_after == 40
    limit.check("192.0.2.2", now=NOW)
    later = NOW + timedelta(seconds=61)
    limit.check("192.0.2.1", now=later)
    limit.record("192.0.2.1", now=later)
    limit.check("192.0.2.1", now=later)


def test_only_so_many_addresses_are_remembered() -> None:
    limit = FailureLimit(failures=1, addresses=10)
    for number in range(100):
        limit.record(str(number), now=NOW)
    limit.check("0", now=NOW)
    with pytest.raises(TooManyFailures):
        limit.check("99", now=NOW)
    assert len(limit._seen) == 10
