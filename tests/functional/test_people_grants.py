"""Rights as they are kept: who holds which at a moment, and what remains of one taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.database import Base, Database
from lti_tool.errors import BadRequest, NotFound
from lti_tool.lti.model import Client, Deployment, DeploymentState, Platform
from lti_tool.people.grants import Holder, Right, give, grants_of, withdraw
from lti_tool.people.model import Grant, GrantRole, Person, Placement, School

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
MEDIATOR = Right(GrantRole.MEDIATOR, 1, None, None)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Two platforms, a person on each, a placement on the first, a school."""
    database = Database(f"sqlite:///{tmp_path}/t.sqlite3")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        for number in (1, 2):
            issuer = f"https://ent{number}.example"
            session.add(Platform(id=number, issuer=issuer, name="ENT", jwks_url=issuer, created_at=NOW))
            session.flush()
            session.add(
                Person(
                    id=number, platform_id=number, subject="s", pseudonym=f"p{number}", created_at=NOW, last_seen_at=NOW
                )
            )
        session.add(Client(id=1, platform_id=1, client_id="c", authorization_url="", token_url="", created_at=NOW))
        session.flush()
        session.add(Deployment(id=1, client_pk=1, deployment_id="1", state=DeploymentState.ACCEPTED, seen_at=NOW))
        session.add(School(id=1, uai="0951234A", name="Collège"))
        session.flush()
        session.add(Placement(id=1, deployment_id=1, resource_link_id="r"))
        session.flush()
        yield session
    database.dispose()


def test_a_person_holds_their_own_rights_and_those_of_the_placement_that_they_came_by(session: Session) -> None:
    give(session, Holder(person_id=1), MEDIATOR, given_by=None, now=NOW)
    teacher = Right(GrantRole.TEACHER, 1, 1, None)
    give(session, Holder(placement_id=1), teacher, given_by=1, now=NOW)
    assert grants_of(session, person_id=1, placement_id=1, now=NOW) == {MEDIATOR, teacher}
    assert grants_of(session, person_id=1, placement_id=None, now=NOW) == {MEDIATOR}
    assert grants_of(session, person_id=2, placement_id=None, now=NOW) == set()
    assert grants_of(session, person_id=None, placement_id=None, now=NOW) == set()


def test_the_same_right_given_twice_is_one(session: Session) -> None:
    first = give(session, Holder(person_id=1), MEDIATOR, given_by=None, now=NOW)
    assert give(session, Holder(person_id=1), MEDIATOR, given_by=1, now=NOW + timedelta(days=1)) == first
    assert len(session.scalars(select(Grant)).all()) == 1


def test_a_right_taken_back_is_held_no_more_and_stays_written(session: Session) -> None:
    grant = give(session, Holder(person_id=1), MEDIATOR, given_by=1, now=NOW)
    later = NOW + timedelta(hours=1)
    withdraw(session, grant, platform_id=1, now=later)
    withdraw(session, grant, platform_id=1, now=later + timedelta(hours=1))
    assert grants_of(session, person_id=1, placement_id=None, now=NOW) == {MEDIATOR}
    assert grants_of(session, person_id=1, placement_id=None, now=later) == set()
    kept = session.get_one(Grant, grant)
    assert (kept.given_by, kept.given_at, kept.withdrawn_at) == (1, NOW, later)


def test_a_right_taken_back_can_be_given_again(session: Session) -> None:
    grant = give(session, Holder(person_id=1), MEDIATOR, given_by=None, now=NOW)
    withdraw(session, grant, platform_id=None, now=NOW)
    assert give(session, Holder(person_id=1), MEDIATOR, given_by=None, now=NOW) != grant
    assert grants_of(session, person_id=1, placement_id=None, now=NOW) == {MEDIATOR}


@pytest.mark.parametrize("holder", [Holder(), Holder(person_id=1, placement_id=1)])
def test_a_right_has_exactly_one_holder(session: Session, holder: Holder) -> None:
    with pytest.raises(BadRequest):
        give(session, holder, MEDIATOR, given_by=None, now=NOW)


def test_a_right_has_at_most_one_narrower_scope(session: Session) -> None:
    with pytest.raises(BadRequest):
        give(session, Holder(person_id=1), Right(GrantRole.TEACHER, 1, 1, 1), given_by=None, now=NOW)


@pytest.mark.parametrize("person", [2, 99])
def test_a_right_is_given_on_the_persons_own_platform(session: Session, person: int) -> None:
    with pytest.raises(NotFound):
        give(session, Holder(person_id=person), MEDIATOR, given_by=None, now=NOW)


def test_a_right_is_taken_back_on_its_own_platform(session: Session) -> None:
    grant = give(session, Holder(person_id=1), MEDIATOR, given_by=None, now=NOW)
    for number, platform_id in ((grant, 2), (99, 1), (99, None)):
        with pytest.raises(NotFound):
            withdraw(session, number, platform_id=platform_id, now=NOW)
    assert grants_of(session, person_id=1, placement_id=None, now=NOW) == {MEDIATOR}
