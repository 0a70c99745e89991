"""Every kind of screen, in French and in Arabic: readable by everybody, on every width, in light and dark."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from devices import LAPTOP, WAIT_MILLISECONDS
from examining import Examined, Tour
from playwright.sync_api import Browser, Page, expect
from serving import Served
from visiting import ANSWERS, Answering, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SITUATION = next(number for number, item in enumerate(ANSWERS, 1) if item["kind"] == "situation")
ADMINISTRATION = ("", "deploiements", "etablissements", "droits", "journal", "verifier")


@pytest.fixture(scope="module", params=["fr", "ar"])
def tour(request: pytest.FixtureRequest, browser: Browser, plain_site: Served) -> Iterator[Tour]:
    """Every screen, seen in one language by one of each sort of person. The demonstration ENT is French alone."""
    language = request.param
    tour = Tour(language)
    locale = {"fr": "fr-FR", "ar": "ar"}[language]
    context = browser.new_context(locale=locale, viewport=LAPTOP, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(WAIT_MILLISECONDS)
    visitor = Visitor(context, plain_site)
    visitor.start_afresh()
    _install_and_place(tour, visitor, language, with_ent=language == "fr")
    _see_as_a_teacher(tour, visitor, language)
    _see_as_a_parent(tour, visitor, language)
    _see_as_an_administrator(tour, visitor, language)
    _see_refusals(tour, visitor)
    yield tour
    context.close()


@pytest.mark.parametrize("found", [each.name for each in fields(Examined) if each.name not in ("name", "direction")])
def test_no_screen_has(tour: Tour, found: str) -> None:
    lines = [f"{screen.name}: {each}" for screen in tour.seen for each in getattr(screen, found)]
    assert not lines, "\n".join(lines)


def test_every_page_of_the_tool_runs_in_its_language_s_direction(tour: Tour) -> None:
    expected = {"fr": "ltr", "ar": "rtl"}[tour.name]
    assert [each.name for each in tour.seen if each.direction != expected] == []


def _install_and_place(tour: Tour, visitor: Visitor, language: str, *, with_ent: bool) -> None:
    page = visitor.page

    def ent(name: str) -> None:
        if with_ent:
            tour.examine(page, f"ent-{name}")

    visitor.goto()
    ent("front")
    visitor.become("francois", language)
    ent("tools-none")
    visitor.become("helene", language)
    ent("class-without-tool")
    visitor.press("demo-install")
    ent("install")
    source = page.get_by_test_id("demo-registration-frame").get_attribute("src") or ""
    page.goto(source.partition("&openid_configuration=")[0])
    tour.examine(page, "register-alone")
    page.goto(source)
    tour.examine(page, "register")
    page.get_by_test_id("register-confirm").click()
    expect(page.get_by_test_id("registered")).to_be_visible()
    tour.examine(page, "registered")
    visitor.goto("class")
    ent("class-empty")
    visitor.launch("deep-linking")
    tour.examine(page, "catalogue")
    page.get_by_test_id("place").click()
    expect(page.get_by_test_id("fault")).to_be_visible()
    page.get_by_test_id("pick").first.check()
    page.get_by_test_id("grade-options").first.click()
    page.get_by_test_id("send-grade").first.check()
    tour.examine(page, "catalogue-filled")
    page.get_by_test_id("place").click()
    expect(page.get_by_test_id("demo-proposal")).to_be_visible()
    ent("choice")
    page.get_by_test_id("demo-confirm").click()
    expect(page.get_by_test_id("demo-activities")).to_be_visible()
    ent("class")
    for name in ("gradebook", "members"):
        visitor.goto(name)
        ent(name)
    visitor.goto("tools")
    expect(page.get_by_test_id("demo-refused")).to_be_visible()
    ent("refused")
    visitor.open_activity().get_by_test_id("preview").wait_for()
    ent("framed")


def _see_as_a_teacher(tour: Tour, visitor: Visitor, language: str) -> None:
    visitor.become("helene", language)
    page = visitor.launch(visitor.last_activity())
    tour.examine(page, "class-view")
    page.get_by_test_id("show-roster").click()
    expect(page.get_by_test_id("roster")).to_be_visible()
    tour.examine(page, "roster")
    page.go_back()
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("preview-notice")).to_be_visible()
    tour.examine(page, "preview")
    visitor.launch("space")
    tour.examine(page, "space-of-a-teacher")


def _see_as_a_parent(tour: Tour, visitor: Visitor, language: str) -> None:
    visitor.become("zoe", language)
    activity = visitor.last_activity()
    page = visitor.launch(activity)
    parent = Answering(page)
    tour.examine(page, "welcome")
    parent.find("what-for").locator("summary").click()
    tour.examine(page, "welcome-what-for")
    parent.find("start").click()
    expect(parent.find("notice")).to_be_visible()
    tour.examine(page, "notice")
    parent.find("accept-notice").click()
    _see_questions(tour, parent, page)
    _see_space(tour, visitor, parent)
    page = visitor.launch(activity)
    tour.examine(page, "welcome-again")
    parent.find("start").click()
    parent.stands_at(SITUATION)
    _see_the_situation(tour, parent, page, SITUATION)
    others = [number for number, item in enumerate(ANSWERS, 1) if item["kind"] == "situation" and number > SITUATION]
    for number, following in zip([SITUATION, *others], [*others, len(ANSWERS)], strict=True):
        _do_not_know(page, number + 1, following - 1)
        parent.find("resume").click()
        parent.stands_at(following)
        if following in others and tour.name == "fr":  # their look does not change with the language
            _see_the_situation(tour, parent, page, following)
        else:
            parent.find("dont-know").click()
    expect(parent.find("outcome")).to_be_visible()
    tour.examine(page, "feedback-last")
    parent.find("next").click()
    _see_the_result(tour, parent, page)
    visitor.launch(activity)
    tour.examine(page, "welcome-finished")
    visitor.launch("space")
    expect(parent.find("finished")).to_be_visible()
    tour.examine(page, "space-finished")


def _see_questions(tour: Tour, parent: Answering, page: Page) -> None:
    seen = set[str]()
    for number, item in enumerate(ANSWERS[: SITUATION - 1], 1):
        parent.stands_at(number)
        if item["kind"] not in seen:
            tour.examine(page, f"question-{item['kind']}")
        if number == 1:
            parent.find("validate").click()
            expect(parent.find("fault")).to_be_visible()
            tour.examine(page, "question-empty")
        if item["kind"] == "choices" and item["kind"] not in seen:
            parent.find("dont-know").click()
            expect(parent.find("outcome")).to_be_visible()
            tour.examine(page, "feedback-unknown")
        else:
            parent.answer(item, outcome="right" if number != SITUATION - 1 else "wrong")
            if item["kind"] not in seen or number == SITUATION - 1:
                parent.find("reminder").locator("summary").click()
                tour.examine(page, f"feedback-{item['kind']}" + "-wrong" * (number == SITUATION - 1))
        if number == 1:
            parent.find("previous").click()
            expect(parent.find("practice")).to_be_visible()
            tour.examine(page, "question-practice")
            parent.find("resume").click()
        else:
            parent.find("next").click()
        seen.add(item["kind"])


def _see_space(tour: Tour, visitor: Visitor, parent: Answering) -> None:
    page = visitor.launch("space")
    expect(parent.find("under-way")).to_be_visible()
    tour.examine(page, "space")
    parent.find("my-data").click()
    expect(parent.find("statements")).to_be_visible()
    tour.examine(page, "my-data")


def _see_the_situation(tour: Tour, parent: Answering, page: Page, number: int) -> None:
    """A situation at its start, before its last act (where its form is, if it has one), and answered."""
    item = ANSWERS[number - 1]
    *acts, last = item["actions"]
    tour.examine(page, f"situation-{item['id']}")
    for action in acts:
        parent.act(action)
    tour.examine(page, f"situation-{item['id']}-under-way")
    parent.act(last)
    parent.find("situation-done").click()
    expect(parent.find("outcome")).to_have_attribute("data-value", "right")
    if number == SITUATION:
        tour.examine(page, "feedback-situation")


def _do_not_know(page: Page, first: int, last: int) -> None:
    """Post « Je ne sais pas » to several questions, as their forms would; then stand at the one before them."""
    page.goto(page.url.removesuffix("/retour"))
    form = page.evaluate("Object.fromEntries(new FormData(document.querySelector('#unknown')))")
    root = page.url.partition("#")[0].rpartition("/")[0]
    for number in range(first, last + 1):
        assert page.request.post(f"{root}/{number}", form={**form, "number": "1"}).ok
    page.reload()


def _see_the_result(tour: Tour, parent: Answering, page: Page) -> None:
    expect(parent.find("result")).to_be_visible()
    tour.examine(page, "result")
    parent.find("print-page").click()
    expect(parent.find("print")).to_be_visible()
    tour.examine(page, "result-unfolded")


def _see_as_an_administrator(tour: Tour, visitor: Visitor, language: str) -> None:
    visitor.become("francois", language)
    if tour.name == "fr":
        tour.examine(visitor.page, "ent-tools")
    page = visitor.launch("administration")
    root = page.url
    for path in ADMINISTRATION:
        answer = page.goto(f"{root}{path}")
        assert answer is not None
        assert answer.ok
        tour.examine(page, f"administration-{path or 'connecter'}")


def _see_refusals(tour: Tour, visitor: Visitor) -> None:
    page, tool = visitor.page, visitor.served.tool
    for name, path in (("session-lost", "/l/none/parcours/none"), ("launch-alone", "/lti/launch"), ("none", "/none")):
        page.goto(f"{tool}{path}")
        expect(page.get_by_test_id("error")).to_be_visible()
        tour.examine(page, f"refused-{name}")
