"""The rules of a statement, group by group, in every position that they rule, in both versions."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest
from lrs import COURSE, Lrs, minimal, refused

Position = tuple[str, Callable[[Any], dict[str, Any]]]
IRI = "https://a.example/x"


def inside(where: str, value: Any, *, kind: str = "Activity") -> dict[str, Any]:
    """A statement with the value at the path; what stands around it is good."""
    made = minimal()
    if where.startswith("object.") or where == "object":
        made["object"] = (
            {"objectType": "SubStatement", **minimal()} if kind == "SubStatement" else deepcopy(made["object"])
        )
    step: Any = made
    *before, last = where.split(".")
    for name in before:
        step = step.setdefault(name, {})
    step[last] = value
    return made


def in_both(where: str) -> Iterator[Position]:
    """The position in a statement, and the same in a SubStatement."""
    yield where, lambda value: inside(where, value)
    if where not in ("authority",):
        yield f"object.{where}", lambda value: inside(f"object.{where}", value, kind="SubStatement")


def positions(*paths: str) -> list[Position]:
    return [position for path in paths for position in in_both(path)]


AGENTS = [
    *positions("actor", "context.instructor"),
    ("object", lambda value: inside("object", value | {"objectType": value.get("objectType", "Agent")})),
    ("authority", lambda value: inside("authority", value)),
    ("actor.member[0]", lambda value: inside("actor", {"objectType": "Group", "member": [value]})),
    ("context.team.member[0]", lambda value: inside("context.team", {"objectType": "Group", "member": [value]})),
]
GOOD: list[dict[str, Any]] = [
    {"mbox": "mailto:a@example.org"},
    {"mbox_sha1sum": "cd9b00a5611f94eaa7b1661edab976068e364975"},
    {"openid": "https://a.example/id"},
    {"account": {"homePage": "https://a.example", "name": "1"}},
]
BAD_IDENTIFIERS: list[dict[str, Any]] = [
    {},
    {"name": "nobody"},
    *[first | second for first in GOOD for second in GOOD if list(first) < list(second)],
    {"mbox": "a@example.org"},
    {"mbox": "MAILTO:a@example.org"},
    {"mbox": "mailto:a"},
    {"mbox": 1},
    {"mbox": None},
    {"mbox_sha1sum": "cd9b"},
    {"mbox_sha1sum": "z" * 40},
    {"openid": "a.example"},
    {"openid": {}},
    {"account": {"homePage": "https://a.example"}},
    {"account": {"name": "1"}},
    {"account": {"homePage": "a.example", "name": "1"}},
    {"account": {"homePage": "https://a.example", "name": 1}},
    {"account": {"homePage": "https://a.example", "name": "1", "more": 1}},
    {"account": []},
    {"Mbox": "mailto:a@example.org"},
    {"mbox": "mailto:a@example.org", "name": 1},
    {"mbox": "mailto:a@example.org", "more": "x"},
    {"mbox": "mailto:a@example.org", "objectType": "agent"},
    {"mbox": "mailto:a@example.org", "objectType": "Person"},
]


@pytest.fixture(params=["1.0.3", "2.0.0"])
def spoken(request: pytest.FixtureRequest, here: Lrs) -> Lrs:
    return here.at(request.param)


def refuse_each(lrs: Lrs, places: list[Position], values: list[Any]) -> None:
    """Every value is refused in every position, the refusal names a property there, and nothing is kept."""
    before = lrs.numbers()
    for path, make in places:
        for value in values:
            response = lrs.post(make(value))
            assert response.status_code == 400, (path, value)
            named = refused(response)[1] or ""
            assert named.startswith((path, path.rpartition(".")[0] or path)), (path, value, named)
    assert lrs.numbers() == before


def accept_each(lrs: Lrs, places: list[Position], values: list[Any]) -> None:
    for path, make in places:
        for value in values:
            response = lrs.post(make(value))
            assert response.status_code == 200, (path, value, response.text)


def test_an_agent_has_exactly_one_identifier_wherever_it_stands(spoken: Lrs) -> None:
    refuse_each(spoken, AGENTS, BAD_IDENTIFIERS)
    accept_each(spoken, AGENTS, GOOD)


def test_a_group_has_one_identifier_or_members(spoken: Lrs) -> None:
    places = positions("actor", "context.instructor", "context.team")
    member = {"mbox": "mailto:m@example.org"}
    bad: list[dict[str, Any]] = [
        {},
        {"member": []},
        {"member": member},
        {"member": [{"objectType": "Group", "mbox": "mailto:g@example.org"}]},
        {"member": [{}]},
        {"member": [member], "mbox": "mailto:a@example.org", "openid": "https://a.example"},
        {"mbox": "mailto:a@example.org", "member": None},
    ]
    refuse_each(spoken, places, [{"objectType": "Group"} | one for one in bad])
    accept_each(spoken, places, [{"objectType": "Group"} | one for one in [{"member": [member]}, *GOOD]])
    refuse_each(spoken, positions("context.team"), GOOD)


def test_no_property_is_null_save_in_extensions(spoken: Lrs) -> None:
    names = (
        "actor",
        "verb",
        "object",
        "id",
        "result",
        "context",
        "timestamp",
        "stored",
        "authority",
        "version",
        "attachments",
    )
    refuse_each(spoken, [(name, lambda value, name=name: minimal() | {name: value}) for name in names], [None])  # type: ignore[misc]
    nested = positions(
        "result.score", "result.success", "result.completion", "result.response", "result.duration",
        "result.extensions", "result.score.scaled", "context.registration", "context.contextActivities",
        "context.revision", "context.platform", "context.language", "context.statement", "context.extensions",
        "context.contextActivities.parent",
    )  # fmt: skip
    refuse_each(spoken, nested, [None])
    accept_each(spoken, positions("result.extensions", "context.extensions"), [{IRI: None}, {IRI: {}}, {IRI: ""}, {}])


def test_properties_are_known_and_in_their_letter_case(spoken: Lrs) -> None:
    for name in ("Actor", "Verb", "OBJECT", "Result", "objectType", "more"):
        assert refused(spoken.post(minimal() | {name: {}}))[1] == name
    places = positions("result.Score", "context.Platform", "context.contextActivities.sibling", "result.score.mean")
    refuse_each(spoken, places, [{}, "x"])
    refuse_each(spoken, positions("verb.name"), ["x"])


def test_values_have_their_types(spoken: Lrs) -> None:
    refuse_each(spoken, positions("result.success", "result.completion"), ["true", 1, {}])
    refuse_each(spoken, positions("result.score.scaled", "result.score.raw", "result.score.min"), ["1", True, {}])
    refuse_each(spoken, positions("result.score.scaled"), [1.01, -2])
    refuse_each(spoken, positions("result.score"), [{"min": 2, "max": 1}, {"raw": 3, "max": 2}, {"raw": 0, "min": 1}])
    refuse_each(spoken, positions("result.response", "context.revision", "context.platform"), [1, True, {}])
    refuse_each(spoken, positions("result", "context", "verb"), ["x", [], 1])
    accept_each(spoken, positions("result.score"), [{"scaled": -1, "raw": 1, "min": 1, "max": 2.5}, {}])


def test_strings_have_their_formats(spoken: Lrs) -> None:
    iris = [*positions("verb.id"), ("object.id", lambda value: inside("object.id", value))]
    refuse_each(spoken, iris, ["", "x", "a.example/x", "https://a.example/ x", "http:", 1, None])
    refuse_each(spoken, positions("result.extensions", "context.extensions"), [{"x": 1}, {"": 1}])
    refuse_each(spoken, positions("verb.display"), [{"en_US": "x"}, {"x": "y"}, {"": "x"}, {"fr": 1}, "x"])
    refuse_each(spoken, positions("context.language"), ["", "français", "en_US", 1])
    refuse_each(spoken, positions("timestamp"), ["", "2027", "2027-03-01", "01/03/2027", "2027-02-30T00:00:00Z", 1])
    refuse_each(spoken, positions("timestamp"), ["2027-03-01T08:00:00-00:00", "2027-03-01T08:00:00"])
    refuse_each(spoken, positions("result.duration"), ["", "P", "PT", "1H", "-PT1S", "PT1S1M", 1])
    uuids = [*positions("context.registration"), ("id", lambda value: minimal() | {"id": value})]
    refuse_each(
        spoken, uuids, ["", "1", "4c0a5c5e3d294a368a3e0c1f0a2a7c11", "{4c0a5c5e-3d29-4a36-8a3e-0c1f0a2a7c11}", 1]
    )
    accept_each(spoken, positions("result.duration"), ["PT0S", "P1DT12H36M0.12567S", "P4W", "P1Y2M"])
    accept_each(spoken, positions("verb.display"), [{"fr": "é", "en-US": "x", "zh-Hant-TW": "y"}, {}])


def test_an_objects_type_says_what_it_is(spoken: Lrs) -> None:
    for target, named in (
        ({"objectType": "activity", "id": COURSE}, "object.objectType"),
        ({"objectType": "Other", "id": COURSE}, "object.objectType"),
        ({"objectType": "StatementRef", "id": "1"}, "object.id"),
        ({"objectType": "StatementRef"}, "object.id"),
        ({"objectType": "StatementRef", "id": str(UUID(int=1)), "more": 1}, "object.more"),
        ({"objectType": "SubStatement", **minimal(1)}, "object.id"),
        ({"objectType": "SubStatement", **minimal(stored="2027-03-01T08:00:00Z")}, "object.stored"),
        ({"objectType": "SubStatement", **minimal(version="1.0.0")}, "object.version"),
        ({"objectType": "SubStatement", **minimal(authority=GOOD[0])}, "object.authority"),
        (
            {"objectType": "SubStatement", **minimal(object={"objectType": "SubStatement", **minimal()})},
            "object.object.objectType",
        ),
    ):
        assert refused(spoken.post(minimal(object=target)))[1] == named
    agent = {"objectType": "Agent", **GOOD[0]}
    for name in ("revision", "platform"):
        assert refused(spoken.post(minimal(object=agent, context={name: "x"})))[1] == f"context.{name}"
    voided = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    assert refused(spoken.post(minimal(verb=voided)))[1] == "object.objectType"


def test_a_question_is_defined_as_its_type_says(spoken: Lrs) -> None:
    for definition, named in (
        ({"interactionType": "guess"}, "interactionType"),
        ({"interactionType": "Choice"}, "interactionType"),
        ({"correctResponsesPattern": ["x"]}, "interactionType"),
        ({"choices": [{"id": "x"}]}, "interactionType"),
        ({"interactionType": "choice", "choices": {"id": "x"}}, "choices"),
        ({"interactionType": "choice", "choices": [{}]}, "choices[0].id"),
        ({"interactionType": "likert", "scale": [{"id": "x"}, {"id": "x"}]}, "scale[1].id"),
        ({"interactionType": "matching", "source": [{"id": 1}]}, "source[0].id"),
        ({"interactionType": "other", "correctResponsesPattern": "x"}, "correctResponsesPattern"),
        ({"interactionType": "other", "correctResponsesPattern": [1]}, "correctResponsesPattern[0]"),
        ({"moreInfo": "x"}, "moreInfo"),
        ({"type": "x"}, "type"),
        ({"more": 1}, "more"),
    ):
        response = spoken.post(minimal(object={"id": COURSE, "definition": definition}))
        assert refused(response)[1] == f"object.definition.{named}"


def test_an_authority_that_is_a_group_is_of_two_one_an_account(spoken: Lrs) -> None:
    member = {"mbox": "mailto:m@example.org"}
    for members in ([member], [member, member], [GOOD[3], member, member]):
        response = spoken.post(minimal(authority={"objectType": "Group", "member": members}))
        assert refused(response)[1] == "authority"
    oauth = {"objectType": "Group", "member": [GOOD[3], member]}
    assert spoken.post(minimal(authority=oauth)).status_code == 200


def test_a_statement_says_a_version_that_is_spoken(here: Lrs) -> None:
    two = here.at("2.0.0")
    for lrs, good, bad in ((here, ["1.0", "1.0.0", "1.0.9"], ["2.0.0"]), (two, ["1.0.0", "2.0.0", "2.0.1"], [])):
        for version in good:
            assert lrs.post(minimal(version=version)).status_code == 200
        for version in [*bad, "", "0.95", "1", "1.1.0", "3.0.0", 1]:
            assert refused(lrs.post(minimal(version=version)))[1] == "version"


def test_an_attachment_has_what_it_must(spoken: Lrs) -> None:
    good = {
        "usageType": IRI,
        "display": {"fr": "x"},
        "contentType": "text/plain",
        "length": 1,
        "sha2": "a" * 64,
        "fileUrl": IRI,
    }
    for name, values in (
        ("usageType", [None, "x"]),
        ("display", [None, "x", {"x_y": "z"}]),
        ("description", [None, "x"]),
        ("contentType", [None, "text", 1]),
        ("length", [None, "1", 1.5, -1, True]),
        ("sha2", [None, "a", "z" * 64]),
        ("fileUrl", ["x", 1]),
        ("more", ["x"]),
    ):
        for value in values:
            response = spoken.post(minimal(attachments=[good, good | {name: value}]))
            assert (refused(response)[1] or "").startswith(f"attachments[1].{name}"), (name, value)
    for name in set(good) - {"fileUrl"}:
        response = spoken.post(minimal(attachments=[{key: value for key, value in good.items() if key != name}]))
        assert refused(response)[1] == f"attachments[0].{name}"
    assert spoken.post(minimal(attachments=[good])).status_code == 200
