from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from xapi_samples import ISSUER, NOW, answered

from xapi import statements
from xapi.validation import validate
from xapi.vocabulary import DISPLAY, Verb


def test_a_built_statement_is_valid_in_both_versions() -> None:
    validate(answered(), version="1.0.3")
    validate(answered(), version="2.0.0")


def test_what_was_not_given_stays_out() -> None:
    made = statements.statement(
        id=UUID(int=7),
        actor=statements.account_actor(ISSUER, "p"),
        verb=statements.verb(Verb.LAUNCHED),
        object=statements.activity("https://a.example/x"),
        timestamp=NOW,
        result=statements.result(),
        context=statements.context(),
    )
    assert made.keys() == {"id", "actor", "verb", "object", "timestamp"}
    assert made["object"] == {"objectType": "Activity", "id": "https://a.example/x"}


def test_a_false_and_a_zero_are_said() -> None:
    made = statements.result(score_scaled=0, success=False, completion=False, response="", duration=timedelta(0))
    assert made == {"score": {"scaled": 0}, "success": False, "completion": False, "response": "", "duration": "PT0S"}


@pytest.mark.parametrize("which", list(Verb))
def test_every_verb_is_displayed_in_three_languages_and_valid(which: Verb) -> None:
    assert DISPLAY[which].keys() == {"en", "fr", "ar"}
    made = answered()
    made["verb"] = statements.verb(which)
    if which is Verb.VOIDED:
        made["object"] = {"objectType": "StatementRef", "id": str(UUID(int=1))}
        del made["context"]["platform"]
    validate(made)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(seconds=12.34), "PT12.34S"),
        (timedelta(seconds=90), "PT1M30S"),
        (timedelta(seconds=59.999), "PT1M"),
        (timedelta(days=2, seconds=0.5), "PT48H0.5S"),
    ],
)
def test_a_duration_is_written_in_hours_minutes_and_hundredths(length: timedelta, text: str) -> None:
    assert statements.duration(length) == text


def test_a_negative_duration_and_a_naive_moment_are_defects() -> None:
    with pytest.raises(ValueError, match="-1 day"):
        statements.duration(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="2027"):
        statements.format_timestamp(datetime(2027, 1, 1))  # noqa: DTZ001


def test_a_timestamp_is_in_utc_to_the_millisecond() -> None:
    assert statements.format_timestamp(datetime(2027, 3, 1, 8, 0, 0, 123999, tzinfo=UTC)) == "2027-03-01T08:00:00.123Z"


def test_agents_are_one_when_their_identifier_is() -> None:
    first = statements.account_actor(ISSUER, "p")
    assert statements.agent_key(first) == statements.agent_key(first | {"name": "Somebody"})
    assert statements.agent_key(first) != statements.agent_key(statements.account_actor(ISSUER + "/", "p"))
    assert statements.agent_key({"objectType": "Group", "member": [first]}) is None


def test_the_parts_of_an_account_can_not_be_mistaken_for_each_other() -> None:
    one = statements.account_actor("https://a.example/", "b")
    other = statements.account_actor("https://a.example", "/b")
    assert statements.agent_key(one) != statements.agent_key(other)


def test_a_long_key_is_short_enough_for_an_index_and_still_its_own() -> None:
    keys = {statements.index_key("https://a.example/" + letter * 5000) for letter in "ab"}
    assert len(keys) == 2
    assert all(len(key) < 400 for key in keys)
