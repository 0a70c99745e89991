import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from room_app import START, RoomApp, room_app
from sqlalchemy import func, insert, select
from test_espace import tell

from lti_tool.app import create_worker
from lti_tool.espace.views import blueprint
from lti_tool.lti.model import LaunchRecord
from lti_tool.people.model import Person
from xapi.query import StatementQuery
from xapi.sql_tables import document, statement, statement_agent
from xapi.statements import account_actor, agent_key
from xapi.vocabulary import Verb


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[RoomApp]:
    made = room_app(tmp_path, blueprint)
    yield made
    made.tool.database.dispose()


def begin(rooms: RoomApp, root: str) -> None:
    tell(rooms, root, Verb.INITIALIZED, registration=uuid4())
    tell(rooms, root, Verb.ANSWERED, registration=uuid4())


def statements_of(rooms: RoomApp, issuer: str, pseudonym: str) -> list[dict[str, object]]:
    query = StatementQuery(agent=account_actor(issuer, pseudonym), related_agents=True)
    with rooms.tool.database.read() as session:
        return rooms.tool.statements.search(session, query, scope=None).statements


def test_who_erases_themselves_is_gone_and_their_statements_still_count(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Zoé")
    _other, other_root = rooms.enter("Noël")
    begin(rooms, root)
    begin(rooms, other_root)
    mine, theirs = rooms.launch(root), rooms.launch(other_root)
    answer = browser.post(f"{root}effacer", data={**rooms.token(root), "sure": "yes"})
    assert answer.status_code == 200
    assert "effacées" in answer.text
    assert statements_of(rooms, mine.platform_issuer, mine.pseudonym) == []
    assert len(statements_of(rooms, theirs.platform_issuer, theirs.pseudonym)) == 2
    with rooms.tool.database.read() as session:
        bodies = [json.loads(body) for body in session.scalars(select(statement.c.body))]
        assert len(bodies) == 4
        assert mine.pseudonym not in json.dumps(bodies)
        assert not session.scalar(select(func.count()).where(statement.c.actor.contains(mine.pseudonym)))
        assert not session.scalar(select(func.count()).where(statement_agent.c.key.contains(mine.pseudonym)))
        assert session.scalars(select(Person.subject)).all() == ["sub-Noël"]
        assert session.scalars(select(LaunchRecord.person_id)).all() == [theirs.person_id]
    assert browser.get(f"{root}mes-donnees").status_code == 401


def test_nothing_is_erased_without_the_box(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Zoé")
    begin(rooms, root)
    answer = browser.post(f"{root}effacer", data=rooms.token(root))
    assert answer.status_code == 400
    assert "Rien n’a été effacé" in answer.text
    launch = rooms.launch(root)
    assert len(statements_of(rooms, launch.platform_issuer, launch.pseudonym)) == 2


def test_a_forged_form_erases_nothing(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Zoé")
    assert browser.post(f"{root}effacer", data={"sure": "yes"}).status_code == 403
    assert rooms.launch(root).person_name == "Zoé"


def test_who_has_not_come_for_the_announced_months_is_erased_by_the_queue(rooms: RoomApp) -> None:
    _browser, root = rooms.enter("Zoé")
    begin(rooms, root)
    gone = rooms.launch(root)
    worker = create_worker(rooms.tool)
    rooms.now[0] = START + timedelta(days=80)
    rooms.enter("Noël")
    with rooms.tool.database.write() as session:
        session.scalars(select(Person).where(Person.name == "Noël")).one().last_seen_at = rooms.now[0]
    assert worker.run_once()
    with rooms.tool.database.read() as session:
        assert len(session.scalars(select(Person.id)).all()) == 2
    rooms.now[0] = START + timedelta(days=95)
    assert worker.run_once()
    with rooms.tool.database.read() as session:
        assert session.scalars(select(Person.name)).all() == ["Noël"]
    assert statements_of(rooms, gone.platform_issuer, gone.pseudonym) == []


def test_what_other_tools_kept_about_who_erases_themselves_goes_too(rooms: RoomApp) -> None:
    browser, root = rooms.enter("Zoé")
    _other, other_root = rooms.enter("Noël")
    for each in (rooms.launch(root), rooms.launch(other_root)):
        agent = agent_key(account_actor(each.platform_issuer, each.pseudonym))
        row = {"key": each.id, "place": each.id, "kind": "state", "name": "n", "agent": agent, "updated": START}
        with rooms.tool.database.write() as session:
            session.execute(insert(document).values(**row, content_type="text/plain", content=b"x"))
    browser.post(f"{root}effacer", data={**rooms.token(root), "sure": "yes"})
    with rooms.tool.database.read() as session:
        assert session.scalars(select(document.c.key)).all() == [rooms.launch(other_root).id]
