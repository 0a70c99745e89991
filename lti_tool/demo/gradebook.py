"""Reading a score as the tool sends it, and whether it may replace the one that is kept. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from lti_tool.demo.errors import ScoreInvalid

ACTIVITY_PROGRESS = frozenset({"Initialized", "Started", "InProgress", "Submitted", "Completed"})
GRADING_PROGRESS = frozenset({"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"})


@dataclass(frozen=True, slots=True)
class Score:
    """A score that follows the specification. `given` is in 0..`maximum` or beyond (extra credit)."""

    user_id: str
    timestamp: datetime
    activity_progress: str
    grading_progress: str
    given: float | None
    maximum: float | None
    comment: str

    @property
    def counts(self) -> bool:
        """Whether it sets a grade. One that is not fully graded, or gives nothing, clears it (as on Moodle)."""
        return self.given is not None and self.grading_progress == "FullyGraded"

    def follows(self, kept: datetime | None) -> bool:
        """Whether it is later than what is kept by a whole second. Spec: LTI-AGS 2.0 §3.4.1."""
        return kept is None or int(self.timestamp.timestamp()) > int(kept.timestamp())


def read_score(body: object) -> Score:
    """Check a score's JSON. Raises `ScoreInvalid` naming the member. Spec: LTI-AGS 2.0 §3.4."""
    if not isinstance(body, Mapping):
        raise ScoreInvalid("body")
    given, maximum = _number(body, "scoreGiven"), _number(body, "scoreMaximum")
    if given is not None and (maximum is None or maximum <= 0):
        raise ScoreInvalid("scoreMaximum")
    comment = body.get("comment") or ""
    if not isinstance(comment, str):
        raise ScoreInvalid("comment")
    return Score(
        user_id=_text(body, "userId"),
        timestamp=_moment(body),
        activity_progress=_one_of(body, "activityProgress", ACTIVITY_PROGRESS),
        grading_progress=_one_of(body, "gradingProgress", GRADING_PROGRESS),
        given=given,
        maximum=maximum,
        comment=comment,
    )


def scaled(given: float, maximum: float | None, line_item_maximum: float) -> float:
    """A score in the line item's own scale, as results give it. Spec: LTI-AGS 2.0 §3.3."""
    return given * line_item_maximum / maximum if maximum else given


def _text(body: Mapping[object, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ScoreInvalid(name)
    return value


def _one_of(body: Mapping[object, object], name: str, allowed: frozenset[str]) -> str:
    value = _text(body, name)
    if value not in allowed:
        raise ScoreInvalid(name)
    return value


def _number(body: Mapping[object, object], name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ScoreInvalid(name)
    return float(value)


def _moment(body: Mapping[object, object]) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(body, "timestamp"))
    except ValueError as error:
        raise ScoreInvalid("timestamp") from error
    if moment.tzinfo is None:
        raise ScoreInvalid("timestamp")
    return moment
