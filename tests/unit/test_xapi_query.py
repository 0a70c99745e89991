import base64
import json
import zlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from xapi.errors import ParameterInvalid, Rule
from xapi.query import MAX_LIMIT, StatementQuery, decode_cursor, encode_cursor, parse_query

AGENT = {"account": {"homePage": "https://ent.example", "name": "p-1"}}
UUID_TEXT = "4c0a5c5e-3d29-4a36-8a3e-0c1f0a2a7c11"


def test_no_parameter_asks_for_everything_newest_first() -> None:
    assert parse_query({}) == StatementQuery()


def test_every_parameter_is_read() -> None:
    query = parse_query(
        {
            "agent": [json.dumps(AGENT)],
            "verb": ["http://adlnet.gov/expapi/verbs/answered"],
            "activity": ["https://a.example/x"],
            "registration": [UUID_TEXT],
            "related_activities": ["true"],
            "related_agents": ["true"],
            "since": ["2027-03-01T08:00:00Z"],
            "until": ["2027-03-01T10:00:00+02:00"],
            "limit": ["7"],
            "format": ["ids"],
            "attachments": ["true"],
            "ascending": ["true"],
        }
    )
    moment = datetime(2027, 3, 1, 8, tzinfo=UTC)
    assert query == StatementQuery(
        agent=AGENT,
        verb="http://adlnet.gov/expapi/verbs/answered",
        activity="https://a.example/x",
        registration=UUID(UUID_TEXT),
        related_activities=True,
        related_agents=True,
        since=moment,
        until=moment,
        limit=7,
        format="ids",
        attachments=True,
        ascending=True,
    )


@pytest.mark.parametrize(("text", "limit"), [("0", MAX_LIMIT), ("1", 1), ("999999", MAX_LIMIT)])
def test_a_limit_of_none_or_of_too_many_is_the_most_that_is_given(text: str, limit: int) -> None:
    assert parse_query({"limit": [text]}).limit == limit


def test_a_plus_that_was_not_escaped_is_understood() -> None:
    query = parse_query({"since": ["2027-03-01T10:00:00 02:00"]})
    assert query.since == datetime(2027, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("statementId", "x", Rule.UUID),
        ("voidedStatementId", "", Rule.UUID),
        ("registration", "x", Rule.UUID),
        ("agent", "{", Rule.JSON),
        ("agent", "[" * 100_000, Rule.JSON),
        ("agent", "[]", Rule.OBJECT),
        ("agent", "null", Rule.OBJECT),
        ("agent", '{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]}', Rule.ONE_IDENTIFIER),
        ("verb", "answered", Rule.IRI),
        ("activity", "", Rule.IRI),
        ("since", "yesterday", Rule.TIMESTAMP),
        ("until", "2027-02-30T00:00:00Z", Rule.TIMESTAMP),
        ("limit", "-1", Rule.INTEGER),
        ("limit", "1.0", Rule.INTEGER),
        ("limit", "٣", Rule.INTEGER),
        ("limit", "9" * 50, Rule.INTEGER),
        ("format", "Exact", Rule.CHOICE),
        ("ascending", "True", Rule.BOOLEAN),
        ("related_agents", "1", Rule.BOOLEAN),
        ("Limit", "1", Rule.UNKNOWN),
        ("page", "1", Rule.UNKNOWN),
    ],
)
def test_a_bad_parameter_is_refused_by_name(name: str, text: str, rule: Rule) -> None:
    with pytest.raises(ParameterInvalid) as refused:
        parse_query({name: [text]})
    assert refused.value.parameter.split(".")[0] == name
    assert refused.value.rule == rule
    assert refused.value.status == 400


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(ParameterInvalid) as refused:
        parse_query({"limit": ["1", "2"]})
    assert refused.value.rule == Rule.REPEATED


@pytest.mark.parametrize("beside", ["voidedStatementId", "agent", "verb", "limit", "ascending", "since"])
def test_a_statement_id_stands_alone(beside: str) -> None:
    values = {
        "voidedStatementId": UUID_TEXT,
        "agent": json.dumps(AGENT),
        "verb": "urn:x:y",
        "limit": "1",
        "ascending": "true",
        "since": "2027-03-01T08:00:00Z",
    }
    with pytest.raises(ParameterInvalid) as refused:
        parse_query({"statementId": [UUID_TEXT], beside: [values[beside]]})
    assert refused.value.rule == Rule.EXCLUSIVE


def test_a_statement_id_may_say_format_and_attachments() -> None:
    query = parse_query({"statementId": [UUID_TEXT], "format": ["canonical"], "attachments": ["true"]})
    assert query.statement_id == UUID(UUID_TEXT)


queries = some.builds(
    StatementQuery,
    agent=some.none() | some.just(AGENT),
    verb=some.none() | some.just("urn:x:é"),
    activity=some.none() | some.just("https://a.example/x?y=z"),
    registration=some.none() | some.uuids(),
    related_activities=some.booleans(),
    related_agents=some.booleans(),
    since=some.none() | some.datetimes(timezones=some.just(UTC)),
    until=some.none() | some.datetimes(timezones=some.just(UTC)),
    limit=some.integers(1, MAX_LIMIT),
    format=some.sampled_from(["exact", "ids", "canonical"]),
    attachments=some.booleans(),
    ascending=some.booleans(),
    after=some.integers(0, 2**63 - 1),
)


@given(queries)
def test_a_cursor_carries_the_whole_query_and_the_position(query: StatementQuery) -> None:
    assert query.after is not None
    assert decode_cursor(encode_cursor(query, query.after)) == query


@given(some.text(max_size=60) | some.binary(max_size=60).map(lambda raw: raw.hex()))
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ParameterInvalid):
        decode_cursor(text)


def test_a_cursor_that_would_unpack_to_far_more_is_refused() -> None:
    bomb = zlib.compress(b"[1," + b" " * 4_000_000 + b"{}]", 9)
    with pytest.raises(ParameterInvalid):
        decode_cursor(base64.urlsafe_b64encode(bomb).decode())
    with pytest.raises(ParameterInvalid) as refused:
        decode_cursor("A" * 9_000)
    assert refused.value.rule == Rule.TOO_LONG


@pytest.mark.parametrize(
    "content", ["1", "[1]", "[true,{}]", "[-1,{}]", '[1,{"limit":1}]', '[1,{"scope":"x"}]', "[1,[]]"]
)
def test_a_forged_cursor_is_held_to_the_rules_of_a_query(content: str) -> None:
    forged = base64.urlsafe_b64encode(zlib.compress(content.encode())).decode()
    with pytest.raises(ParameterInvalid):
        decode_cursor(forged)
