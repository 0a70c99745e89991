import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from plain_browser import PlainBrowser
from room_app import RoomApp, room_app
from sqlalchemy import select

from lti_tool.espace.views import blueprint as espace
from lti_tool.lti.launch import Audience
from lti_tool.lti.model import Grade, LaunchRecord
from lti_tool.parcours.model import Answer, Attempt
from lti_tool.parcours.views import blueprint as parcours
from lti_tool.people.model import Context, Placement
from xapi.query import StatementQuery

PARCOURS = "mon-ent-et-educonnect"
ANSWERS = json.loads((Path(__file__).parents[1] / "browser" / "answers_mon_ent.json").read_text("utf-8"))["items"]


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[RoomApp]:
    made = room_app(tmp_path, parcours, espace)
    yield made
    made.tool.database.dispose()


def come_in(rooms: RoomApp, who: str = "Awa", **how: Any) -> PlainBrowser:
    client, root = rooms.enter(who, kind="parcours", target=PARCOURS, **how)
    return PlainBrowser(client).open(f"{root}parcours/{PARCOURS}")


def in_a_course(rooms: RoomApp, browser: PlainBrowser, *, wants_grade: bool = False) -> PlainBrowser:
    """Put the launch of this browser in a course's placement, and come in again."""
    with rooms.tool.database.write() as session:
        context = session.scalars(select(Context)).first()
        if context is None:
            context = Context(deployment_id=rooms.deployment_pk, lti_id="c1", title="Parents de 5e <B>")
            session.add(context)
            session.flush()
            session.add(
                Placement(
                    deployment_id=rooms.deployment_pk,
                    context_id=context.id,
                    resource_link_id="l1",
                    wants_grade=wants_grade,
                    line_item="https://ent.example/lineitems/1",
                )
            )
            session.flush()
        record = session.get_one(LaunchRecord, browser.path.split("/")[2])
        record.context_id = context.id
        record.placement_id = session.scalars(select(Placement.id)).one()
    return browser.open(browser.path)


def verbs(rooms: RoomApp) -> list[str]:
    with rooms.tool.database.read() as session:
        found = rooms.tool.statements.search(session, StatementQuery(ascending=True), scope=None).statements
    return [each["verb"]["id"].rpartition("/")[2] for each in found]


def answer_rightly(browser: PlainBrowser, item: dict[str, Any]) -> None:
    if item["kind"] == "situation":
        for action in item["actions"]:
            for field, text in action["fields"].items():
                browser.fill(f"area-{field}", text)
            browser.press(f"area-{action['area']}")
            assert browser.status == 200
        browser.press("situation-done")
        return
    if item["kind"] == "text":
        browser.fill("option", item["right"][0])
    else:
        for value in item["right"]:
            browser.choose(value)
    browser.press("validate")


def test_the_whole_parcours_can_be_walked_with_two_buttons(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    for _item in ANSWERS:
        browser.press("dont-know").press("next")
    assert browser.status == 200
    assert browser.shows("result")
    assert browser.shows("next-step")
    assert verbs(rooms)[-2:] == ["completed", "failed"]


def test_every_question_answered_rightly_is_known_already(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    for number, item in enumerate(ANSWERS, 1):
        assert f"Question {number} sur {len(ANSWERS)}" in browser.words("progress")
        answer_rightly(browser, item)
        assert browser.values("outcome") == ["right"], item["id"]
        browser.press("next")
    assert browser.shows("known")
    assert not browser.shows("next-step")
    assert browser.words("known").startswith("Dire à quoi sert un ENT")
    assert verbs(rooms)[-2:] == ["completed", "passed"]


def test_the_result_shows_no_naked_score(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    for _item in ANSWERS:
        browser.press("dont-know").press("next")
    assert not re.search(r"\d+\s*(%|/|sur 100)", browser.words("result"))


def test_the_result_can_be_printed_without_a_script(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    for _item in ANSWERS:
        browser.press("dont-know").press("next")
    browser.press("print-page")
    assert browser.status == 200
    assert browser.page.count("<details data-test=") == browser.page.count(" open><summary>")


def test_a_parent_who_has_not_seen_the_notice_reads_it_then_goes_on(rooms: RoomApp) -> None:
    browser = come_in(rooms, notice_seen=False)
    browser.press("start")
    assert browser.shows("notice")
    assert verbs(rooms) == []
    browser.press("accept-notice")
    assert "data-autosubmit" in browser.page
    browser.press("start")
    assert browser.shows("validate")
    assert verbs(rooms) == ["launched", "initialized"]


def test_nothing_is_written_by_looking_at_the_welcome(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    assert browser.shows("start")
    assert browser.shows("what-for")
    assert not browser.shows("grade-notice")
    assert verbs(rooms) == []


def test_an_empty_answer_gets_its_question_back_with_a_kind_word(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start").press("validate")
    assert browser.status == 400
    assert "Je ne sais pas" in browser.words("fault")
    answer_rightly(browser, ANSWERS[0])
    assert browser.values("outcome") == ["right"]
    assert verbs(rooms).count("answered") == 1


def test_a_series_that_is_half_answered_loses_nothing(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    for _number in range(2):
        browser.press("dont-know").press("next")
    browser.choose("s1=true")
    browser.press("validate")
    assert browser.status == 400
    label = next(each for each in browser.elements if each.get("data-value") == "s1=true")
    box = browser.elements[browser.elements.index(label) + 1]
    assert "checked" in box.attributes
    for value in ("s2=true", "s3=true", "s4=?"):
        browser.choose(value)
    browser.press("validate")
    assert browser.values("outcome") == ["partly"]


def test_a_wrong_answer_is_a_step(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start").choose("a")
    browser.press("validate")
    assert browser.values("outcome") == ["wrong"]
    assert "faute" not in browser.page.lower()
    assert browser.shows("next")


def test_going_back_shows_what_was_answered_and_says_that_it_is_practice(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start").choose("a")
    browser.press("validate").press("next").press("previous")
    assert browser.shows("practice")
    label = next(each for each in browser.elements if each.get("data-value") == "a")
    assert "checked" in browser.elements[browser.elements.index(label) + 1].attributes
    browser.choose("c")
    browser.press("validate")
    assert browser.values("outcome") == ["right"]
    assert browser.shows("practice")
    with rooms.tool.database.read() as session:
        kept = session.scalars(select(Answer).order_by(Answer.number)).all()
    assert [(row.number, row.outcome) for row in kept] == [(1, "wrong"), (2, "right")]


def test_leaving_and_coming_back_resumes_at_the_next_question(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start").press("dont-know")
    again = come_in(rooms)
    assert again.shows("resume-notice")
    again.press("start")
    assert "Question 2 sur" in again.words("progress")
    assert verbs(rooms).count("launched") == 2
    assert verbs(rooms).count("initialized") == 1


def test_a_finished_parcours_offers_the_result_and_another_go(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    for _item in ANSWERS:
        browser.press("dont-know").press("next")
    again = come_in(rooms)
    again.press("see-result")
    assert again.shows("result")
    come_in(rooms).press("restart")
    with rooms.tool.database.read() as session:
        assert session.scalars(select(Attempt.number).order_by(Attempt.number)).all() == [1, 2]


def test_a_question_ahead_of_its_turn_leads_to_the_one_to_answer(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    browser.press("start")
    browser.open(re.sub(r"/1$", "/7", browser.path))
    assert "Question 1 sur" in browser.words("progress")
    browser.open(re.sub(r"/1$", "/7/retour", browser.path))
    assert "Question 1 sur" in browser.words("progress")
    browser.open(re.sub(r"/1$", "/resultat", browser.path))
    assert "Question 1 sur" in browser.words("progress")
    assert browser.open(re.sub(r"/1$", "/99", browser.path)).status == 404


def test_somebody_else_s_attempt_does_not_exist(rooms: RoomApp) -> None:
    mine = come_in(rooms)
    mine.press("start")
    theirs = come_in(rooms, "Bao")
    attempt = mine.path.split("/")[-2]
    for path in (f"{attempt}/1", f"{attempt}/resultat", f"{attempt}/1/retour", f"{uuid4()}/1"):
        base = theirs.path.partition(PARCOURS)[0] + PARCOURS
        assert theirs.client.get(f"{base}/{path}").status_code == 404


def test_an_unknown_parcours_has_a_page_that_says_so(rooms: RoomApp) -> None:
    client, root = rooms.enter()
    browser = PlainBrowser(client).open(f"{root}parcours/nulle-part")
    assert browser.status == 404
    assert "n’existe pas" in browser.page


def test_a_form_without_its_token_changes_nothing(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    assert browser.client.post(f"{browser.path}/commencer").status_code == 403
    assert verbs(rooms) == []


@pytest.mark.parametrize("form", [{}, {"number": "x", "answer": "c"}, {"number": "1", "answer": "zzz"}])
def test_a_form_that_makes_no_sense_is_refused_with_a_page(rooms: RoomApp, form: dict[str, str]) -> None:
    browser = come_in(rooms)
    browser.press("start")
    root = "/".join(browser.path.split("/")[:3]) + "/"
    assert browser.client.post(browser.path, data={**form, **rooms.token(root)}).status_code == 400
    assert browser.client.post(f"{browser.path}/agir", data={**form, **rooms.token(root)}).status_code in {400, 404}
    assert "answered" not in verbs(rooms)


def at_the_first_situation(rooms: RoomApp) -> PlainBrowser:
    browser = come_in(rooms)
    browser.press("start")
    while not browser.shows("screen"):
        browser.press("dont-know").press("next")
    return browser


def test_a_situation_is_played_taken_back_and_begun_again(rooms: RoomApp) -> None:
    browser = at_the_first_situation(rooms)
    item = next(each for each in ANSWERS if each["kind"] == "situation")
    first = browser.values("screen")
    browser.press(f"area-{item['actions'][0]['area']}")
    second = browser.values("screen")
    assert second != first
    assert browser.path.endswith("#screen")
    assert browser.press("undo").values("screen") == first
    browser.press(f"area-{item['actions'][0]['area']}")
    assert browser.press("situation-restart").values("screen") == first
    assert "answered" in verbs(rooms)


def test_a_page_of_before_acts_no_more(rooms: RoomApp) -> None:
    browser = at_the_first_situation(rooms)
    item = next(each for each in ANSWERS if each["kind"] == "situation")
    old = PlainBrowser(browser.client).open(browser.path)
    browser.press(f"area-{item['actions'][0]['area']}")
    shown = browser.values("screen")
    assert old.press(f"area-{item['wrong_actions'][0]['area']}").values("screen") == shown


def test_fields_are_kept_by_the_next_act_and_shown_again(rooms: RoomApp) -> None:
    browser = at_the_first_situation(rooms)
    fields: dict[str, str] = {}
    for number, item in enumerate(ANSWERS, 1):
        if f"Question {number} sur" not in browser.words("progress"):
            continue
        for action in item["actions"]:
            fields = action["fields"]
            if fields:
                break
            browser.press(f"area-{action['area']}")
        if fields:
            break
        browser.press("dont-know").press("next")
    assert fields
    for name, text in fields.items():
        browser.fill(f"area-{name}", text)
    hidden = next(each for each in browser.elements if each.get("value") == "fill")
    hidden.attributes["data-test"] = "enter"
    browser.press("enter")
    shown = {each.get("name"): each.get("value") for each in browser.elements if each.tag == "input"}
    selected = {each.get("value") for each in browser.elements if "selected" in each.attributes}
    ticked = {each.get("name") for each in browser.elements if "checked" in each.attributes}
    for name, text in fields.items():
        assert shown.get(f"field.{name}") == text or text in selected or f"field.{name}" in ticked


def test_the_parent_is_told_before_starting_that_the_grade_goes_back(rooms: RoomApp) -> None:
    browser = in_a_course(rooms, come_in(rooms), wants_grade=True)
    assert "Votre résultat sera visible par l’enseignant dans « Parents de 5e <B> »" in browser.words("grade-notice")
    assert "<bdi>Parents de 5e &lt;B&gt;</bdi>" in browser.page
    browser.press("start")
    for item in ANSWERS:
        answer_rightly(browser, item)
        browser.press("next")
    assert browser.shows("grade-sent")
    with rooms.tool.database.read() as session:
        assert session.scalars(select(Grade.given)).one() == 100.0


def test_a_teacher_sees_a_class_only_from_five_people(rooms: RoomApp) -> None:
    teacher = in_a_course(rooms, come_in(rooms, "Mme Roy", audience=Audience.TEACHER))
    assert teacher.shows("too-few")
    for who in ("A", "B", "C", "D", "E"):
        browser = in_a_course(rooms, come_in(rooms, who))
        browser.press("start").press("dont-know")
    teacher.open(teacher.path)
    assert teacher.words("began") == "5"
    assert teacher.words("finished") == "0"
    assert teacher.shows("hard")


def test_a_teacher_previews_every_question_and_nothing_is_recorded(rooms: RoomApp) -> None:
    teacher = come_in(rooms, "Mme Roy", audience=Audience.TEACHER)
    teacher.press("preview")
    for item in ANSWERS:
        assert teacher.shows("preview-notice")
        answer_rightly(teacher, item)
        assert teacher.values("outcome") == ["right"], item["id"]
        teacher.press("next")
    assert teacher.shows("show-roster")
    assert verbs(rooms) == []
    with rooms.tool.database.read() as session:
        assert session.scalars(select(Attempt)).all() == []


def test_a_preview_takes_an_empty_answer_and_a_spoilt_state_kindly(rooms: RoomApp) -> None:
    teacher = come_in(rooms, "Mme Roy", audience=Audience.TEACHER)
    assert teacher.press("preview").press("validate").status == 400
    number = next(number for number, each in enumerate(ANSWERS, 1) if each["kind"] == "situation")
    root = "/".join(teacher.path.split("/")[:3]) + "/"
    path = f"{root}parcours/{PARCOURS}/apercu/{number}"
    spoilt = {"state": '{"screen": 1}', "moves": "0", "area": "x", **rooms.token(root)}
    assert teacher.client.post(path, data=spoilt).status_code == 400
    assert teacher.open(f"{root}parcours/{PARCOURS}/apercu").path.endswith("/apercu/1")


def test_a_teacher_has_no_attempt_and_a_parent_no_class(rooms: RoomApp) -> None:
    teacher = come_in(rooms, "Mme Roy", audience=Audience.TEACHER)
    root = "/".join(teacher.path.split("/")[:3]) + "/"
    assert teacher.client.post(f"{teacher.path}/commencer", data=rooms.token(root)).status_code == 403
    parent = come_in(rooms)
    assert parent.client.get(f"{parent.path}/membres").status_code == 403
    assert parent.client.get(f"{parent.path}/apercu/1").status_code == 403


def test_a_roster_that_the_platform_does_not_give_is_said_kindly(rooms: RoomApp) -> None:
    teacher = come_in(rooms, "Mme Roy", audience=Audience.TEACHER)
    teacher.press("show-roster")
    assert teacher.status == 404
    assert teacher.shows("no-roster")


@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_every_page_says_its_content_s_language(rooms: RoomApp, language: str) -> None:
    browser = come_in(rooms, language=language)
    assert f'<html lang="{language}"' in browser.page
    browser.press("start")
    shown = rooms.tool.library.localised(rooms.tool.library.parcours(PARCOURS), language).language
    prompt = next(each for each in browser.elements if each.get("id") == "prompt")
    assert prompt.get("lang") == ("" if shown == language else shown)
    assert next(each for each in browser.elements if each.get("data-test") == "validate").get("lang") == ""


def test_the_first_page_and_a_situation_are_light_and_hold_no_inline_style_or_script(rooms: RoomApp) -> None:
    browser = come_in(rooms)
    pages = [browser.page, at_the_first_situation(rooms).page]
    for page in pages:
        assert len(page.encode()) < 20_000
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_the_room_s_style_sheet_is_small_and_mirrors_by_itself(rooms: RoomApp) -> None:
    browser = at_the_first_situation(rooms)
    address = re.search(r'href="(/static/[^"]*parcours\.css)"', browser.page)
    assert address is not None
    css = browser.client.get(address.group(1))
    assert css.status_code == 200
    assert len(css.data) <= 6 * 1024
    assert not re.search(
        r"\b(left|right|top|bottom)\b(?!\))|\b(width|height):", re.sub(r"/\*.*?\*/", "", css.text).replace(".right", "")
    )
