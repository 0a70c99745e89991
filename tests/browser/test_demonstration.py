"""The demonstration ENT, end to end, as a teacher and as parents: over http, and over https on two sites."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from conftest import Devices
from devices import COOKIES_THAT_WORK, PHONE
from playwright.sync_api import BrowserContext, Frame, Page, expect
from serving import Served
from visiting import ANSWERS, TITLE, Answering, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MIDDLE = 12
NAMES = ("Zoé", "Lefèvre", "Noël", "Béranger", "N’Diaye", "Hélène", "Crépin")


@dataclass(frozen=True, slots=True)
class Site:
    """How the tool is reached, and by what sort of browser."""

    served: Served
    block_third_party: bool


@pytest.fixture(params=["http", "https, third-party cookies allowed", "https, third-party cookies blocked"])
def site(request: pytest.FixtureRequest) -> Site:
    served = request.getfixturevalue("plain_site" if request.param == "http" else "two_sites")
    return Site(served, block_third_party="blocked" in request.param)


def test_a_teacher_places_a_parcours_and_what_a_parent_does_there_counts(site: Site, devices: Devices) -> None:
    served = site.served

    def device(**options: object) -> BrowserContext:
        return devices(block_third_party=site.block_third_party, **options)

    since = datetime.now(UTC).isoformat()
    teacher = Visitor(device(), served)
    teacher.start_afresh()
    teacher.become("helene")
    teacher.install()
    teacher.place(with_grade=True)

    phone = Visitor(device(viewport=PHONE), served)
    _work_until_the_middle(phone, site)
    # Another device takes it up at the same question, and ends it.
    at_home = Visitor(device(), served)
    at_home.become("zoe")
    parent = Answering(at_home.open_activity())
    expect(parent.find("resume-notice")).to_contain_text(str(MIDDLE))
    parent.find("start").click()
    parent.stands_at(MIDDLE + 1)
    _answer(parent, MIDDLE, len(ANSWERS))
    expect(parent.find("result")).to_be_visible()
    expect(parent.find("known").locator("li")).not_to_have_count(0)

    _the_next_of_the_family_finds_nothing_of_the_first(phone)
    _the_gradebook_comes_to_show(teacher, "100 / 100")
    teacher.open_activity().get_by_test_id("show-roster").click()
    expect(teacher.tool.get_by_test_id("roster")).to_contain_text("Zoé Lefèvre")
    expect(teacher.tool.get_by_test_id("roster")).to_contain_text("Noël Béranger-N’Diaye")
    _the_statements_are_there_and_name_nobody(served, since)


def _work_until_the_middle(phone: Visitor, site: Site) -> None:
    phone.become("zoe")
    parent = Answering(phone.open_activity())
    expect(parent.find("grade-notice")).to_be_visible()
    if site.served.secure:
        _the_browser_does_with_cookies_what_it_was_told(phone.page, site)
    parent.find("start").click()
    expect(parent.find("notice")).to_be_visible()
    parent.find("accept-notice").click()
    parent.stands_at(1)
    _answer(parent, 0, 3)
    # Back once: what was answered is there, and may be left as it is.
    parent.find("previous").click()
    parent.stands_at(3)
    expect(parent.find("practice")).to_be_visible()
    parent.find("resume").click()
    parent.stands_at(4)
    # Reload once: the same question.
    with phone.page.expect_event("framenavigated"):
        _frame_of(phone.page).evaluate("location.reload()")
    parent.stands_at(4)
    _answer(parent, 3, MIDDLE)
    parent.stands_at(MIDDLE + 1)


def _answer(parent: Answering, start: int, end: int) -> None:
    for number, item in enumerate(ANSWERS[start:end], start + 1):
        parent.stands_at(number)
        parent.answer(item)
        parent.find("next").click()


def _frame_of(page: Page) -> Frame:
    handle = page.locator("[data-test=demo-frame]").element_handle()
    frame = handle.content_frame() if handle else None
    assert frame is not None
    return frame


def _the_browser_does_with_cookies_what_it_was_told(page: Page, site: Site) -> None:
    frame = _frame_of(page)
    assert frame.url.startswith(site.served.tool)
    assert frame.evaluate(COOKIES_THAT_WORK) == {"plain": not site.block_third_party, "partitioned": True}


def _the_next_of_the_family_finds_nothing_of_the_first(phone: Visitor) -> None:
    phone.become("noel")
    parent = Answering(phone.open_activity())
    expect(parent.find("start")).to_be_visible()
    expect(parent.find("resume-notice")).to_have_count(0)
    expect(parent.find("finished-notice")).to_have_count(0)
    phone.goto("open/space")
    expect(phone.tool.get_by_role("heading", level=1)).to_be_visible()
    for test in ("under-way", "finished"):
        expect(parent.find(test)).to_have_count(0)
    parent.find("my-data").click()
    expect(parent.find("identity")).to_contain_text("Noël Béranger-N’Diaye")
    expect(parent.find("identity")).not_to_contain_text("Zoé")
    expect(parent.find("no-statements")).to_be_visible()


def _the_gradebook_comes_to_show(teacher: Visitor, grade: str) -> None:
    for _ in range(30):
        teacher.goto("gradebook")
        cell = teacher.page.locator("[data-test^=demo-grade-][data-test$=-zoe]")
        if grade in cell.inner_text().replace("\u00a0", " "):
            break
        teacher.page.wait_for_timeout(500)
    expect(cell).to_contain_text("FullyGraded")
    expect(cell).to_contain_text("100")
    expect(teacher.page.locator("[data-test^=demo-grade-][data-test$=-noel]")).to_contain_text("Pas encore de note")


def _the_statements_are_there_and_name_nobody(served: Served, since: str) -> None:
    statements = served.statements(since=since)
    verbs = [statement["verb"]["id"].rpartition("/")[2] for statement in statements]
    assert {verb: verbs.count(verb) for verb in ("answered", "completed", "passed", "failed")} == {
        "answered": len(ANSWERS),
        "completed": 1,
        "passed": 1,
        "failed": 0,
    }
    assert len({json.dumps(statement["actor"], sort_keys=True) for statement in statements}) == 1
    everything = json.dumps(statements, ensure_ascii=False)
    assert TITLE in everything
    assert [name for name in NAMES if name in everything] == []
    assert "mailto:" not in everything
    assert "mbox" not in everything
