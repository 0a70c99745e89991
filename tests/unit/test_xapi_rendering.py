import pytest
from xapi_samples import COURSE, ISSUER, QUESTION, answered, minimal

from xapi import statements
from xapi.comparison import same_statement
from xapi.rendering import render
from xapi.validation import validate


def test_the_exact_form_is_the_statement_itself() -> None:
    made = answered()
    assert render(made, "exact", ["fr"]) is made


def test_the_ids_form_keeps_only_what_tells_things_apart() -> None:
    made = answered()
    made["actor"]["name"] = "Somebody"
    shown = render(made, "ids", [])
    validate(shown)
    assert shown["actor"] == statements.account_actor(ISSUER, "p-1")
    assert shown["verb"].keys() == {"id"}
    assert shown["object"] == {"id": QUESTION}
    assert shown["context"]["contextActivities"]["parent"] == [{"id": COURSE}]
    assert shown["result"] == made["result"]
    assert "name" in made["actor"]


def test_the_ids_form_keeps_the_members_of_an_anonymous_group_alone() -> None:
    member = {"mbox": "mailto:a@example.org", "name": "A"}
    inner = minimal() | {"actor": {"objectType": "Group", "name": "G", "member": [member]}}
    made = minimal() | {"object": {"objectType": "SubStatement", **inner}}
    shown = render(made, "ids", [])["object"]["actor"]
    assert shown == {"objectType": "Group", "member": [{"objectType": "Agent", "mbox": "mailto:a@example.org"}]}


@pytest.mark.parametrize(
    ("languages", "tag"),
    [(["ar"], "ar"), (["fr-CA", "ar"], "fr"), (["de", "FR"], "fr"), (["de"], "en"), ([], "en")],
)
def test_the_canonical_form_keeps_one_language(languages: list[str], tag: str) -> None:
    made = answered()
    made["result"]["extensions"] = {"https://a.example/x": {"name": {"fr": 1, "en": 2}}}
    shown = render(made, "canonical", languages)
    assert list(shown["verb"]["display"]) == [tag]
    assert list(shown["object"]["definition"]["choices"][0]["description"]) == ["fr"]
    assert shown["result"] == made["result"]


def test_two_statements_are_the_same_when_they_mean_the_same() -> None:
    first = minimal() | {"context": {"contextActivities": {"parent": {"id": COURSE}}}}
    second = {
        "actor": {"objectType": "Agent", "mbox": "mailto:parent@example.org"},
        "verb": first["verb"] | {"display": {"fr": "a consulté"}},
        "object": statements.activity(COURSE, name={"fr": "Mon ENT"}),
        "context": {"contextActivities": {"parent": [{"objectType": "Activity", "id": COURSE}]}},
        "timestamp": "2027-03-01T08:00:00Z",
        "authority": {"mbox": "mailto:x@y.z"},
    }
    assert same_statement(first, second)
    assert not same_statement(first, second | {"result": {"success": True}})
    assert not same_statement(second, second | {"timestamp": "2027-03-01T08:00:01Z"})
    assert not same_statement(first, second | {"object": {"id": QUESTION}})
