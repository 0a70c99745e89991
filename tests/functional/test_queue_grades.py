"""Whose score is queued: a learner's, and only where the teacher asked for the grade."""

from typing import Any

import pytest
from fake_platform import ADMINISTRATOR, INSTRUCTOR, LEARNER, MEMBERSHIP, FakePlatform
from front_door import Browser, Installation
from sqlalchemy import select

from lti_tool.jobs.model import Job
from lti_tool.lti import grades
from lti_tool.lti.launch import Launch
from lti_tool.lti.model import Grade


def graded(platform: FakePlatform, **changes: Any) -> dict[str, Any]:
    """Claims of a launch into an activity whose grade the teacher wants."""
    return {"endpoint": {"scope": [], "lineitem": platform.line_item}, **changes}


def queue(installation: Installation, launched: Launch, given: float = 8, maximum: float = 20) -> None:
    with installation.tool.database.write() as session:
        grades.queue_score(session, launched, given=given, maximum=maximum, now=installation.clock())


def queued(installation: Installation) -> list[Job]:
    with installation.tool.database.read() as session:
        return list(session.scalars(select(Job).where(Job.kind == grades.JOB, Job.done_at.is_(None))))


def test_a_learners_score_is_queued(installation: Installation, browser: Browser, platform: FakePlatform) -> None:
    queue(installation, browser.launched(browser.enter(platform, graded(platform))))
    assert len(queued(installation)) == 1
    with installation.tool.database.read() as session:
        grade = session.scalars(select(Grade)).one()
    assert (grade.given, grade.maximum, grade.state) == (8, 20, "queued")


def test_the_queue_holds_no_name_and_no_identifier_of_the_platform(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    queue(installation, browser.launched(browser.enter(platform, graded(platform))))
    (job,) = queued(installation)
    assert set(job.payload) == {"grade"}


@pytest.mark.parametrize("endpoint", [..., None, {}, {"lineitems": "https://ent.example/lineitems"}])
def test_nothing_is_queued_where_the_teacher_did_not_ask(
    installation: Installation, browser: Browser, platform: FakePlatform, endpoint: object
) -> None:
    launched = browser.launched(browser.enter(platform, {"endpoint": endpoint}))
    assert not launched.wants_grade
    queue(installation, launched)
    assert queued(installation) == []
    assert installation.count("grade") == 0


@pytest.mark.parametrize(
    "roles", [[INSTRUCTOR], [INSTRUCTOR, LEARNER], [ADMINISTRATOR, INSTRUCTOR], [f"{MEMBERSHIP}ContentDeveloper"]]
)
def test_a_teachers_score_is_never_queued(
    installation: Installation, browser: Browser, platform: FakePlatform, roles: list[str]
) -> None:
    queue(installation, browser.launched(browser.enter(platform, graded(platform, roles=roles, sub="teacher-1"))))
    assert queued(installation) == []


def test_two_scores_of_one_person_are_one_job_and_the_newest_stands(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    launched = browser.launched(browser.enter(platform, graded(platform)))
    queue(installation, launched, given=4)
    queue(installation, launched, given=9)
    assert len(queued(installation)) == 1
    assert installation.work()
    assert [score["scoreGiven"] for score in platform.gradebook.posted] == [9]


def test_the_scores_of_two_people_are_two_jobs(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    for person in ("parent-1", "parent-2"):
        queue(installation, browser.launched(browser.enter(platform, graded(platform, sub=person))))
    assert len(queued(installation)) == 2


def test_a_score_goes_only_with_what_it_came_from(
    installation: Installation, browser: Browser, platform: FakePlatform
) -> None:
    """The attempt's own transaction: where it fails, no grade is promised."""
    launched = browser.launched(browser.enter(platform, graded(platform)))
    with pytest.raises(RuntimeError), installation.tool.database.write() as session:  # noqa: PT012
        grades.queue_score(session, launched, given=1, maximum=2, now=installation.clock())
        raise RuntimeError
    assert queued(installation) == []
    assert installation.count("grade") == 0
