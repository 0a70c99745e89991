"""Assignment and Grade Services 2.0: scores go to the platform from the queue, and leave a receipt.

A slow gradebook never holds a parent up; a score that can't be posted waits and is tried again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.orm import Session

from lti_tool.database import upsert
from lti_tool.errors import Refused, Unavailable
from lti_tool.jobs.queue import enqueue
from lti_tool.lti.door import Door
from lti_tool.lti.launch import Audience, Launch
from lti_tool.lti.model import Deployment, Grade, GradeState
from lti_tool.lti.platforms import get_client, registered
from lti_tool.lti.services import PlatformServices
from lti_tool.people.model import Person, Placement

JOB = "grade"
SCOPE_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEDIA_SCORE = "application/vnd.ims.lis.v1.score+json"


@dataclass(frozen=True, slots=True)
class Score:
    """A score on its own scale, as AGS posts it."""

    subject: str
    given: float
    maximum: float
    timestamp: datetime

    def body(self) -> dict[str, object]:
        """The JSON of AGS 2.0 §3.4.4. Always complete and graded: anything else clears the grade on Moodle."""
        return {
            "userId": self.subject,
            "scoreGiven": self.given,
            "scoreMaximum": self.maximum,
            "timestamp": self.timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
        }


class Verdict(Enum):
    """What a gradebook's answer means for the score."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"


def queue_score(session: Session, launch: Launch, *, given: float, maximum: float, now: datetime) -> None:
    """Ask that a score go to the gradebook, within the caller's transaction.

    Does nothing unless the teacher asked for the grade (the placement has a line item) and the person is a
    learner: a platform refuses a teacher's score. The newest score of a person at a placement stands.
    """
    if not launch.wants_grade or launch.placement_id is None or launch.audience is not Audience.PARENT:
        return
    grade_id = upsert(
        session,
        Grade,
        {"placement_id": launch.placement_id, "person_id": launch.person_id},
        {"given": given, "maximum": maximum, "state": GradeState.QUEUED.value, "last_error": None},
    )
    enqueue(session, JOB, {"grade": grade_id}, now=now, key=f"{JOB}:{grade_id}")


def scores_url(line_item: str) -> str:
    """The score service of a line item: its path with `/scores`, its query kept (AGS 2.0 §3.4.2)."""
    parts = urlsplit(line_item)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/scores", parts.query, ""))


def next_timestamp(previous: datetime | None, now: datetime) -> datetime:
    """The timestamp to post with: now, or one whole second after the last accepted one.

    Moodle refuses (409) a timestamp that is not later by a second, and one in the future blocks what follows:
    where the answer lies after `now`, wait until then.
    """
    if previous is None:
        return now
    return max(now, previous + timedelta(seconds=1))


def judge(status: int) -> Verdict:
    """What to do after an answer. 409 is a timestamp conflict, 423 and 500 a locked item: later; other 4xx: never."""
    if 200 <= status < 300:
        return Verdict.TAKEN
    if status >= 500 or status in {401, 408, 409, 423, 425, 429}:
        return Verdict.LATER
    return Verdict.REFUSED


def post(door: Door, payload: Mapping[str, object]) -> datetime | None:
    """Post one queued score and keep its receipt; the moment to try again at, when it is too early to post.

    Raises `Unavailable` when it should be retried later. A score that the platform refuses for good is
    marked so, with its status, and not retried. Spec: LTI-AGS 2.0 §3.4.
    """
    grade_id = int(str(payload["grade"]))
    with door.database.read() as session:
        grade = session.get(Grade, grade_id)
        if grade is None or grade.state == GradeState.SENT.value:
            return None
        placement = session.get_one(Placement, grade.placement_id)
        person = session.get_one(Person, grade.person_id)
        deployment = session.get_one(Deployment, placement.deployment_id)
        try:
            client = registered(get_client(session, deployment.client_pk))
        except Refused as error:
            raise Unavailable("platform disabled") from error
    now = door.clock()
    timestamp = next_timestamp(grade.posted_timestamp, now)
    if timestamp > now:
        return timestamp
    if placement.line_item is None:
        _keep_receipt(door, grade, state=GradeState.REFUSED, status=None, error="no line item any more", now=now)
        return None
    score = Score(person.subject, grade.given, grade.maximum, timestamp)
    services = PlatformServices(client, door.keys.current, door.transport, door.tokens)
    answer = services.call(
        "POST",
        scores_url(placement.line_item),
        scopes=[SCOPE_SCORE],
        accept="application/json",
        content_type=MEDIA_SCORE,
        body=score.body(),
    )
    verdict = judge(answer.status)
    state = {Verdict.TAKEN: GradeState.SENT, Verdict.LATER: GradeState.QUEUED, Verdict.REFUSED: GradeState.REFUSED}
    fault = None if verdict is Verdict.TAKEN else f"status {answer.status}"
    _keep_receipt(door, grade, state=state[verdict], status=answer.status, error=fault, now=now)
    if verdict is Verdict.LATER:
        raise Unavailable(f"status {answer.status}")
    return None


def _keep_receipt(
    door: Door, posted: Grade, *, state: GradeState, status: int | None, error: str | None, now: datetime
) -> None:
    with door.database.write() as session:
        grade = session.get(Grade, posted.id)
        if grade is None:
            return
        if grade.given == posted.given:
            grade.state = state.value
        grade.posted_status, grade.posted_at, grade.last_error = status, now, error
        if state is GradeState.SENT or status == 409:
            grade.posted_timestamp = now  # after a conflict too: the next try must be later still
