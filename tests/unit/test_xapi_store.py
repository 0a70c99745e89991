import json
import threading
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session
from xapi_samples import AUTHORITY, CATEGORY, COURSE, ISSUER, NOW, QUESTION, REGISTRATION, answered, minimal, voiding

from lti_tool.database import Database
from xapi import sql_tables, statements
from xapi.errors import Rule, StatementConflict, StatementInvalid
from xapi.formats import parse_timestamp
from xapi.query import StatementQuery, decode_cursor
from xapi.sql_store import SqlStore, metadata
from xapi.store import Scope
from xapi.vocabulary import Verb

HERE = Scope(platform=ISSUER, context="12", school="0951234A")
STORE = SqlStore()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'xapi.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    made = Database(url)
    metadata.create_all(made.engine)
    yield made
    made.dispose()


def add(database: Database, *given: dict[str, Any], scope: Scope = HERE, now: datetime = NOW) -> list[UUID]:
    with database.write() as session:
        return STORE.add(session, given, scope=scope, authority=AUTHORITY, now=now)


def numbers(
    database: Database, query: StatementQuery | None = None, scope: Scope | None = None, **more: Any
) -> list[int]:
    with database.read() as session:
        page = STORE.search(session, query or StatementQuery(**more), scope=scope)
    return [UUID(found["id"]).int for found in page.statements]


def get(database: Database, number: int, **more: Any) -> dict[str, Any] | None:
    with database.read() as session:
        return STORE.get(session, UUID(int=number), **({"scope": None} | more))


def test_a_statement_is_kept_exactly_with_what_the_store_adds(database: Database) -> None:
    given = answered()
    given["result"]["extensions"] = {
        "https://a.example/x": {"é": [1.0, 1e30, "\U0001f600", "\ud83d", "\x00", None, 2**70]}
    }
    before = deepcopy(given)
    assert add(database, given) == [UUID(int=1)]
    assert given == before
    kept = get(database, 1)
    assert kept == given | {"stored": "2027-03-01T08:00:00.000Z", "authority": AUTHORITY, "version": "1.0.0"}
    assert kept is not None
    assert json.dumps(kept["result"]) == json.dumps(given["result"])


def test_what_is_missing_is_set(database: Database) -> None:
    (identifier,) = add(database, minimal() | {"stored": "1999-01-01T00:00:00Z", "authority": {"mbox": "mailto:x@y.z"}})
    kept = get(database, identifier.int)
    assert kept is not None
    assert kept["timestamp"] == kept["stored"] == "2027-03-01T08:00:00.000Z"
    assert kept["version"] == "1.0.0"
    assert kept["authority"] == AUTHORITY


def test_a_context_activity_that_stands_alone_becomes_a_list(database: Database) -> None:
    alone = minimal() | {"context": {"contextActivities": {"parent": {"id": COURSE}}}}
    (identifier,) = add(database, alone | {"object": {"objectType": "SubStatement", **deepcopy(alone)}})
    kept = get(database, identifier.int)
    assert kept is not None
    assert kept["context"]["contextActivities"]["parent"] == [{"id": COURSE}]
    assert kept["object"]["context"]["contextActivities"]["parent"] == [{"id": COURSE}]
    assert numbers(database, activity=COURSE, related_activities=True) == [identifier.int]


def test_one_bad_statement_refuses_the_batch_and_says_which(database: Database) -> None:
    with pytest.raises(StatementInvalid) as refused:
        add(database, answered(1), answered(2) | {"actor": {}}, answered(3))
    assert refused.value.path == "[1].actor"
    assert numbers(database) == []


def test_the_callers_transaction_decides(database: Database) -> None:
    with Session(database.engine) as session:
        STORE.add(session, [answered()], scope=HERE, authority=AUTHORITY, now=NOW)
        assert STORE.count(session) == 1
        session.rollback()
    with database.read() as session:
        assert STORE.count(session) == 0


def test_the_same_statement_again_changes_nothing(database: Database) -> None:
    add(database, answered())
    first = get(database, 1)
    again = answered() | {"verb": {"id": Verb.ANSWERED.value}, "id": str(UUID(int=1)).upper()}
    del again["timestamp"]
    assert add(database, again, now=NOW + timedelta(hours=1)) == [UUID(int=1)]
    assert get(database, 1) == first
    with database.read() as session:
        assert STORE.count(session) == 1


def test_another_statement_with_the_same_id_is_a_conflict(database: Database) -> None:
    add(database, answered())
    with pytest.raises(StatementConflict) as refused:
        add(database, answered(2), answered(1, name="p-2"))
    assert refused.value.status == 409
    assert refused.value.statement_id == UUID(int=1)
    assert numbers(database) == [1]


def test_an_id_twice_in_a_batch_is_refused(database: Database) -> None:
    with pytest.raises(StatementInvalid) as refused:
        add(database, answered(1), answered(1))
    assert (refused.value.path, refused.value.rule) == ("[1].id", Rule.DISTINCT)


def test_an_empty_batch_is_nothing(database: Database) -> None:
    assert add(database) == []


@pytest.fixture
def several(database: Database) -> Database:
    """1–3: p-1 answers; 4: p-2 elsewhere, another verb and activity, no registration; each stored a minute later."""
    for number in (1, 2, 3):
        add(database, answered(number), now=NOW + timedelta(minutes=number))
    other = answered(4, name="p-2")
    other["verb"] = statements.verb(Verb.EXPERIENCED)
    other["object"] = statements.activity("https://a.example/kit")
    del other["context"]["registration"]
    other["context"]["instructor"] = statements.account_actor(ISSUER, "teacher")
    add(database, other, scope=Scope(platform="https://other.example"), now=NOW + timedelta(minutes=4))
    return database


def test_the_newest_come_first_unless_asked_otherwise(several: Database) -> None:
    assert numbers(several) == [4, 3, 2, 1]
    assert numbers(several, ascending=True) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"agent": statements.account_actor(ISSUER, "p-1")}, [3, 2, 1]),
        ({"agent": statements.account_actor(ISSUER, "p-2")}, [4]),
        ({"agent": statements.account_actor(ISSUER, "nobody")}, []),
        ({"agent": statements.account_actor(ISSUER, "teacher")}, []),
        ({"agent": statements.account_actor(ISSUER, "teacher"), "related_agents": True}, [4]),
        ({"agent": AUTHORITY, "related_agents": True}, [4, 3, 2, 1]),
        ({"verb": Verb.ANSWERED.value}, [3, 2, 1]),
        ({"activity": QUESTION}, [3, 2, 1]),
        ({"activity": COURSE}, []),
        ({"activity": COURSE, "related_activities": True}, [4, 3, 2, 1]),
        ({"activity": CATEGORY, "related_activities": True, "verb": Verb.EXPERIENCED.value}, [4]),
        ({"registration": REGISTRATION}, [3, 2, 1]),
        ({"registration": UUID(int=5)}, []),
        ({"since": NOW + timedelta(minutes=2)}, [4, 3]),
        ({"until": NOW + timedelta(minutes=2)}, [2, 1]),
        ({"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=3), "ascending": True}, [2, 3]),
        ({"agent": statements.account_actor(ISSUER, "p-1"), "activity": QUESTION, "limit": 2}, [3, 2]),
    ],
)
def test_a_query_finds_what_it_asks_for(several: Database, asked: dict[str, Any], found: list[int]) -> None:
    assert numbers(several, **asked) == found


def test_a_group_is_found_by_its_members_and_an_agent_as_object(database: Database) -> None:
    member = statements.account_actor(ISSUER, "m")
    group = minimal() | {"id": str(UUID(int=1)), "actor": {"objectType": "Group", "member": [member]}}
    about = minimal() | {"id": str(UUID(int=2)), "object": member}
    add(database, group, about)
    assert numbers(database, agent=member) == [2, 1]


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("by_agent", [True, False])
def test_pages_go_through_everything_once(several: Database, ascending: bool, by_agent: bool) -> None:
    agent = statements.account_actor(ISSUER, "p-1") if by_agent else None
    query = StatementQuery(limit=1, ascending=ascending, agent=agent)
    seen: list[int] = []
    while True:
        with several.read() as session:
            page = STORE.search(session, query, scope=None)
        seen += [UUID(found["id"]).int for found in page.statements]
        if page.cursor is None:
            break
        if not ascending:
            add(several, answered(100 + len(seen)), now=NOW + timedelta(hours=1))
        query = decode_cursor(page.cursor)
    expected = [1, 2, 3] if by_agent else [1, 2, 3, 4]
    assert seen == (expected if ascending else expected[::-1])


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope(), [4, 3, 2, 1]),
        (HERE, [3, 2, 1]),
        (Scope(platform=ISSUER), [3, 2, 1]),
        (Scope(school="0951234A"), [3, 2, 1]),
        (Scope(platform="https://other.example"), [4]),
        (Scope(platform="https://other.example", school="0951234A"), []),
        (Scope(context="13"), []),
    ],
)
def test_a_scope_bounds_search_get_and_count(several: Database, scope: Scope, found: list[int]) -> None:
    assert numbers(several, scope=scope) == found
    for number in (1, 2, 3, 4):
        assert (get(several, number, scope=scope) is not None) == (number in found)
    with several.read() as session:
        assert STORE.count(session, scope=scope) == len(found)


def test_a_context_that_moves_to_another_school_takes_its_statements_along(several: Database) -> None:
    with several.write() as session:
        assert STORE.rescope(session, context="12", school="0959999Z") == 3
        assert STORE.rescope(session, context="12", school="0959999Z") == 0
    assert numbers(several, scope=Scope(school="0951234A")) == []
    assert numbers(several, scope=Scope(school="0959999Z")) == [3, 2, 1]
    with several.write() as session:
        assert STORE.rescope(session, context="12", school=None) == 3
    assert numbers(several, scope=Scope(school="0959999Z")) == []


def test_a_reader_may_be_held_to_one_authority(several: Database) -> None:
    with several.read() as session:
        mine = STORE.search(session, StatementQuery(), scope=None, authority=statements.agent_key(AUTHORITY))
        theirs = STORE.search(session, StatementQuery(), scope=None, authority="nobody")
        assert STORE.get(session, UUID(int=1), scope=None, authority="nobody") is None
    assert len(mine.statements) == 4
    assert theirs.statements == []


# Voiding


def test_a_voided_statement_is_found_only_as_such(several: Database) -> None:
    add(several, voiding(UUID(int=2), 50), now=NOW + timedelta(hours=1))
    assert numbers(several) == [50, 4, 3, 1]
    assert get(several, 2) is None
    assert get(several, 2, voided=True) is not None
    assert get(several, 1, voided=True) is None
    assert numbers(several, voided_statement_id=UUID(int=2)) == [2]
    assert numbers(several, statement_id=UUID(int=2)) == []
    with several.read() as session:
        assert STORE.count(session) == 4


def test_a_statement_voided_before_it_comes_is_voided_when_it_comes(database: Database) -> None:
    add(database, voiding(UUID(int=2), 50))
    add(database, answered(2))
    assert numbers(database) == [50]


def test_a_statement_and_what_voids_it_may_come_in_one_batch(database: Database) -> None:
    add(database, answered(2), voiding(UUID(int=2), 50))
    assert numbers(database) == [50]


@pytest.mark.parametrize("together", [True, False])
def test_a_voiding_statement_can_not_be_voided(database: Database, together: bool) -> None:
    first, second = voiding(UUID(int=2), 50), voiding(UUID(int=50), 51)
    if not together:
        add(database, first)
    with pytest.raises(StatementInvalid) as refused:
        add(database, *([first, second] if together else [second]))
    assert refused.value.rule == Rule.VOIDS_VOIDING
    assert refused.value.path == ("[1].object.id" if together else "object.id")


def test_voiding_an_already_voided_statement_is_accepted(database: Database) -> None:
    add(database, answered(2))
    add(database, voiding(UUID(int=2), 50))
    add(database, voiding(UUID(int=2), 51))
    assert numbers(database) == [51, 50]


@pytest.mark.parametrize("earlier", [True, False])
def test_nobody_voids_another_scopes_statement(database: Database, earlier: bool) -> None:
    elsewhere = Scope(platform="https://other.example")
    if earlier:
        add(database, voiding(UUID(int=2), 50), scope=elsewhere)
        add(database, answered(2))
    else:
        add(database, answered(2))
        add(database, voiding(UUID(int=2), 50), scope=elsewhere)
    assert get(database, 2) is not None


# The order of storing


def test_stored_only_grows_even_when_the_clock_goes_back(database: Database) -> None:
    add(database, answered(1))
    add(database, answered(2), now=NOW - timedelta(hours=1))
    add(database, answered(3), now=NOW)
    moments = [(get(database, number) or {})["stored"] for number in (1, 2, 3)]
    assert moments == sorted(set(moments))


def test_who_polls_by_since_misses_nothing_while_many_write(database: Database) -> None:
    def write(base: int) -> None:
        for number in range(8):
            add(database, answered(base + number))

    writers = [threading.Thread(target=write, args=(base,)) for base in (100, 200, 300)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    since = None
    while True:
        alive = any(writer.is_alive() for writer in writers)
        with database.read() as session:
            page = STORE.search(session, StatementQuery(since=since, ascending=True), scope=None)
        seen += [UUID(found["id"]).int for found in page.statements]
        if page.statements:
            since = parse_timestamp(page.statements[-1]["stored"])
        elif not alive:
            break
    for writer in writers:
        writer.join()
    assert sorted(seen) == sorted(base + number for base in (100, 200, 300) for number in range(8))


def test_a_position_is_never_used_twice(database: Database) -> None:
    add(database, answered(1))
    with database.write() as session:
        session.execute(delete(sql_tables.statement))
    add(database, answered(2))
    with database.read() as session:
        assert session.execute(select(sql_tables.statement.c.seq)).scalar_one() == 2
        mentioned = session.execute(select(func.min(sql_tables.statement_agent.c.seq))).scalar_one()
    assert mentioned == 2


def test_consistent_through_is_never_later_than_what_a_writer_still_holds(database: Database) -> None:
    add(database, answered(1))
    later = NOW + timedelta(minutes=1)
    with database.read() as session:
        settled = STORE.consistent_through(session, now=later)
    assert later - STORE.settling <= settled <= later
    if database.is_sqlite:
        return
    with database.write() as writing:
        STORE.add(writing, [answered(2)], scope=HERE, authority=AUTHORITY, now=later)
        with database.read() as session:
            assert STORE.consistent_through(session, now=later) == later - STORE.settling
    with database.read() as session:
        assert STORE.consistent_through(session, now=later) == later


def test_keys_of_any_length_are_kept(database: Database) -> None:
    long = "https://a.example/" + "é" * 6_000
    made = answered() | {"actor": statements.account_actor(ISSUER, "名" * 6_000)}
    made["object"] = {"id": long}
    add(database, made)
    assert numbers(database, activity=long, agent=made["actor"]) == [1]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"agent": statements.account_actor(ISSUER, "p")},
        {"activity": COURSE, "related_activities": True},
        {"verb": Verb.ANSWERED.value, "ascending": True},
        {"registration": REGISTRATION},
    ],
)
def test_a_query_reads_its_page_from_an_index_and_sorts_nothing(tmp_path: Path, asked: dict[str, Any]) -> None:
    database = Database(f"sqlite:///{tmp_path / 'xapi.sqlite3'}")
    metadata.create_all(database.engine)
    sent: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append((given[2], given[3])))
    with database.read() as session:
        STORE.search(session, StatementQuery(**asked), scope=None)
        (query, values) = next(one for one in sent if "xapi_statement.body" in one[0])
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    database.dispose()
    steps = " / ".join(row.detail for row in plan)
    assert "TEMP B-TREE" not in steps
    assert asked == {} or "SCAN" not in steps
