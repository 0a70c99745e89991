"""What goes wrong in real life: Arabic, reloads, the back button, a double tap, two tabs, the next of the family."""

from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Devices
from devices import PHONE
from playwright.sync_api import BrowserContext, Locator, Page, expect
from serving import Served
from visiting import ANSWERS, Answering, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(new_context: Devices) -> BrowserContext:
    return new_context(viewport=PHONE)


def test_a_page_in_arabic_runs_from_right_to_left_with_latin_names_isolated(
    placed: Served, phone: BrowserContext
) -> None:
    visitor = Visitor(phone, placed)
    visitor.become("zoe", "ar")
    page = visitor.launch(visitor.last_activity())
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    course = page.get_by_test_id("grade-notice").locator("bdi")
    expect(course).to_have_text("Classe de 6e B")
    assert course.evaluate("each => getComputedStyle(each).unicodeBidi") == "isolate"
    assert _points(page.get_by_test_id("start").locator(".icon")) == "start to end, mirrored"
    parent = Answering(page)
    parent.begin()
    bar = parent.find("progress").locator(".bar span")
    first, last = bar.first.bounding_box(), bar.last.bounding_box()
    assert first is not None
    assert last is not None
    assert first["x"] > last["x"]
    expect(bar.first).to_have_class("done")
    expect(bar.last).not_to_have_class("done")
    assert _points(parent.find("previous").locator(".icon")) == "start to end, mirrored"
    words = page.locator("#prompt")
    assert words.evaluate("each => getComputedStyle(each).direction") == "ltr"  # French words stay French
    parent.answer(ANSWERS[0])
    beside_french = parent.find("resource").locator(".icon")
    assert _points(beside_french) == "as drawn"
    visitor.launch("space")
    expect(parent.find("under-way").locator("h3 bdi")).to_have_text("Mon ENT et ÉduConnect")
    page.goto(f"{placed.tool}/lti/launch?lang=ar")
    expect(page.locator("bdi[data-test=reference]")).to_have_attribute("dir", "ltr")


@pytest.mark.parametrize(("voices", "shown"), [("undefined", False), ("[]", False), ("[{ lang: 'fr-FR' }]", True)])
def test_listen_is_offered_only_where_there_is_a_voice(
    placed: Served, phone: BrowserContext, voices: str, shown: bool
) -> None:
    visitor = Visitor(phone, placed)
    visitor.become("helene")
    page = visitor.launch(visitor.last_activity())
    speech = f"{{ getVoices: () => {voices}, addEventListener() {{}}, cancel() {{}} }}"
    value = "undefined" if voices == "undefined" else speech
    page.add_init_script(f"Object.defineProperty(window, 'speechSynthesis', {{ value: {value} }})")
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("preview-notice")).to_be_visible()
    expect(page.get_by_test_id("listen")).to_be_visible(visible=shown)


def _points(icon: Locator) -> str:
    matrix = icon.evaluate("each => getComputedStyle(each).transform")
    return "start to end, mirrored" if matrix.startswith("matrix(-1,") else "as drawn"


def test_reloading_and_going_back_lose_nothing_and_write_nothing_twice(placed: Served, phone: BrowserContext) -> None:
    visitor, since = Visitor(phone, placed), _now()
    parent = _take_up(visitor, "noel")
    page = visitor.page
    parent.answer(ANSWERS[0])
    page.reload()
    expect(parent.find("outcome")).to_have_attribute("data-value", "right")
    parent.find("next").click()
    parent.stands_at(2)
    page.go_back()
    expect(parent.find("outcome")).to_be_visible()
    page.go_back()
    parent.stands_at(1)
    # The form as the browser kept it, sent again: it goes on, and the first answer counts.
    parent.find("option", ANSWERS[0]["wrong"][0]).click()
    parent.find("validate").click()
    expect(parent.find("outcome")).to_be_visible()
    visitor.launch(visitor.last_activity())
    expect(parent.find("resume-notice")).to_contain_text("1")
    parent.find("start").click()
    parent.stands_at(2)
    # Whether or not the browser kept the old form: one answer counts, the right one; what came after is practice.
    answers = [each for each in placed.statements(since=since) if each["verb"]["id"].endswith("/answered")]
    assert [each["result"]["success"] for each in answers if not _is_practice(each)] == [True]
    assert _count(placed, since, "initialized") == 1


def test_the_page_of_a_launch_can_be_reloaded_in_the_ent(placed: Served, phone: BrowserContext) -> None:
    visitor = Visitor(phone, placed)
    visitor.become("noel")
    tool = visitor.open_activity()
    expect(tool.get_by_test_id("start")).to_be_visible()
    handle = visitor.page.get_by_test_id("demo-frame").element_handle()
    frame = handle.content_frame()
    assert frame is not None
    frame.evaluate("location.reload()")
    expect(tool.get_by_test_id("start")).to_be_visible()
    visitor.page.reload()
    expect(tool.get_by_test_id("start")).to_be_visible()


def test_a_double_tap_on_an_answer_makes_one_statement(placed: Served, phone: BrowserContext) -> None:
    visitor = Visitor(phone, placed)
    parent = _take_up(visitor, "noel")
    number, since = _number(parent), _now()
    item = ANSWERS[number - 1]
    parent.fill(item, item["right"])
    parent.find("validate").dblclick()
    expect(parent.find("outcome")).to_have_attribute("data-value", "right")
    parent.find("next").click()
    parent.stands_at(number + 1)
    parent.find("dont-know").dblclick()
    expect(parent.find("outcome")).to_have_attribute("data-value", "unknown")
    assert _count(placed, since, "answered") == 2


def test_an_answer_sent_twice_without_a_script_makes_one_statement(placed: Served, phone: BrowserContext) -> None:
    visitor = Visitor(phone, placed)
    parent = _take_up(visitor, "noel")
    since, page = _now(), visitor.page
    form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('#unknown')))")
    for _ in range(3):
        assert page.request.post(page.url, form=form).ok
    assert _count(placed, since, "answered") == 1
    parent.find("validate").click()  # and the page that is still open is not in anybody's way
    expect(page.get_by_role("main")).to_be_visible()


def test_two_tabs_of_two_people_on_one_phone_do_not_disturb_each_other(placed: Served, phone: BrowserContext) -> None:
    here, there = Visitor(phone, placed), Visitor(phone, placed)
    there.page = phone.new_page()
    mother = Answering(_taken_up(here, "zoe"))
    first = _number(mother)
    father = Answering(_taken_up(there, "noel"))
    other = _number(father)
    for step in range(2):
        mother.find("dont-know").click()
        father.find("dont-know").click()
        mother.find("next").click()
        father.find("next").click()
        mother.stands_at(first + step + 1)
        father.stands_at(other + step + 1)
    mother.find("my-space").click()
    mother.find("my-data").click()
    expect(mother.find("identity")).to_contain_text("Zoé Lefèvre")
    father.find("my-space").click()
    father.find("my-data").click()
    expect(father.find("identity")).to_contain_text("Noël Béranger-N’Diaye")
    expect(father.find("identity")).not_to_contain_text("Zoé")


def _take_up(visitor: Visitor, slug: str) -> Answering:
    """At the question where this person stands; the notice is read where it comes."""
    return Answering(_taken_up(visitor, slug))


def _taken_up(visitor: Visitor, slug: str) -> Page:
    visitor.become(slug)
    page = visitor.launch(visitor.last_activity())
    page.get_by_test_id("start").click()
    notice, question = page.get_by_test_id("accept-notice"), page.locator("form#unknown")
    expect(notice.or_(question)).to_have_count(1)
    if notice.count():
        notice.click()
    expect(question).to_have_count(1)
    return page


def _number(parent: Answering) -> int:
    return int(parent.find("progress").get_by_role("progressbar").get_attribute("aria-valuenow") or 0)


def _is_practice(statement: dict[str, Any]) -> bool:
    return any(name.endswith("/practice") for name in statement["context"].get("extensions", {}))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _count(served: Served, since: str, verb: str) -> int:
    return sum(each["verb"]["id"].endswith(f"/{verb}") for each in served.statements(since=since))
