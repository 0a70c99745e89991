"""Launches by a platform that nobody here wrote: Open edX."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from fake_platform import LEARNER, served, serving
from front_door import PARCOURS, Browser, Installation, asked, entered, hidden
from open_edx import OpenEdx

from lti_tool.lti import roster
from lti_tool.lti.grades import queue_score
from lti_tool.lti.launch import Audience
from lti_tool.lti.roles import Role


@pytest.fixture
def open_edx(installation: Installation, platform_keys: dict[str, RSAPrivateKey]) -> Iterator[OpenEdx]:
    """Open edX, with the tool set up by hand as its block asks."""
    with serving(installation.app) as address:
        edx = OpenEdx(platform_keys["key-1"], installation.base_url, f"{address}/.well-known/jwks.json")
        with served(edx):
            installation.welcome(edx)
            yield edx


def launch(edx: OpenEdx, browser: Browser, role: str, path: str = "/lti/launch", deep_linking: bool = False) -> str:
    """Come in from a unit of a course; gives the path of the first page."""
    consumer = edx.launching(role, path, deep_linking=deep_linking)
    answer = browser.get(edx.login_url(consumer, role, deep_linking=deep_linking))
    assert answer.status_code == 303
    answer = browser.get(answer.headers["Location"])
    assert answer.status_code == 302, answer.text
    posted = edx.answer_to(consumer, asked(answer))
    return entered(browser.post("/lti/launch", posted))


def test_a_learner_comes_in(open_edx: OpenEdx, browser: Browser) -> None:
    page = launch(open_edx, browser, "student", f"/lti/launch/parcours/{PARCOURS}")
    assert page.endswith(f"/parcours/{PARCOURS}")
    assert browser.get(page, follow_redirects=True).status_code == 200
    launched = browser.launched(page)
    assert launched.audience is Audience.PARENT
    assert launched.person_name == "Awa Diagne"
    assert launched.context_title == "Espace des parents"
    assert launched.wants_grade


def test_a_teacher_comes_in(open_edx: OpenEdx, browser: Browser) -> None:
    page = launch(open_edx, browser, "instructor")
    assert browser.launched(page).audience is Audience.TEACHER
    assert browser.get(page, follow_redirects=True).status_code == 200


def test_a_message_that_open_edx_signed_for_another_login_is_refused(open_edx: OpenEdx, browser: Browser) -> None:
    consumer = open_edx.launching("student")
    browser.get(open_edx.login_url(consumer, "student"))  # the probe
    first, second = (asked(browser.get(open_edx.login_url(consumer, "student"))) for _ in range(2))
    posted = open_edx.answer_to(consumer, first)
    refused = browser.post("/lti/launch", {**posted, "state": second.state})
    assert refused.status_code == 401
    assert 'data-code="nonce-mismatch"' in refused.text


def test_a_teachers_choice_comes_back_as_open_edx_reads_it(open_edx: OpenEdx, browser: Browser) -> None:
    page = launch(open_edx, browser, "instructor", deep_linking=True)
    form = hidden(browser.get(page).text)
    answer = browser.post(
        page, {"_csrf": form["_csrf"], "item": f"parcours/{PARCOURS}", "grade": f"parcours/{PARCOURS}"}
    )
    assert f'action="{open_edx.url}/lti_1p3/deep_linking/return"' in answer.text
    (item,) = open_edx.chosen(hidden(answer.text)["JWT"])
    assert item["type"] == "ltiResourceLink"
    assert item["url"] == f"{browser.base_url}/lti/launch/parcours/{PARCOURS}"
    assert item["lineItem"]["scoreMaximum"] > 0


def test_a_score_goes_to_open_edx_with_a_token_that_it_gave(
    open_edx: OpenEdx, browser: Browser, installation: Installation
) -> None:
    launched = browser.launched(launch(open_edx, browser, "student"))
    open_edx.gradebook.learners = {"edx-student"}
    with installation.tool.database.write() as session:
        queue_score(session, launched, given=7, maximum=10, now=installation.clock())
    assert installation.work()
    (score,) = open_edx.gradebook.posted
    assert (score["userId"], score["scoreGiven"], score["scoreMaximum"]) == ("edx-student", 7, 10)


def test_the_roster_of_open_edx_is_read_with_a_token_that_it_gave(
    open_edx: OpenEdx, browser: Browser, installation: Installation
) -> None:
    open_edx.members = [{"user_id": f"edx-{number}", "status": "Active", "roles": [LEARNER]} for number in range(3)]
    launched = browser.launched(launch(open_edx, browser, "instructor"))
    members = roster.members(installation.tool.door, launched)
    assert [member.subject for member in members] == ["edx-0", "edx-1", "edx-2"]
    assert {member.roles for member in members} == {frozenset({Role.LEARNER})}
