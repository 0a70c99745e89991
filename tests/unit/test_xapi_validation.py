from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from xapi_samples import COURSE, answered, minimal

from xapi.errors import Rule, StatementInvalid
from xapi.validation import Version, validate
from xapi.vocabulary import Verb

AGENT = {"mbox": "mailto:a@example.org"}
ACCOUNT = {"account": {"homePage": "https://a.example", "name": "n"}}
SHA1 = "cd9b00a5611f94eaa7b1661edab976068e364975"
UUID_TEXT = "4c0a5c5e-3d29-4a36-8a3e-0c1f0a2a7c11"
ATTACHMENT = {
    "usageType": "https://a.example/usage",
    "display": {"fr": "Une pièce"},
    "contentType": "text/plain",
    "length": 3,
    "sha2": "0" * 64,
}
REMOVED = object()


def changed(path: str, value: object, *, base: Callable[[], dict[str, Any]] = answered) -> dict[str, Any]:
    """The base with one value put at a dotted path, or taken away."""
    made = deepcopy(base())
    place: Any = made
    *steps, last = path.split("/")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if value is REMOVED:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return made


def substatement(**more: object) -> dict[str, Any]:
    return {"objectType": "SubStatement", **minimal(), **more}


GOOD: list[tuple[str, object]] = [
    ("id", UUID_TEXT.upper()),
    ("actor", AGENT | {"name": "A"}),
    ("actor", {"mbox_sha1sum": SHA1}),
    ("actor", {"openid": "https://openid.example/a"}),
    ("actor", {"objectType": "Group", "member": [AGENT, ACCOUNT]}),
    ("actor", {"objectType": "Group"} | ACCOUNT),
    ("actor", {"objectType": "Group", "member": []} | ACCOUNT),
    ("verb/display", {}),
    ("object/definition", {}),
    ("object/definition/extensions", {"https://a.example/x": None}),
    ("object/definition/interactionType", "other"),
    ("result/score", {"scaled": -1, "raw": 3, "min": 0, "max": 3.5}),
    ("result/score", {}),
    ("result/duration", "P1Y2M3DT4H5M6.78S"),
    ("result/extensions", {"urn:x:y": {"": [None]}}),
    ("context/contextActivities/other", {"id": COURSE}),
    ("context/contextActivities", {}),
    ("context/instructor", {"objectType": "Group", "member": [AGENT]}),
    ("context/team", {"objectType": "Group"} | ACCOUNT),
    ("context/statement", {"objectType": "StatementRef", "id": UUID_TEXT}),
    ("context/language", "ar"),
    ("timestamp", "2099-01-01T00:00:00+02:00"),
    ("stored", "2020-01-01T00:00:00Z"),
    ("version", "1.0"),
    ("version", "1.0.9"),
    ("authority", AGENT),
    ("authority", {"objectType": "Group", "member": [ACCOUNT, AGENT]}),
    ("attachments", []),
    ("attachments", [ATTACHMENT | {"fileUrl": "https://a.example/f", "description": {"en": "x"}}]),
]

BAD: list[tuple[str, object, Rule]] = [
    ("actor", REMOVED, Rule.REQUIRED),
    ("verb", REMOVED, Rule.REQUIRED),
    ("object", REMOVED, Rule.REQUIRED),
    ("actor", None, Rule.OBJECT),
    ("Actor", AGENT, Rule.UNKNOWN),
    ("id", "4c0a5c5e3d294a368a3e0c1f0a2a7c11", Rule.UUID),
    ("id", 1, Rule.STRING),
    ("actor", {}, Rule.ONE_IDENTIFIER),
    ("actor", AGENT | ACCOUNT, Rule.ONE_IDENTIFIER),
    ("actor/name", None, Rule.STRING),
    ("actor/objectType", "agent", Rule.CHOICE),
    ("actor/objectType", [], Rule.CHOICE),
    ("actor/member", [], Rule.UNKNOWN),
    ("actor", {"mbox": "a@example.org"}, Rule.MAILTO),
    ("actor", {"mbox": "mailto:a"}, Rule.MAILTO),
    ("actor", {"mbox": None}, Rule.STRING),
    ("actor", {"mbox_sha1sum": SHA1[1:]}, Rule.SHA1),
    ("actor", {"openid": "a"}, Rule.IRI),
    ("actor/account/homePage", "a.example", Rule.IRI),
    ("actor/account/homePage", REMOVED, Rule.REQUIRED),
    ("actor/account/name", REMOVED, Rule.REQUIRED),
    ("actor/account/name", "", Rule.NOT_EMPTY),
    ("actor/account/extra", "x", Rule.UNKNOWN),
    ("actor", {"objectType": "Group"}, Rule.MEMBERS),
    ("actor", {"objectType": "Group", "member": []}, Rule.MEMBERS),
    ("actor", {"objectType": "Group", "member": AGENT}, Rule.ARRAY),
    ("actor", {"objectType": "Group", "member": [{"objectType": "Group"} | ACCOUNT]}, Rule.CHOICE),
    ("actor", {"objectType": "Group", "member": [{}]}, Rule.ONE_IDENTIFIER),
    ("verb/id", REMOVED, Rule.REQUIRED),
    ("verb/id", "answered", Rule.IRI),
    ("verb/display", "answered", Rule.OBJECT),
    ("verb/display/en", None, Rule.STRING),
    ("verb/display/en_US", "x", Rule.LANGUAGE),
    ("object/objectType", "activity", Rule.CHOICE),
    ("object/id", REMOVED, Rule.REQUIRED),
    ("object/id", "x", Rule.IRI),
    ("object/definition", "x", Rule.OBJECT),
    ("object/definition/moreInfo", "x", Rule.IRI),
    ("object/definition/type", 3, Rule.STRING),
    ("object/definition/name", ["x"], Rule.OBJECT),
    ("object/definition/extensions", {"x": 1}, Rule.IRI),
    ("object/definition/extensions", None, Rule.OBJECT),
    ("object/definition/interactionType", "Choice", Rule.CHOICE),
    ("object/definition/interactionType", {}, Rule.STRING),
    ("object/definition/interactionType", REMOVED, Rule.TYPE_NEEDED),
    ("object/definition/correctResponsesPattern", "x", Rule.ARRAY),
    ("object/definition/correctResponsesPattern", [1], Rule.STRING),
    ("object/definition/choices/1/id", "messages", Rule.DISTINCT),
    ("object/definition/choices/1/id", REMOVED, Rule.REQUIRED),
    ("object/definition/choices/1/description", {"nope-": "x"}, Rule.LANGUAGE),
    ("object/definition/scale", {}, Rule.ARRAY),
    ("object", AGENT, Rule.UNKNOWN),
    ("object", {"objectType": "StatementRef"}, Rule.REQUIRED),
    ("object", {"objectType": "StatementRef", "id": "x"}, Rule.UUID),
    ("object", {"objectType": "StatementRef", "id": UUID_TEXT, "name": "x"}, Rule.UNKNOWN),
    ("object", substatement(id=UUID_TEXT), Rule.UNKNOWN),
    ("object", substatement(authority=AGENT), Rule.UNKNOWN),
    ("object", substatement(object=substatement()), Rule.NOT_HERE),
    ("object", substatement(actor={}), Rule.ONE_IDENTIFIER),
    ("object", substatement(verb={"id": Verb.VOIDED.value}), Rule.VOIDING),
    ("verb/id", Verb.VOIDED.value, Rule.VOIDING),
    ("result", [], Rule.OBJECT),
    ("result/success", "true", Rule.BOOLEAN),
    ("result/completion", 1, Rule.BOOLEAN),
    ("result/response", 1, Rule.STRING),
    ("result/duration", "12s", Rule.DURATION),
    ("result/duration", {}, Rule.STRING),
    ("result/score/scaled", 1.01, Rule.RANGE),
    ("result/score/scaled", "1", Rule.NUMBER),
    ("result/score/scaled", True, Rule.NUMBER),
    ("result/score/scaled", float("nan"), Rule.NUMBER),
    ("result/score/raw", float("inf"), Rule.NUMBER),
    ("result/score", {"raw": 4, "max": 3}, Rule.RANGE),
    ("result/score", {"raw": -1, "min": 0}, Rule.RANGE),
    ("result/score", {"min": 3, "max": 3}, Rule.RANGE),
    ("context/registration", "x", Rule.UUID),
    ("context/team", AGENT, Rule.CHOICE),
    ("context/language", "français", Rule.LANGUAGE),
    ("context/revision", 1, Rule.STRING),
    ("context/contextActivities", [], Rule.OBJECT),
    ("context/contextActivities/Parent", {"id": COURSE}, Rule.UNKNOWN),
    ("context/contextActivities/parent", "x", Rule.OBJECT),
    ("context/contextActivities/parent/0/objectType", "Agent", Rule.CHOICE),
    ("context/statement", {"id": UUID_TEXT}, Rule.CHOICE),
    ("context/contextAgents", [], Rule.UNKNOWN),
    ("timestamp", "2027-03-01", Rule.TIMESTAMP),
    ("stored", "now", Rule.TIMESTAMP),
    ("version", "2.0.0", Rule.VERSION),
    ("version", "1.1.0", Rule.VERSION),
    ("version", 1, Rule.STRING),
    ("authority", {"objectType": "Group", "member": [AGENT, AGENT]}, Rule.OAUTH_PAIR),
    ("authority", {"objectType": "Group", "member": [ACCOUNT]}, Rule.OAUTH_PAIR),
    ("authority", {"objectType": "Group", "member": [ACCOUNT, AGENT]} | ACCOUNT, Rule.OAUTH_PAIR),
    ("attachments", {}, Rule.ARRAY),
    ("attachments", ["x"], Rule.OBJECT),
    ("attachments", [ATTACHMENT | {"length": 1.5}], Rule.INTEGER),
    ("attachments", [ATTACHMENT | {"length": True}], Rule.INTEGER),
    ("attachments", [ATTACHMENT | {"sha2": "x"}], Rule.SHA2),
    ("attachments", [ATTACHMENT | {"contentType": "text"}], Rule.MEDIA_TYPE),
    ("attachments", [ATTACHMENT | {"fileUrl": "f"}], Rule.IRI),
    ("attachments", [{key: value for key, value in ATTACHMENT.items() if key != "usageType"}], Rule.REQUIRED),
]


@pytest.mark.parametrize(("path", "value"), GOOD)
def test_a_good_statement_passes(path: str, value: object) -> None:
    validate(changed(path, value))


@pytest.mark.parametrize(("path", "value", "rule"), BAD)
def test_a_bad_statement_is_refused_by_its_rule(path: str, value: object, rule: Rule) -> None:
    with pytest.raises(StatementInvalid) as refused:
        validate(changed(path, value))
    assert refused.value.rule == rule
    assert refused.value.status == 400
    assert "§" in refused.value.clause


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("context/team", {"objectType": "Group", "member": [AGENT, {"mbox": "x"}]}, "context.team.member[1].mbox"),
        ("object", substatement(result={"score": {"raw": None}}), "object.result.score.raw"),
        ("object/definition/choices/1/id", "messages", "object.definition.choices[1].id"),
        ("Id", "x", "Id"),
    ],
)
def test_the_refusal_says_where(path: str, value: object, shown: str) -> None:
    with pytest.raises(StatementInvalid) as refused:
        validate(changed(path, value))
    assert refused.value.path == shown
    assert shown in refused.value.message


@pytest.mark.parametrize("given", [None, [], "statement", 1, [minimal()]])
def test_what_is_no_object_is_no_statement(given: object) -> None:
    with pytest.raises(StatementInvalid):
        validate(given)


@pytest.mark.parametrize("target", [{"objectType": "Agent"} | AGENT, {"objectType": "StatementRef", "id": UUID_TEXT}])
@pytest.mark.parametrize("name", ["platform", "revision"])
def test_platform_and_revision_are_for_activities(target: dict[str, Any], name: str) -> None:
    made = minimal() | {"object": target, "context": {name: "x"}}
    with pytest.raises(StatementInvalid) as refused:
        validate(made)
    assert refused.value.rule == Rule.ACTIVITY_ONLY


def test_the_minimal_statement_and_a_substatement_pass() -> None:
    validate(minimal())
    validate(minimal() | {"object": substatement(timestamp="2027-03-01T08:00:00Z", context={"platform": "x"})})


def test_only_2_0_knows_context_agents_and_groups() -> None:
    made = minimal()
    made["context"] = {
        "contextAgents": [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": [COURSE]}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group"} | ACCOUNT}],
    }
    validate(made, version="2.0.0")
    with pytest.raises(StatementInvalid):
        validate(made, version="1.0.3")


@pytest.mark.parametrize(
    "entry",
    [
        {"agent": AGENT},
        {"objectType": "contextagent", "agent": AGENT},
        {"objectType": "contextAgent"},
        {"objectType": "contextAgent", "agent": {"objectType": "Group"} | ACCOUNT},
        {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": []},
        {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["x"]},
    ],
)
def test_a_bad_context_agent_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(StatementInvalid):
        validate(minimal() | {"context": {"contextAgents": [entry]}}, version="2.0.0")


@pytest.mark.parametrize(("version", "text"), [("2.0.0", "2.0.1"), ("2.0.0", "1.0.3"), ("1.0.3", "1.0.0")])
def test_a_statement_may_be_of_an_earlier_version_than_the_request(version: Version, text: str) -> None:
    validate(minimal() | {"version": text}, version=version)


anything = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PATHS = sorted({path for path, *_ in GOOD} | {path for path, *_ in BAD})


@given(some.sampled_from(PATHS), anything)
def test_whatever_stands_anywhere_is_taken_or_refused_never_a_crash(path: str, value: object) -> None:
    with suppress(StatementInvalid):
        validate(changed(path, value), version="2.0.0")


def test_a_null_is_refused_everywhere_but_in_extensions() -> None:
    def nulled(place: Any, path: str) -> list[str]:
        if isinstance(place, dict):
            return [found for key in place for found in nulled(place[key], f"{path}/{key}" if path else key)]
        if isinstance(place, list):
            return [found for index, item in enumerate(place) for found in nulled(item, f"{path}/{index}")]
        return [path]

    leaves = [path for path in nulled(answered(), "") if "extensions" not in path]
    assert len(leaves) > 20
    for path in leaves:
        with pytest.raises(StatementInvalid):
            validate(changed(path, None))


def test_a_typical_statement_takes_well_under_a_millisecond() -> None:
    made = answered()
    validate(made)
    begun = perf_counter()
    for _ in range(200):
        validate(made)
    assert (perf_counter() - begun) / 200 < 0.001
