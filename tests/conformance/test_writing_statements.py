"""Statements written over HTTP: PUT and POST, alone and in batches, what is assigned and what is refused."""

from datetime import timedelta
from uuid import UUID

import pytest
from lrs import COURSE, NOW, Clock, Lrs, basic, minimal, reference, refused, voiding

from lti_tool.database import Database
from xapi.formats import parse_timestamp
from xapi.store import Scope


def test_a_statement_is_put_under_its_id(lrs: Lrs) -> None:
    assert lrs.put(minimal(), UUID(int=1)).status_code == 204
    assert lrs.put(minimal(2), str(UUID(int=2))).status_code == 204
    assert lrs.numbers() == [2, 1]


def test_a_statement_posted_gets_an_id_and_what_the_store_assigns(lrs: Lrs, clock: Clock) -> None:
    response = lrs.post(minimal(stored="1999-01-01T00:00:00Z", authority={"mbox": "mailto:someone@else.example"}))
    (identifier,) = response.get_json()
    kept = lrs.get(statementId=identifier)
    assert response.status_code == 200
    assert parse_timestamp(kept["stored"]) == clock.now
    assert kept["timestamp"] == kept["stored"]
    assert kept["version"] == "1.0.0"
    assert kept["authority"]["account"]["homePage"] == "http://localhost/"


def test_a_batch_is_kept_in_its_order_and_gives_its_ids(lrs: Lrs) -> None:
    response = lrs.post(*(minimal(number) for number in (3, 1, 2)))
    assert response.get_json() == [str(UUID(int=number)) for number in (3, 1, 2)]
    assert lrs.numbers(ascending="true") == [3, 1, 2]
    assert lrs.ask("POST", "/statements", json=[]).get_json() == []


def test_one_bad_statement_refuses_its_batch_by_position_and_property(lrs: Lrs) -> None:
    batch = [minimal(number) for number in range(1, 6)]
    batch[3]["actor"] = {"mbox": "mailto:a@b.example", "openid": "https://b.example"}
    assert refused(lrs.ask("POST", "/statements", json=batch)) == ("statement-invalid", "[3].actor")
    assert lrs.numbers() == []


def test_ten_thousand_statements_with_one_bad_one_leave_nothing(here: Lrs) -> None:
    batch = [minimal() for _ in range(10_000)]
    batch[9_999]["verb"] = {"id": "not an iri"}
    assert refused(here.ask("POST", "/statements", json=batch)) == ("statement-invalid", "[9999].verb.id")
    assert here.numbers() == []


def test_the_same_statement_again_is_accepted_and_another_with_its_id_is_not(lrs: Lrs) -> None:
    same = minimal(1, result={"duration": "PT1.239S"}, timestamp="2027-03-01T09:00:00+01:00")
    assert lrs.put(same, UUID(int=1)).status_code == 204
    again = same | {"result": {"duration": "PT1.23S"}, "timestamp": "2027-03-01T08:00:00.000Z"}
    assert lrs.put(again, UUID(int=1)).status_code == 204
    assert lrs.post(again).status_code == 200
    other = minimal(1, result={"duration": "PT1.24S"}, timestamp="2027-03-01T08:00:00Z")
    assert refused(lrs.put(other, UUID(int=1)), 409) == ("statement-conflict", str(UUID(int=1)))
    assert refused(lrs.post(minimal(2), other), 409) == ("statement-conflict", str(UUID(int=1)))
    assert lrs.numbers() == [1]
    assert lrs.get(statementId=str(UUID(int=1)))["result"] == {"duration": "PT1.239S"}


@pytest.mark.parametrize(
    ("query", "statement", "named"),
    [
        ({}, minimal(), "statementId"),
        ({"statementId": "1"}, minimal(), "statementId"),
        ({"StatementId": str(UUID(int=1))}, minimal(), "StatementId"),
        ({"statementId": str(UUID(int=1)), "limit": "1"}, minimal(), "limit"),
        ({"statementId": str(UUID(int=1))}, minimal(2), "id"),
        ({"statementId": str(UUID(int=1))}, minimal() | {"id": 7}, "id"),
        ({"statementId": str(UUID(int=1))}, [minimal()], ""),
    ],
)
def test_a_put_that_does_not_say_which_statement_is_refused(
    here: Lrs, query: object, statement: object, named: str
) -> None:
    response = here.ask("PUT", "/statements", json=statement, query=query)
    assert refused(response)[1] == named


def test_every_answer_says_until_when_the_store_is_consistent(lrs: Lrs, clock: Clock) -> None:
    for response in (
        lrs.post(minimal(1)),
        lrs.put(minimal(), UUID(int=2)),
        lrs.put(minimal(2, object={"id": COURSE + "/2"}), UUID(int=2)),
        lrs.post({}),
        lrs.ask("DELETE", "/statements"),
    ):
        through = parse_timestamp(response.headers["X-Experience-API-Consistent-Through"])
        assert through is not None
        assert abs(clock.now - through) <= timedelta(seconds=1)


def test_only_credentials_that_may_write_do(sqlite: Database, here: Lrs) -> None:
    for scopes, status in (
        (["statements/write"], 200),
        (["all"], 200),
        (["all/read"], 403),
        (["statements/read", "state", "profile", "define"], 403),
    ):
        writer = Lrs(here.client, basic(sqlite, *scopes))
        assert writer.post(minimal()).status_code == status
    assert len(here.numbers()) == 2
    assert refused(here.post(minimal(), headers={"Authorization": None}), 401)[0] == "unauthenticated"


def test_what_a_restricted_credential_writes_stands_within_its_bounds(lrs: Lrs, database: Database) -> None:
    writers = {school: Lrs(lrs.client, basic(database, "all", restrict=Scope(school=school))) for school in ("A", "B")}
    for number, writer in enumerate(writers.values(), start=1):
        assert writer.post(minimal(number)).status_code == 200
    assert writers["A"].numbers() == [1]
    assert writers["B"].numbers() == [2]
    assert lrs.numbers() == [2, 1]
    assert writers["A"].post(voiding(2, 50)).status_code == 200
    assert writers["B"].numbers() == [2]
    assert writers["A"].numbers(verb="http://adlnet.gov/expapi/verbs/experienced") == [1]


def test_a_writer_that_reads_only_its_own_reads_what_it_wrote(sqlite: Database, here: Lrs) -> None:
    own = Lrs(here.client, basic(sqlite, "statements/write", "statements/read/mine"))
    here.post(minimal(1))
    own.post(minimal(2))
    own.post(reference(1, 3, verb={"id": "https://a.example/verbs/commented"}))
    assert own.numbers() == [3, 2]
    assert own.numbers(verb="http://adlnet.gov/expapi/verbs/experienced") == [2]
    assert here.numbers(verb="http://adlnet.gov/expapi/verbs/experienced") == [3, 2, 1]


# Voiding


def test_a_voided_statement_is_found_only_as_such_and_by_what_voids_it(lrs: Lrs) -> None:
    lrs.post(minimal(1), minimal(2))
    assert lrs.post(voiding(1, 10)).status_code == 200
    assert refused(lrs.ask("GET", "/statements", query={"statementId": str(UUID(int=1))}), 404)
    assert lrs.get(voidedStatementId=str(UUID(int=1)))["id"] == str(UUID(int=1))
    assert lrs.numbers() == [10, 2]
    assert lrs.numbers(activity=COURSE) == [10, 2]


def test_what_voids_may_come_before_what_it_voids_and_is_not_voided_itself(lrs: Lrs) -> None:
    assert lrs.post(voiding(1, 10)).status_code == 200
    assert lrs.post(minimal(1)).status_code == 200
    assert refused(lrs.post(voiding(10, 11))) == ("statement-invalid", "object.id")
    assert lrs.numbers() == [10]


# Statements about statements


def test_a_statement_is_found_by_what_its_target_says(lrs: Lrs) -> None:
    verb = "https://a.example/verbs/judged"
    lrs.post(minimal(1, verb={"id": verb}), minimal(2))
    lrs.post(reference(1, 3))
    lrs.post(reference(2, 4))
    lrs.post(reference(3, 5, actor={"mbox": "mailto:other@example.org"}))
    assert lrs.numbers(verb=verb) == [5, 3, 1]
    assert lrs.numbers(verb=verb, ascending="true", limit="2") == [1, 3]
    assert lrs.numbers(agent={"mbox": "mailto:parent@example.org"}, verb=verb) == [5, 3, 1]
    assert lrs.numbers(agent={"mbox": "mailto:other@example.org"}) == [5]


def test_when_the_target_was_stored_does_not_count(lrs: Lrs, clock: Clock) -> None:
    verb = "https://a.example/verbs/judged"
    lrs.post(minimal(1, verb={"id": verb}))
    clock.now += timedelta(hours=1)
    lrs.post(reference(1, 2))
    since = (NOW + timedelta(hours=1, minutes=30)).isoformat().replace("+00:00", "Z")
    assert lrs.numbers(verb=verb, since=since) == [2]
    assert lrs.numbers(verb=verb, until=since) == [1]


# 2.0


def test_version_2_keeps_timestamps_in_utc_and_says_its_version(lrs: Lrs) -> None:
    two = lrs.at("2.0.0")
    two.post(minimal(1, timestamp="2027-03-01T09:00:00.123456+01:00"), minimal(2, timestamp="2027-03-01T08:00:00Z"))
    lrs.post(minimal(3, timestamp="2027-03-01T09:00:00.123456+01:00"))
    stamps = {UUID(found["id"]).int: found["timestamp"] for found in two.get()["statements"]}
    assert stamps == {
        1: "2027-03-01T08:00:00.123456Z",
        2: "2027-03-01T08:00:00Z",
        3: "2027-03-01T09:00:00.123456+01:00",
    }
    assert two.get(statementId=str(UUID(int=1)))["version"] == "2.0.0"


def test_context_agents_and_groups_belong_to_version_2(lrs: Lrs) -> None:
    guide = {"mbox": "mailto:guide@example.org"}
    context = {
        "contextAgents": [{"objectType": "contextAgent", "agent": guide, "relevantTypes": ["https://a.example/guide"]}],
        "contextGroups": [
            {
                "objectType": "contextGroup",
                "group": {"objectType": "Group", "member": [{"openid": "https://m.example"}]},
            }
        ],
    }
    assert refused(lrs.post(minimal(1, context=context)))[1] == "context.contextAgents"
    two = lrs.at("2.0.0")
    assert two.post(minimal(1, context=context)).status_code == 200
    assert two.numbers(agent=guide) == []
    assert two.numbers(agent=guide, related_agents="true") == [1]
    assert two.numbers(agent={"openid": "https://m.example"}, related_agents="true") == [1]
    bad = {"contextAgents": [{"objectType": "contextAgent", "agent": guide, "relevantTypes": []}]}
    assert refused(two.post(minimal(2, context=bad)))[1] == "context.contextAgents[0].relevantTypes"
