"""Launches that must be let in: 1EdTech's valid ones, and those that PyLTI1p3 wrongly refuses."""

import json
import time

from fake_platform import ABSENT, ADMINISTRATOR, INSTRUCTOR, LEARNER, MEMBERSHIP, SHORT
from front_door import PARCOURS, asked
from sqlalchemy import select
from verdicts import Door

from lti_tool.lti.launch import Audience
from lti_tool.lti.model import LaunchRecord
from lti_tool.lti.roles import Role
from lti_tool.people.model import Person, Placement

NAMES = ("name", "given_name", "family_name", "email")
WITHOUT_NAMES = dict.fromkeys(NAMES, ABSENT)


def record(door: Door, page: str) -> LaunchRecord:
    with door.installation.tool.database.read() as session:
        return session.get_one(LaunchRecord, page.split("/")[2])


# 1EdTech's list: instructors


def test_an_instructor_is_let_in(door: Door) -> None:
    page = door.accepts({"roles": [INSTRUCTOR], "sub": "teacher-1"})
    assert record(door, page).audience == Audience.TEACHER


def test_an_instructor_with_a_short_role_is_let_in(door: Door) -> None:
    page = door.accepts({"roles": ["Instructor"], "sub": "teacher-1"})
    assert record(door, page).audience == Audience.TEACHER


def test_an_instructor_with_several_roles_is_let_in(door: Door) -> None:
    page = door.accepts({"roles": [INSTRUCTOR, LEARNER, f"{MEMBERSHIP}Mentor"], "sub": "teacher-1"})
    assert record(door, page).audience == Audience.TEACHER
    assert set(record(door, page).roles) == {Role.INSTRUCTOR, Role.LEARNER, Role.MENTOR}


def test_an_instructor_with_a_sub_role_is_let_in(door: Door) -> None:
    sub_role = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
    page = door.accepts({"roles": [sub_role], "sub": "teacher-1"})
    assert record(door, page).audience == Audience.TEACHER


def test_an_instructor_without_names_is_let_in(door: Door) -> None:
    door.accepts({"roles": [INSTRUCTOR], "sub": "teacher-2", **WITHOUT_NAMES})


def test_an_instructor_with_an_email_and_no_names_is_let_in(door: Door) -> None:
    door.accepts({"roles": [INSTRUCTOR], "sub": "teacher-3", **WITHOUT_NAMES, "email": "prof@ent.example"})


def test_an_instructor_without_a_context_is_let_in(door: Door) -> None:
    page = door.accepts({"roles": [INSTRUCTOR], "sub": "teacher-1", "context": ABSENT})
    assert record(door, page).context_id is None


def test_an_administrator_is_let_in_as_one(door: Door) -> None:
    page = door.begin()
    answer = door.browser.answer(page, door.sign(page, {"roles": [INSTRUCTOR, ADMINISTRATOR], "sub": "admin-1"}))
    assert answer.status_code == 303
    assert record(door, answer.headers["Location"]).audience == Audience.ADMINISTRATOR


# 1EdTech's list: learners


def test_a_learner_is_let_in_as_a_parent(door: Door) -> None:
    assert record(door, door.accepts()).audience == Audience.PARENT


def test_a_learner_with_a_short_role_is_let_in(door: Door) -> None:
    assert record(door, door.accepts({"roles": ["Learner"]})).audience == Audience.PARENT


def test_a_learner_with_several_roles_is_let_in(door: Door) -> None:
    page = door.accepts({"roles": [LEARNER, "Mentor", "http://purl.imsglobal.org/vocab/lis/v2/person#Other"]})
    assert record(door, page).audience == Audience.PARENT


def test_a_learner_with_an_unknown_role_is_let_in(door: Door) -> None:
    page = door.accepts({"roles": ["http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper"]})
    assert record(door, page).roles == [Role.OTHER]


def test_somebody_with_no_role_is_let_in_as_a_parent(door: Door) -> None:
    assert record(door, door.accepts({"roles": []})).audience == Audience.PARENT


def test_a_mentor_is_let_in_as_a_parent(door: Door) -> None:
    assert record(door, door.accepts({"roles": [f"{MEMBERSHIP}Mentor"]})).audience == Audience.PARENT


def test_a_learner_without_names_is_let_in(door: Door) -> None:
    door.accepts({"sub": "parent-3", **WITHOUT_NAMES})


def test_a_learner_without_anything_personal_is_let_in(door: Door) -> None:
    door.accepts({"sub": "parent-4", **WITHOUT_NAMES, "lis": ABSENT})


def test_a_learner_with_an_email_and_no_names_is_let_in_and_the_email_is_not_kept(door: Door) -> None:
    door.accepts({"sub": "parent-5", **WITHOUT_NAMES, "email": "parent@courriel.example"})
    assert "parent@courriel.example" not in str(door.installation.rows(but=()))


def test_a_learner_without_a_context_is_let_in(door: Door) -> None:
    door.accepts({"context": ABSENT})


def test_names_in_every_script_are_let_in(door: Door) -> None:
    for name in ("آمنة بن علي", "Zoë d’Été-Œuvré", "李 小龍", "👩‍👧 Maman", "<b>Awa</b>", "O'Neil; DROP TABLE person"):
        page = door.accepts({"name": name, "sub": "parent-6"})
        with door.installation.tool.database.read() as session:
            assert session.get_one(Person, record(door, page).person_id).name == name


# What PyLTI1p3 wrongly refuses


def test_a_clock_that_is_five_seconds_ahead_is_let_in(door: Door) -> None:
    now = int(time.time())
    door.accepts({"iat": now + 5, "nbf": now + 5, "exp": now + 65})


def test_a_clock_that_is_five_seconds_behind_is_let_in(door: Door) -> None:
    now = int(time.time())
    door.accepts({"iat": now - 65, "exp": now - 5})


def test_times_with_a_fraction_are_let_in(door: Door) -> None:
    now = time.time()
    door.accepts({"iat": now, "exp": now + 60.5})


def test_our_client_second_in_the_audience_is_let_in(door: Door) -> None:
    door.accepts({"aud": ["somebody-else", "client-1"], "azp": "client-1"})


def test_an_audience_of_one_in_a_list_is_let_in(door: Door) -> None:
    door.accepts({"aud": ["client-1"], "azp": ABSENT})


def test_custom_parameters_of_null_are_let_in(door: Door) -> None:
    door.accepts({"custom": None})


def test_every_optional_claim_of_null_is_let_in(door: Door) -> None:
    names = ("context", "custom", "launch_presentation", "lis", "tool_platform", "endpoint", "namesroleservice")
    door.accepts(dict.fromkeys((*names, "name", "given_name", "email", "azp", "nbf", "locale")))


def test_a_launch_with_only_what_is_required_is_let_in(door: Door) -> None:
    names = ("context", "custom", "launch_presentation", "lis", "tool_platform", "azp", *NAMES)
    door.accepts({**dict.fromkeys(names, ABSENT), "resource_link": {"id": "link-1"}})


def test_claims_that_nobody_knows_are_passed_over(door: Door) -> None:
    door.accepts({"https://ent.example/claim/odd": {"a": [1, {"b": None}]}, "acr": "0", "amr": ["pwd"], "jti": "1"})


def test_two_frames_of_a_page_opened_at_a_first_visit_are_both_let_in(door: Door) -> None:
    first, second = door.browser.like(), door.browser.like()
    fields = door.browser.login_fields(door.platform)
    probes = [window.post("/lti/login", fields) for window in (first, second)]
    jar = door.browser.client._cookies
    assert jar is not None
    for window in (first, second):
        jar.update(window.client._cookies or {})
    logins = [door.browser.get(probe.headers["Location"]) for probe in probes]
    started = [asked(login) for login in logins]
    assert started[0].state != started[1].state
    pages = [door.accepts_token(one, door.sign(one, {"resource_link": {"id": one.state[-8:]}})) for one in started]
    for page in pages:
        assert door.browser.get(page, follow_redirects=True).status_code == 200


def test_a_second_login_does_not_undo_the_first(door: Door) -> None:
    first = door.begin()
    second = door.begin()
    door.accepts_token(second, door.sign(second))
    door.accepts_token(first, door.sign(first))


def test_a_new_key_of_the_platform_is_let_in_at_once(door: Door) -> None:
    door.accepts()
    door.installation.tool.door.jwks.forget(door.platform.jwks_url)
    door.platform.rotate("key-2")
    door.accepts()


def test_a_login_by_get_is_let_in(door: Door) -> None:
    started = door.begin(method="GET")
    door.accepts_token(started, door.sign(started))


def test_a_login_without_a_client_id_is_let_in_where_there_is_but_one(door: Door) -> None:
    started = door.begin(client_id=ABSENT, lti_deployment_id=ABSENT, lti_message_hint=ABSENT)
    assert started.client_id == "client-1"
    assert "lti_message_hint" not in started.query
    door.accepts_token(started, door.sign(started))


def test_two_clients_of_one_issuer_share_its_people(door: Door) -> None:
    door.installation.welcome(door.platform, "client-2", "2")
    first = record(door, door.accepts({"sub": "parent-of-both"}))
    started = door.begin(client_id="client-2")
    second = record(
        door, door.accepts_token(started, door.sign(started, {"sub": "parent-of-both", "deployment_id": "2"}))
    )
    assert first.person_id == second.person_id
    assert first.deployment_pk != second.deployment_pk


def test_the_same_person_name_at_two_platforms_is_two_people(door: Door) -> None:
    page = door.accepts({"sub": "same-sub"})
    with door.installation.tool.database.read() as session:
        same = session.scalars(select(Person).where(Person.subject == "same-sub")).all()
    assert len({person.pseudonym for person in same}) == len(same)
    assert record(door, page).person_id in {person.id for person in same}


# What platforms really send


def test_what_is_shown_is_said_by_the_path_or_else_by_custom(door: Door) -> None:
    base = f"{door.browser.base_url}/lti/launch"
    by_path = door.accepts({"target_link_uri": f"{base}/parcours/{PARCOURS}", "custom": {"kind": "x", "id": "y"}})
    assert by_path.endswith(f"/parcours/{PARCOURS}")
    by_custom = door.accepts({"custom": {"kind": "parcours", "id": PARCOURS}})
    assert by_custom.endswith(f"/parcours/{PARCOURS}")
    by_nothing = door.accepts()
    assert by_nothing.count("/") == 3
    assert by_nothing.endswith("/")


def test_a_copied_activity_with_another_resource_link_shows_the_same(door: Door) -> None:
    target = {"target_link_uri": f"{door.browser.base_url}/lti/launch/parcours/{PARCOURS}"}
    for link in ("link-1", "copied-1"):
        assert door.accepts({"resource_link": {"id": link}, **target}).endswith(PARCOURS)


def test_custom_keys_that_come_twice_and_variables_left_as_they_are_do_no_harm(door: Door) -> None:
    door.accepts({"custom": {"camelkey": "x", "CamelKey": "x", "who": "$User.unknown", "kind": "parcours"}})


def test_custom_values_that_would_lead_elsewhere_stay_within_the_launch(door: Door) -> None:
    for kind, target in (("..", ".."), ("/", "/evil.example"), ("\\", "x"), ("a?b", "c#d"), ("x\r\ny", "z: 1")):
        started = door.begin()
        answer = door.browser.answer(started, door.sign(started, {"custom": {"kind": kind, "id": target}}))
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/l/")
        assert "\n" not in answer.headers["Location"]
        assert door.browser.get(answer.headers["Location"], follow_redirects=True).status_code in {200, 404}


def test_a_line_item_says_that_the_teacher_wants_the_grade(door: Door) -> None:
    endpoint = {"scope": [], "lineitem": door.platform.line_item, "lineitems": f"{door.platform.url}/ags/7?type_id=3"}
    for wanted in (True, False):
        page = door.accepts({"endpoint": endpoint if wanted else {"lineitems": endpoint["lineitems"]}})
        with door.installation.tool.database.read() as session:
            placement = session.get_one(Placement, record(door, page).placement_id)
        assert placement.wants_grade is wanted
        assert placement.line_item == (door.platform.line_item if wanted else None)


def test_the_language_is_that_of_the_launch(door: Door) -> None:
    for locale, language in (("ar", "ar"), ("fr_FR", "fr"), ("en-GB", "en"), ("pt-BR", None)):
        page = door.accepts({"launch_presentation": {"locale": locale}})
        assert record(door, page).language == language


def test_a_return_url_of_a_mobile_app_does_not_close_the_door(door: Door) -> None:
    page = door.accepts({"launch_presentation": {"return_url": "moodlemobile://return"}})
    assert record(door, page).return_url is None


def test_very_long_titles_are_shortened(door: Door) -> None:
    page = door.accepts(
        {"resource_link": {"id": "link-1", "title": "é" * 5000}, "context": {"id": "c", "title": "é" * 900}}
    )
    with door.installation.tool.database.read() as session:
        placement = session.get_one(Placement, record(door, page).placement_id)
    assert placement.title == "é" * 255


# Deep linking


def test_a_teacher_who_is_to_choose_is_let_in(door: Door) -> None:
    assert door.accepts_deep_linking().endswith("/choisir")


def test_an_administrator_who_is_to_choose_is_let_in(door: Door) -> None:
    door.accepts_deep_linking({"roles": [ADMINISTRATOR]})


def test_deep_linking_with_a_resource_link_or_without_a_context_is_let_in(door: Door) -> None:
    door.accepts_deep_linking({"resource_link": {"id": "link-1"}})
    door.accepts_deep_linking({"context": ABSENT})


def test_deep_linking_flags_as_texts_are_let_in(door: Door) -> None:
    door.accepts_deep_linking({"settings.accept_multiple": "true", "settings.accept_lineitem": "false"})


def test_a_token_written_by_another_json_library_is_let_in(door: Door) -> None:
    """Spaces, escapes and the order of names are each library's own."""
    started = door.begin()
    claims = door.platform.claims(started)
    text = json.dumps(dict(reversed(claims.items())), ensure_ascii=True, indent=2).replace("/", "\\/")
    assert SHORT["version"].replace("/", "\\/") in text
    door.accepts_token(started, door.platform.sign(text.encode()))
