"""Deep-linking requests that are refused: by whom they come, and where the answer would go."""

from fake_platform import ABSENT, LEARNER, MEMBERSHIP
from verdicts import Door


def test_deep_linking_by_a_learner_is_refused(door: Door) -> None:
    answer = door.refuses_deep_linking("role-not-allowed", {"roles": [LEARNER], "sub": "parent-1"})
    assert answer.status_code == 403


def test_deep_linking_by_a_mentor_is_refused(door: Door) -> None:
    door.refuses_deep_linking("role-not-allowed", {"roles": [f"{MEMBERSHIP}Mentor"]})


def test_deep_linking_without_any_role_is_refused(door: Door) -> None:
    door.refuses_deep_linking("role-not-allowed", {"roles": []})


def test_deep_linking_by_a_role_that_only_looks_like_a_teachers_is_refused(door: Door) -> None:
    for role in ("instructor", "http://evil.example/membership#Instructor", "Instructor ", f"{LEARNER}/Instructor"):
        door.refuses_deep_linking("role-not-allowed", {"roles": [role]})


def test_deep_linking_without_its_settings_is_refused(door: Door) -> None:
    for odd in (ABSENT, None, {}, [], "x", 7):
        door.refuses_deep_linking("claim-invalid", {"deep_linking_settings": odd})


def test_deep_linking_without_a_return_url_is_refused(door: Door) -> None:
    for odd in (ABSENT, None, ""):
        door.refuses_deep_linking("claim-invalid", {"settings.deep_link_return_url": odd})


def test_deep_linking_that_would_return_to_a_script_is_refused(door: Door) -> None:
    for address in (
        "javascript:alert(document.domain)",
        "JavaScript:alert(1)//https://ent.example/",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "https:",
        "https://",
        "https://ent.example/return here",
        "https://ent.example/\nreturn",
        "https://user:password@ent.example/return",
        "//ent.example/return",
        "/return",
        "x" * 3000,
    ):
        door.refuses_deep_linking("claim-invalid", {"settings.deep_link_return_url": address})


def test_a_return_url_of_another_type_is_refused(door: Door) -> None:
    for odd in (7, True, ["https://ent.example"], {"url": "https://ent.example"}):
        door.refuses_deep_linking("claim-invalid", {"settings.deep_link_return_url": odd})


def test_deep_linking_that_takes_no_resource_links_is_refused(door: Door) -> None:
    for odd in (ABSENT, None, [], ["link"], "ltiResourceLink", {"ltiResourceLink": True}, [7]):
        door.refuses_deep_linking("claim-invalid", {"settings.accept_types": odd})


def test_deep_linking_that_does_not_say_where_it_shows_is_refused(door: Door) -> None:
    for odd in (ABSENT, None, "iframe", {"iframe": True}, [7]):
        door.refuses_deep_linking("claim-invalid", {"settings.accept_presentation_document_targets": odd})


def test_data_that_could_not_be_given_back_is_refused(door: Door) -> None:
    for odd in (7, True, {"a": "b"}, ["x"], "x" * 8193, "a\ud800b", "a\x00b"):
        door.refuses_deep_linking("claim-invalid", {"settings.data": odd})


def test_deep_linking_without_a_deployment_is_refused(door: Door) -> None:
    door.refuses_deep_linking("claim-invalid", {"deployment_id": ABSENT})


def test_deep_linking_of_an_unknown_person_is_refused(door: Door) -> None:
    door.refuses_deep_linking("anonymous", {"sub": ABSENT})
