"""Who is in the context, as platforms really say it."""

import json

import pytest
from fake_platform import (
    INSTRUCTOR,
    LEARNER,
    ROSTER_TYPE,
    SCOPES,
    FakePlatform,
    as_json,
    redirecting,
    saying,
)
from front_door import Browser, Installation
from werkzeug.wrappers import Request, Response

from lti_tool.errors import NotFound, Unavailable
from lti_tool.lti import roster
from lti_tool.lti.errors import PlatformDisabled
from lti_tool.lti.launch import Launch
from lti_tool.lti.platforms import disable_platform
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Member, RosterInvalid
from lti_tool.lti.transport import AnswerTooLarge

MEMBERS = "/nrps/7/Members"


class Course:
    """A teacher in their course, with its roster."""

    def __init__(self, installation: Installation, browser: Browser, platform: FakePlatform) -> None:
        self.installation, self.platform = installation, platform
        claims = {
            "roles": [INSTRUCTOR],
            "sub": "teacher-1",
            "namesroleservice": {"context_memberships_url": platform.roster_url, "service_versions": ["2.0"]},
        }
        self.launch: Launch = browser.launched(browser.enter(platform, claims))

    def read(self) -> tuple[Member, ...]:
        return roster.members(self.installation.tool.door, self.launch)

    def fill(self, count: int) -> None:
        self.platform.members = [
            {"user_id": f"u{number}", "name": f"Parent {number}", "roles": ["Learner"], "status": "Active"}
            for number in range(count)
        ]

    def subjects(self) -> list[str]:
        return [member.subject for member in self.read()]


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    """The tool: what these tests leave behind is their own platform's."""
    return shared_installation


@pytest.fixture
def course(installation: Installation, browser: Browser, platform: FakePlatform) -> Course:
    return Course(installation, browser, platform)


def test_the_roster_is_asked_for_as_the_specification_says(course: Course) -> None:
    course.fill(1)
    course.read()
    (received,) = course.platform.calls(MEMBERS)
    assert received.method == "GET"
    assert received.headers["accept"] == ROSTER_TYPE
    assert received.query == "Rlid=AbC"
    assert {scopes == {SCOPES["roster"]} for _client, scopes in course.platform.tokens.values()} == {True}


def test_every_page_is_read_and_upper_case_letters_of_its_address_stay(course: Course) -> None:
    course.fill(5)
    assert course.subjects() == ["u0", "u1", "u2", "u3", "u4"]
    queries = [received.query for received in course.platform.calls(MEMBERS)]
    assert queries == ["Rlid=AbC", "Rlid=AbC&from=2", "Rlid=AbC&from=4"]


def test_one_token_serves_for_all_pages(course: Course) -> None:
    course.fill(5)
    course.read()
    course.read()
    assert len(course.platform.calls("/token")) == 1


def paged(course: Course, link: str) -> None:
    """The first page says that the next one is where `link` says; the header's bytes are UTF-8."""
    good = course.platform._members

    def answer(request: Request) -> Response:
        response = good(request)
        response.headers.pop("Link", None)
        if "from" not in request.args:
            response.headers["Link"] = link.format(url=course.platform.roster_url).encode().decode("latin-1")
        return response

    course.platform.answers[MEMBERS] = answer


@pytest.mark.parametrize(
    "link",
    [
        '<{url}&from=2>; rel="next"',
        "<{url}&from=2>; rel=“next”",
        "<{url}&from=2>; rel=next",
        "<{url}&from=2>;rel='next'",
        '<{url}&from=2>; title="x"; REL="Next"',
        '<{url}>; rel="first", <{url}&from=2>; rel="next", <{url}&from=9>; rel="last"',
        '<{url}&from=2,2>; rel="other", <{url}&from=2>; rel="next"',
        '<Members?Rlid=AbC&from=2>; rel="next"',
    ],
)
def test_the_next_page_is_found_however_its_link_is_written(course: Course, link: str) -> None:
    course.fill(4)
    paged(course, link)
    assert course.subjects() == ["u0", "u1", "u2", "u3"]


@pytest.mark.parametrize("link", ["", "x", "<>", "<{url}&from=2>", '<{url}&from=2>; rel="prev"', '{url}; rel="next"'])
def test_a_link_that_is_no_next_page_ends_the_roster(course: Course, link: str) -> None:
    course.fill(4)
    paged(course, link)
    assert course.subjects() == ["u0", "u1"]


def test_a_link_that_leads_in_circles_ends(course: Course) -> None:
    course.fill(2)
    paged(course, '<{url}>; rel="next"')
    assert course.subjects() == ["u0", "u1"]


@pytest.mark.parametrize("address", ["http://[", "http://h:port/", "javascript:alert(1)", "//other.example/x", "\\\\x"])
def test_a_next_page_at_an_odd_address_is_not_followed(course: Course, address: str) -> None:
    course.fill(2)
    paged(course, f'<{address}>; rel="next"')
    with pytest.raises(Unavailable):
        course.read()


def test_a_next_page_of_another_host_is_not_asked_for(course: Course, other_platform: FakePlatform) -> None:
    course.fill(2)
    paged(course, f'<{other_platform.url}{MEMBERS}?Rlid=AbC>; rel="next"')
    with pytest.raises(RosterInvalid):
        course.read()
    assert other_platform.received == []


def test_a_redirect_to_another_host_takes_no_token_with_it(course: Course, other_platform: FakePlatform) -> None:
    course.platform.answers[MEMBERS] = redirecting(f"{other_platform.url}{MEMBERS}")
    with pytest.raises(Unavailable):
        course.read()
    assert other_platform.received == []


def test_names_roles_and_status_are_read_as_they_come(course: Course) -> None:
    course.platform.page_size = 50
    course.platform.members = [
        {"user_id": "1", "name": "Awa", "roles": ["Learner"], "status": "Active"},
        {"user_id": "2", "given_name": "Moussa", "family_name": "Diagne", "roles": ["Instructor"]},
        {"user_id": "3", "roles": [LEARNER, "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"]},
        {"user_id": "4", "name": "", "roles": [], "status": "Inactive"},
        {"user_id": "5", "name": 7, "roles": "Learner", "status": None},
        {"user_id": "6", "name": "é" * 900, "roles": [None, 7, "Learner"]},
    ]
    assert course.read() == (
        Member("1", "Awa", frozenset({Role.LEARNER}), True),
        Member("2", "Moussa Diagne", frozenset({Role.INSTRUCTOR}), True),
        Member("3", None, frozenset({Role.LEARNER, Role.MENTOR}), True),
        Member("4", None, frozenset(), False),
        Member("5", None, frozenset(), False),
        Member("6", "é" * 255, frozenset({Role.LEARNER}), True),
    )


def test_what_is_no_member_is_passed_over(course: Course) -> None:
    course.platform.answers[MEMBERS] = lambda _: as_json(
        {"members": [None, 7, "x", [], {}, {"user_id": 7}, {"user_id": None}, {"user_id": "1", "roles": ["Learner"]}]}
    )
    assert course.subjects() == ["1"]


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "null", '"x"', "{}", '{"members": null}', '{"members": {"user_id": "1"}}', "[" * 9999]
)
def test_what_is_no_roster_is_no_defect(course: Course, body: str) -> None:
    course.platform.answers[MEMBERS] = saying(body)
    with pytest.raises(RosterInvalid):
        course.read()


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_a_platform_that_gives_no_roster_is_no_defect(course: Course, status: int) -> None:
    course.platform.answers[MEMBERS] = saying("<html>", status=status)
    with pytest.raises(Unavailable):
        course.read()


def test_a_huge_page_is_not_read_to_its_end(course: Course) -> None:
    course.platform.answers[MEMBERS] = saying("x" * (3 << 20))
    with pytest.raises(AnswerTooLarge):
        course.read()


def test_a_roster_without_end_is_left(course: Course) -> None:
    pages = iter(range(10_000))

    def endless(_request: Request) -> Response:
        number = next(pages)
        members = [{"user_id": f"{number}-{index}", "roles": []} for index in range(200)]
        return Response(
            json.dumps({"members": members}),
            headers={"Link": f"<{course.platform.roster_url}&page={number}>; rel=next"},
            content_type=ROSTER_TYPE,
        )

    course.platform.answers[MEMBERS] = endless
    with pytest.raises(RosterInvalid):
        course.read()
    assert len(course.platform.calls(MEMBERS)) <= 50


def test_a_place_without_a_roster_says_so(installation: Installation, browser: Browser, platform: FakePlatform) -> None:
    for claims in ({}, {"namesroleservice": {}}, {"namesroleservice": None}):
        launched = browser.launched(
            browser.enter(
                platform, {"roles": [INSTRUCTOR], "sub": "teacher-1", "resource_link": {"id": "new"}, **claims}
            )
        )
        with pytest.raises(NotFound):
            roster.members(installation.tool.door, launched)


def test_a_roster_once_known_is_not_lost_by_a_launch_that_does_not_name_it(
    installation: Installation, browser: Browser, platform: FakePlatform, course: Course
) -> None:
    course.fill(1)
    launched = browser.launched(browser.enter(platform))
    assert [member.subject for member in roster.members(installation.tool.door, launched)] == ["u0"]


def test_nothing_of_a_roster_is_kept(course: Course) -> None:
    course.fill(3)
    before = course.installation.rows(but=())
    course.read()
    assert course.installation.rows(but=()) == before
    assert "Parent 1" not in course.installation.log_text


def test_no_roster_is_asked_of_a_platform_that_was_switched_off(course: Course) -> None:
    with course.installation.tool.database.write() as session:
        disable_platform(session, course.platform.issuer, now=course.installation.clock())
    with pytest.raises(PlatformDisabled):
        course.read()
    assert course.platform.received[-1].path != MEMBERS
