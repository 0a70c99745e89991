"""Scores on their way to a gradebook that answers as Moodle's does."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_platform import SCOPES, SCORE_TYPE, FakePlatform, as_json, late, redirecting, saying
from front_door import Browser, Installation
from sqlalchemy import select, update

from lti_tool.jobs.model import Job
from lti_tool.lti import grades, transport
from lti_tool.lti.launch import Launch
from lti_tool.lti.model import Grade
from lti_tool.lti.platforms import disable_platform
from lti_tool.people.model import Placement

SCORES = "/ags/7/lineitem/scores"


class Gradebooks:
    """Parents who have finished something, and the worker."""

    def __init__(self, installation: Installation, browser: Browser, platform: FakePlatform) -> None:
        self.installation, self.browser, self.platform = installation, browser, platform
        installation.clock.still = datetime.now(UTC).replace(microsecond=250_000)

    def finish(self, sub: str = "parent-1", given: float = 8, maximum: float = 20, **changes: Any) -> Launch:
        """A parent finishes an activity whose grade the teacher wants."""
        clock, still = self.installation.clock, self.installation.clock.still
        clock.still = None  # tokens are signed by the real clock
        endpoint = {"lineitem": self.platform.line_item}
        launched = self.browser.launched(
            self.browser.enter(self.platform, {"sub": sub, "endpoint": endpoint, **changes})
        )
        clock.still = still
        self.queue(launched, given, maximum)
        return launched

    def queue(self, launched: Launch, given: float = 8, maximum: float = 20) -> None:
        with self.installation.tool.database.write() as session:
            grades.queue_score(session, launched, given=given, maximum=maximum, now=self.installation.clock())

    def work(self, **later: float) -> list[dict[str, Any]]:
        """Let time pass, then do whatever is due; gives what the gradebook was sent."""
        self.installation.clock.advance(**later)
        while self.installation.work():
            pass
        return self.platform.gradebook.posted

    def grade(self) -> Grade:
        with self.installation.tool.database.read() as session:
            return session.scalars(select(Grade)).one()

    def job(self) -> Job:
        with self.installation.tool.database.read() as session:
            return session.scalars(select(Job).where(Job.kind == grades.JOB).order_by(Job.id.desc())).first()  # type: ignore[return-value]

    @property
    def now(self) -> datetime:
        return self.installation.clock()


@pytest.fixture
def gradebooks(installation: Installation, browser: Browser, platform: FakePlatform) -> Iterator[Gradebooks]:
    made = Gradebooks(installation, browser, platform)
    yield made
    assert not [received for received in platform.received if received.method not in {"GET", "POST"}]


# The post itself


def test_a_score_is_posted_as_the_specification_says(gradebooks: Gradebooks) -> None:
    gradebooks.finish(given=7.5)
    (score,) = gradebooks.work()
    assert score == {
        "userId": "parent-1",
        "scoreGiven": 7.5,
        "scoreMaximum": 20,
        "timestamp": f"{gradebooks.now:%Y-%m-%dT%H:%M:%S}.250Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }
    (received,) = gradebooks.platform.calls(SCORES)
    assert received.method == "POST"
    assert received.headers["content-type"] == SCORE_TYPE
    assert received.query == "type_id=3"
    assert received.headers["authorization"].startswith("Bearer token-")


def test_a_posted_score_leaves_a_receipt(gradebooks: Gradebooks) -> None:
    gradebooks.finish()
    gradebooks.work()
    grade = gradebooks.grade()
    assert (grade.state, grade.posted_status, grade.last_error) == ("sent", 200, None)
    assert grade.posted_at == grade.posted_timestamp == gradebooks.now
    assert gradebooks.job().done_at == gradebooks.now


def test_the_token_is_asked_for_as_the_security_framework_says(gradebooks: Gradebooks) -> None:
    gradebooks.finish()
    gradebooks.work()
    (received,) = gradebooks.platform.calls("/token")
    assert received.headers["content-type"] == "application/x-www-form-urlencoded"
    assert next(iter(gradebooks.platform.tokens.values())) == ("client-1", {SCOPES["score"]})


@pytest.mark.parametrize(
    ("line_item", "scores"),
    [
        ("https://ent.example/ags/7/lineitem?type_id=3", "https://ent.example/ags/7/lineitem/scores?type_id=3"),
        ("https://ent.example/ags/7", "https://ent.example/ags/7/scores"),
        ("https://ent.example/ags/7/", "https://ent.example/ags/7/scores"),
        ("https://ent.example:8443/Ags/Ab?x=%2F&Y=Z", "https://ent.example:8443/Ags/Ab/scores?x=%2F&Y=Z"),
    ],
)
def test_the_scores_of_a_line_item_stand_beside_it_and_its_query_stays(line_item: str, scores: str) -> None:
    assert grades.scores_url(line_item) == scores


# Timestamps


def test_a_second_score_is_later_by_a_whole_second(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish(given=4)
    gradebooks.work()
    gradebooks.queue(launched, given=9)
    assert len(gradebooks.work()) == 1  # in the same second: it waits
    assert len(gradebooks.work(seconds=0.5)) == 1
    posted = gradebooks.work(seconds=0.6)
    assert [score["scoreGiven"] for score in posted] == [4, 9]
    moments = [datetime.fromisoformat(score["timestamp"]) for score in posted]
    assert moments[1] - moments[0] >= timedelta(seconds=1)
    assert moments[1] <= gradebooks.now
    assert gradebooks.platform.gradebook.stands["parent-1"]["scoreGiven"] == 9


def test_waiting_for_the_next_second_is_no_failure(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish(given=4)
    gradebooks.work()
    gradebooks.queue(launched, given=9)
    gradebooks.work()
    job = gradebooks.job()
    assert (job.attempts, job.last_error, job.failed_at) == (0, None, None)
    assert job.run_at == gradebooks.now + timedelta(seconds=1)


def test_no_timestamp_is_ever_in_the_future(gradebooks: Gradebooks) -> None:
    now = gradebooks.now
    assert grades.next_timestamp(None, now) == now
    assert grades.next_timestamp(now - timedelta(minutes=1), now) == now
    assert grades.next_timestamp(now, now) == now + timedelta(seconds=1)  # and `post` waits for it


def test_a_timestamp_conflict_is_tried_again_with_a_later_one(gradebooks: Gradebooks) -> None:
    ahead = gradebooks.now + timedelta(seconds=5)  # somebody else's clock
    gradebooks.platform.gradebook.stands["parent-1"] = {"timestamp": ahead.isoformat()}
    began = gradebooks.now
    gradebooks.finish()
    gradebooks.work()
    assert gradebooks.grade().posted_status == 409
    assert gradebooks.grade().state == "queued"
    posted = gradebooks.work(seconds=15)
    moments = [datetime.fromisoformat(score["timestamp"]) for score in posted]
    assert moments == [began, began + timedelta(seconds=15)]
    assert gradebooks.grade().state == "sent"


# What is tried again


def test_a_locked_item_is_tried_again_until_it_is_unlocked(gradebooks: Gradebooks) -> None:
    gradebooks.platform.gradebook.locked = True
    gradebooks.finish()
    gradebooks.work()
    grade = gradebooks.grade()
    assert (grade.state, grade.posted_status, grade.last_error) == ("queued", 500, "status 500")
    gradebooks.work(seconds=30)
    gradebooks.platform.gradebook.locked = False
    gradebooks.work(hours=1)
    assert gradebooks.grade().state == "sent"
    assert len(gradebooks.platform.gradebook.posted) == 3


def test_an_answer_that_may_change_is_tried_again(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish()
    for given, status in enumerate((408, 423, 425, 429, 500, 502, 503, 504)):
        gradebooks.platform.answers[SCORES] = saying("", status=status)
        gradebooks.queue(launched, given)
        gradebooks.work(minutes=1)
        assert (gradebooks.grade().state, gradebooks.grade().posted_status) == ("queued", status)
        del gradebooks.platform.answers[SCORES]
        gradebooks.work(minutes=1)
        assert gradebooks.grade().state == "sent"


NO_TOKENS = [
    saying("boom", status=500),
    saying("<html>", status=200),
    saying(b"\xff\xfe"),
    saying("[]"),
    saying("null"),
    saying('"token"'),
    saying("{}"),
    saying('{"access_token": null}'),
    saying('{"access_token": 7, "expires_in": "soon"}'),
    saying('{"access_token": "a\\nb"}'),
    saying("[" * 5000),
    saying('{"error": "invalid_client"}', status=400),
    saying('["error"]', status=401),
    saying("x" * (1 << 21)),
    redirecting("http://localhost.invalid/token"),
]


def test_a_platform_that_gives_no_token_is_asked_again_later(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish()
    for given, broken in enumerate(NO_TOKENS):
        gradebooks.installation.tool.door.tokens.forget(1)
        gradebooks.platform.answers["/token"] = broken
        gradebooks.queue(launched, given)
        gradebooks.work(minutes=1)
        assert len(gradebooks.platform.gradebook.posted) == given
        job = gradebooks.job()
        assert job.failed_at is None
        assert job.last_error is not None
        assert "Error" not in job.last_error  # a refusal or an outage, not a defect
        del gradebooks.platform.answers["/token"]
        gradebooks.work(minutes=1)
        assert gradebooks.grade().state == "sent"


def test_a_platform_that_is_down_is_tried_again(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish()
    away = "http://127.0.0.1:9/ags/7/lineitem?type_id=3"
    with gradebooks.installation.tool.database.write() as session:
        session.execute(update(Placement).values(line_item=away))
    gradebooks.work()
    assert gradebooks.grade().state == "queued"
    with gradebooks.installation.tool.database.write() as session:
        session.execute(update(Placement).values(line_item=gradebooks.platform.line_item))
    gradebooks.work(minutes=1)
    assert gradebooks.grade().state == "sent"
    assert launched.wants_grade


def test_a_gradebook_that_never_answers_holds_the_worker_for_seconds_alone(
    gradebooks: Gradebooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    gradebooks.platform.answers[SCORES] = late(0.4, saying(""))
    gradebooks.finish()
    gradebooks.work()
    assert gradebooks.grade().state == "queued"
    assert gradebooks.job().failed_at is None


def test_a_platform_that_was_switched_off_gets_nothing_until_it_is_back(gradebooks: Gradebooks) -> None:
    gradebooks.finish()
    with gradebooks.installation.tool.database.write() as session:
        disable_platform(session, gradebooks.platform.issuer, now=gradebooks.now)
    assert gradebooks.work() == []
    gradebooks.installation.welcome(gradebooks.platform)
    assert len(gradebooks.work(minutes=1)) == 1


def test_a_score_is_given_up_after_days_of_trying(gradebooks: Gradebooks) -> None:
    gradebooks.platform.gradebook.locked = True
    gradebooks.finish()
    for _ in range(40):
        gradebooks.work(hours=8)
    job = gradebooks.job()
    assert job.failed_at is not None
    assert len(gradebooks.platform.gradebook.posted) == 24


# What is not


def test_a_refusal_for_good_is_kept_with_its_receipt_and_not_tried_again(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish()
    for given, status in enumerate((400, 403, 404, 405, 410, 415, 422)):
        gradebooks.platform.answers[SCORES] = saying("", status=status)
        gradebooks.queue(launched, given)
        gradebooks.work(minutes=1)
        grade = gradebooks.grade()
        assert (grade.state, grade.posted_status, grade.last_error) == ("refused", status, f"status {status}")
        gradebooks.work(hours=12)
        assert len(gradebooks.platform.calls(SCORES)) == given + 1


def test_somebody_who_can_not_be_graded_is_refused_for_good(gradebooks: Gradebooks) -> None:
    gradebooks.finish(sub="observer-1")
    gradebooks.work()
    assert gradebooks.grade().state == "refused"
    assert gradebooks.grade().posted_status == 400


def test_a_new_score_after_a_refusal_is_posted(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish(sub="observer-1")
    gradebooks.work()
    gradebooks.platform.gradebook.learners.add("observer-1")
    gradebooks.queue(launched, given=10)
    gradebooks.work(seconds=2)
    assert gradebooks.grade().state == "sent"


def test_a_line_item_that_is_gone_is_refused_for_good(gradebooks: Gradebooks) -> None:
    gradebooks.finish()
    with gradebooks.installation.tool.database.write() as session:
        session.execute(update(Placement).values(line_item=None))
    assert gradebooks.work() == []
    assert gradebooks.grade().state == "refused"


def test_a_score_is_not_sent_on_to_another_host(gradebooks: Gradebooks, other_platform: FakePlatform) -> None:
    gradebooks.platform.answers[SCORES] = redirecting(f"{other_platform.url}{SCORES}", status=307)
    gradebooks.finish()
    gradebooks.work()
    assert other_platform.received == []
    assert gradebooks.grade().state != "sent"


# Tokens


def test_a_token_serves_for_as_long_as_it_lives(gradebooks: Gradebooks) -> None:
    for person in ("parent-1", "parent-2"):
        gradebooks.finish(sub=person)
    gradebooks.work()
    assert len(gradebooks.platform.gradebook.posted) == 2
    assert len(gradebooks.platform.calls("/token")) == 1


def test_a_token_that_lives_a_minute_is_not_kept(gradebooks: Gradebooks) -> None:
    gradebooks.platform.token_lifetime = 60
    for person in ("parent-1", "parent-2"):
        gradebooks.finish(sub=person)
    gradebooks.work()
    assert len(gradebooks.platform.calls("/token")) == 2


def test_a_token_that_is_refused_is_asked_for_anew_at_once(gradebooks: Gradebooks) -> None:
    gradebooks.finish(sub="parent-1")
    gradebooks.work()
    gradebooks.platform.tokens.clear()
    gradebooks.finish(sub="parent-2")
    gradebooks.work()
    assert set(gradebooks.platform.gradebook.stands) == {"parent-1", "parent-2"}
    assert len(gradebooks.platform.calls("/token")) == 2


def test_a_token_without_a_lifetime_or_with_an_odd_one_is_used(gradebooks: Gradebooks) -> None:
    given = gradebooks.platform._token

    def odd(request: Any) -> Any:
        token = given(request).get_json()
        del token["expires_in"]
        return as_json(token if len(gradebooks.platform.tokens) == 1 else token | {"expires_in": None})

    gradebooks.platform.answers["/token"] = odd
    gradebooks.finish(sub="parent-1")
    gradebooks.work()
    gradebooks.installation.tool.door.tokens.forget(1)
    gradebooks.finish(sub="parent-2")
    gradebooks.work()
    assert set(gradebooks.platform.gradebook.stands) == {"parent-1", "parent-2"}


def test_the_token_of_one_client_is_never_used_for_another(gradebooks: Gradebooks) -> None:
    platform, installation = gradebooks.platform, gradebooks.installation
    installation.welcome(platform, "client-2", "2")
    gradebooks.finish(sub="parent-1")
    still, installation.clock.still = installation.clock.still, None
    started = gradebooks.browser.begin(platform, client_id="client-2")
    claims = {"sub": "parent-2", "deployment_id": "2", "endpoint": {"lineitem": platform.line_item}}
    answer = gradebooks.browser.answer(started, platform.sign(platform.claims(started, claims)))
    launched = gradebooks.browser.launched(answer.headers["Location"])
    installation.clock.still = still
    gradebooks.queue(launched)
    gradebooks.work()
    used = [received.headers["authorization"].removeprefix("Bearer ") for received in platform.calls(SCORES)]
    assert [platform.tokens[token][0] for token in used] == ["client-1", "client-2"]


# Two things at once


def test_a_score_that_comes_while_one_is_being_posted_is_posted_too(gradebooks: Gradebooks) -> None:
    launched = gradebooks.finish(given=4)

    def meanwhile(request: Any) -> Any:
        del gradebooks.platform.answers[SCORES]
        gradebooks.queue(launched, given=9)
        return gradebooks.platform._score(request)

    gradebooks.platform.answers[SCORES] = meanwhile
    gradebooks.work()
    gradebooks.work(seconds=2)
    assert [score["scoreGiven"] for score in gradebooks.platform.gradebook.posted] == [4, 9]
    assert gradebooks.grade().state == "sent"
    assert math.isclose(gradebooks.grade().given, 9)


def test_a_job_that_runs_twice_posts_once(gradebooks: Gradebooks) -> None:
    gradebooks.finish()
    payload = dict(gradebooks.job().payload)
    gradebooks.work()
    assert grades.post(gradebooks.installation.tool.door, payload) is None
    assert len(gradebooks.platform.gradebook.posted) == 1


def test_a_score_of_nothing_is_a_score(gradebooks: Gradebooks) -> None:
    gradebooks.finish(given=0)
    (score,) = gradebooks.work()
    assert score["scoreGiven"] == 0
