"""The published profile, its examples, and that its rules bite."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from lti_tool.settings import Settings
from xapi.formats import is_iri, is_language_tag, is_timestamp
from xapi.templates import Profile, values_at
from xapi.validation import validate
from xapi.vocabulary import ActivityType, Verb

FOLDER = Path(__file__).parents[2] / "docs" / "xapi-profile"
CONTENT = json.loads((FOLDER / "profile.jsonld").read_text(encoding="utf-8"))
PROFILE = Profile.load(FOLDER / "profile.jsonld")
EXAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (FOLDER / "examples").glob("*.json")}
NAMES = ["launched", "initialized", "answered", "progressed", "completed", "passed", "failed"]


def without(statement: dict[str, Any], location: str) -> dict[str, Any]:
    """The statement with what stands at a template's location taken away."""
    made = deepcopy(statement)
    if location.endswith("']"):
        holder, _, name = location[:-2].rpartition("['")
    else:
        holder, _, name = location.rpartition(".")
    for place in values_at(made, holder):
        place.pop(name, None)
    return made


def test_every_template_has_its_example_and_the_other_way_round() -> None:
    assert sorted(EXAMPLES) == sorted(NAMES)
    matched = {
        name: (PROFILE.template_of(example) or {})["id"].rpartition("/")[2] for name, example in EXAMPLES.items()
    }
    assert matched == {name: name for name in NAMES}
    assert len(PROFILE.templates) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_valid_and_follows_the_profile(name: str) -> None:
    validate(EXAMPLES[name], version="1.0.3")
    validate(EXAMPLES[name], version="2.0.0")
    assert PROFILE.faults(EXAMPLES[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_example_that_lacks_what_its_template_needs_no_longer_follows(name: str) -> None:
    template = PROFILE.template_of(EXAMPLES[name])
    assert template is not None
    needed = [rule["location"] for rule in template["rules"] if rule.get("presence") == "included"]
    assert len(needed) > 5
    for location in needed:
        assert PROFILE.faults(without(EXAMPLES[name], location)) != [], location


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("launched", ("actor", "name"), "Somebody"),
        ("launched", ("result",), {"success": True}),
        ("answered", ("result", "extensions", "https://passerelle.example/xapi/extensions/outcome"), "maybe"),
        ("answered", ("object", "definition", "interactionType"), "long-fill-in"),
        ("progressed", ("result", "extensions", "https://w3id.org/xapi/cmi5/result/extensions/progress"), 100),
        ("completed", ("result", "completion"), False),
        ("passed", ("result", "success"), False),
        ("failed", ("context", "contextActivities", "category"), []),
        ("initialized", ("verb", "id"), Verb.ATTENDED.value),
        ("answered", ("context", "contextActivities", "parent"), []),
    ],
)
def test_a_rule_that_is_broken_is_reported(name: str, path: tuple[str, ...], value: object) -> None:
    made = deepcopy(EXAMPLES[name])
    *steps, last = path
    place = made
    for step in steps:
        place = place[step]
    place[last] = value
    assert PROFILE.faults(made) != []


def test_the_profile_is_made_of_known_verbs_and_types_under_the_default_base() -> None:
    assert CONTENT["conformsTo"] == "https://w3id.org/xapi/profiles#1.0"
    base = Settings().xapi_base_iri
    (version,) = CONTENT["versions"]
    assert is_timestamp(version["generatedAtTime"])
    entries = [*CONTENT["concepts"], *CONTENT["templates"]]
    identifiers = [CONTENT["id"], version["id"], *(entry["id"] for entry in entries)]
    assert len(set(identifiers)) == len(identifiers)
    assert all(is_iri(identifier) and identifier.startswith(f"{base}/") for identifier in identifiers)
    for entry in entries:
        assert entry["inScheme"] == version["id"]
        for text in (entry["prefLabel"], entry["definition"]):
            assert text.keys() == {"en", "fr"}
            assert all(is_language_tag(tag) for tag in text)
    for template in CONTENT["templates"]:
        Verb(template["verb"])
        ActivityType(template["objectActivityType"])


@pytest.mark.parametrize("location", ["actor", "$.a[", "$..a", "$.a[?(@.b)]", "$ a"])
def test_a_location_outside_the_subset_is_a_defect(location: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        values_at({"a": 1}, location)
