"""Statements about statements: the store's short ways against the rule written down plainly."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from xapi_samples import AUTHORITY, NOW, minimal

from lti_tool.database import Database
from xapi import sql_tables
from xapi.query import StatementQuery, decode_cursor
from xapi.sql_store import SqlStore, metadata
from xapi.statements import agent_key
from xapi.store import Scope
from xapi.vocabulary import Verb

STORE = SqlStore()
AGENTS = [{"mbox": f"mailto:{name}@example.org"} for name in "abc"]
VERBS = [f"https://a.example/verbs/{name}" for name in "xyz"]
SCHOOLS = [Scope(school="A"), Scope(school="B")]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'xapi.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    made = Database(url)
    metadata.create_all(made.engine)
    yield made
    made.dispose()


def made(number: int, random: Random, numbers: int) -> dict[str, Any]:
    """A statement, half of the time about one of the others, come or still to come, some voided."""
    one = minimal() | {"id": str(UUID(int=number)), "actor": random.choice(AGENTS)}
    one["verb"] = {"id": random.choice(VERBS)}
    if random.random() < 0.6:
        one["object"] = {"objectType": "StatementRef", "id": str(UUID(int=random.randint(1, numbers)))}
    return one


def expected(kept: list[tuple[dict[str, Any], Scope]], query: StatementQuery, scope: Scope) -> list[int]:
    """The rule, read word by word: itself or any statement on the way from it says what is asked for."""
    by_id = {one["id"]: (one, where) for one, where in kept}

    def says(one: dict[str, Any]) -> bool:
        return (query.verb is None or one["verb"]["id"] == query.verb) and (
            query.agent is None or agent_key(one["actor"]) == query.agent_key
        )

    def way(one: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Scope]]:
        seen = set()
        step = one["id"]
        while step in by_id and step not in seen:
            seen.add(step)
            yield by_id[step]
            target = by_id[step][0]["object"]
            step = target["id"] if target.get("objectType") == "StatementRef" else ""

    def reached(where: Scope) -> bool:
        return scope.school is None or where.school == scope.school

    found = [
        UUID(one["id"]).int
        for one, where in kept
        if reached(where) and any(says(other) and reached(there) for other, there in way(one))
    ]
    return found if query.ascending else found[::-1]


@pytest.mark.parametrize("seed", range(3))
def test_a_query_finds_what_the_rule_says_page_by_page(database: Database, seed: int) -> None:
    random = Random(seed)
    numbers = list(range(1, 41))
    random.shuffle(numbers)
    kept: list[tuple[dict[str, Any], Scope]] = []
    while numbers:
        scope = random.choice(SCHOOLS)
        batch = [made(numbers.pop(), random, 40) for _ in range(min(len(numbers), random.randint(1, 6)))]
        with database.write() as session:
            STORE.add(session, batch, scope=scope, authority=AUTHORITY, now=NOW + timedelta(minutes=len(kept)))
        kept += [(one, scope) for one in batch]
    for ascending in (True, False):
        for limit in (3, 100):
            for verb, agent in ((VERBS[0], None), (None, AGENTS[0]), (VERBS[1], AGENTS[1])):
                for scope in (Scope(), SCHOOLS[0]):
                    query = StatementQuery(verb=verb, agent=agent, ascending=ascending, limit=limit)
                    assert pages(database, query, scope) == expected(kept, query, scope)


def pages(database: Database, query: StatementQuery, scope: Scope) -> list[int]:
    found: list[int] = []
    following: StatementQuery | None = query
    while following is not None:
        with database.read() as session:
            page = STORE.search(session, following, scope=scope)
        found += [UUID(one["id"]).int for one in page.statements]
        following = None if page.cursor is None else decode_cursor(page.cursor)
    return found


@pytest.mark.parametrize("ascending", [True, False])
def test_many_references_are_gone_through_to_the_end(database: Database, ascending: bool) -> None:
    judged = minimal() | {"id": str(UUID(int=1)), "verb": {"id": VERBS[0]}}
    about = [
        minimal() | {"id": str(UUID(int=number)), "object": {"objectType": "StatementRef", "id": str(UUID(int=target))}}
        for number, target in ((2 + number, 1 if number % 600 == 599 else 9999) for number in range(1200))
    ]
    with database.write() as session:
        STORE.add(session, [judged, *about], scope=Scope(), authority=AUTHORITY, now=NOW)
    query = StatementQuery(verb=VERBS[0], since=NOW - timedelta(days=1), ascending=ascending)
    found = [1, 601, 1201]
    assert pages(database, query, Scope()) == (found if ascending else found[::-1])


def test_a_long_way_is_followed_to_a_hundred_statements(database: Database) -> None:
    chain = [
        minimal()
        | {"id": str(UUID(int=number)), "object": {"objectType": "StatementRef", "id": str(UUID(int=number - 1))}}
        for number in range(2, 301)
    ]
    first = minimal() | {"id": str(UUID(int=1)), "verb": {"id": VERBS[0]}}
    for batch in ([first, *chain[:50]], chain[50:]):
        with database.write() as session:
            STORE.add(session, batch, scope=Scope(), authority=AUTHORITY, now=NOW)
    assert set(pages(database, StatementQuery(verb=VERBS[0]), Scope())) >= set(range(1, 102))
    with database.read() as session:
        counted = select(func.count(sql_tables.statement_reference.c.target))
        reached = session.scalars(counted.group_by(sql_tables.statement_reference.c.seq)).all()
    assert max(reached) == 100


def test_a_circle_ends(database: Database) -> None:
    def about(number: int, target: int) -> dict[str, Any]:
        ref = {"objectType": "StatementRef", "id": str(UUID(int=target))}
        return minimal() | {"id": str(UUID(int=number)), "object": ref, "verb": {"id": VERBS[number % 3]}}

    with database.write() as session:
        STORE.add(session, [about(1, 2), about(2, 3)], scope=Scope(), authority=AUTHORITY, now=NOW)
    with database.write() as session:
        STORE.add(session, [about(3, 1), about(4, 4)], scope=Scope(), authority=AUTHORITY, now=NOW)
    for verb in VERBS:
        assert set(pages(database, StatementQuery(verb=verb), Scope())) >= {1, 2, 3}


def test_what_voids_is_found_by_what_it_voids(database: Database) -> None:
    first = minimal() | {"id": str(UUID(int=1)), "verb": {"id": VERBS[0]}}
    void = minimal() | {
        "id": str(UUID(int=2)),
        "verb": {"id": Verb.VOIDED.value},
        "object": {"objectType": "StatementRef", "id": str(UUID(int=1))},
    }
    with database.write() as session:
        STORE.add(session, [first, void], scope=Scope(), authority=AUTHORITY, now=NOW)
    assert pages(database, StatementQuery(verb=VERBS[0]), Scope()) == [2]
