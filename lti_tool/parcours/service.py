"""What one can do in a parcours: begin, answer, act in a situation, come to the end, and look at a class.

Every function works in the session that it is given: the room's state, the statement and the grade to send
commit together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.content import situation
from lti_tool.content.library import Library
from lti_tool.content.marking import Mark, Outcome, Response, mark_situation
from lti_tool.content.marking import mark as mark_response
from lti_tool.content.schema import Item, Parcours, SituationItem
from lti_tool.content.text import plain
from lti_tool.errors import BadRequest, Conflict, NotFound
from lti_tool.lti.deep_linking import Placeable
from lti_tool.lti.grades import queue_score
from lti_tool.parcours import attempts
from lti_tool.parcours.attempts import Given
from lti_tool.parcours.figures import ClassFigures, class_figures
from lti_tool.parcours.model import Answer, Attempt, Draft
from lti_tool.parcours.progress import Progress, progress
from lti_tool.parcours.review import Review, review
from lti_tool.parcours.score import GRADE_MAXIMUM, Score, score
from lti_tool.parcours.statements import (
    Visit,
    record_answered,
    record_completed,
    record_initialized,
    record_launched,
    record_progressed,
)
from lti_tool.parcours.timing import spent


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in one of their attempts."""

    attempt_id: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    progress: Progress
    outcomes: Mapping[str, Outcome]
    """How the counted answers went, by item."""
    score: Score

    @property
    def finished(self) -> bool:
        """Whether the attempt is over: nothing in it changes any more."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class Submission:
    """An answer as a form brings it. `response` is None for a situation that says « J’ai terminé ».

    `number` is the answer's own, from 1, as the form was made: the same form sent twice is one answer.
    """

    number: int
    response: Response | None
    shown: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Move:
    """An act in a situation. `moves` is the number of moves that the page had seen: a second copy does nothing."""

    moves: int
    command: Literal["act", "fill", "undo", "restart"]
    area: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Underway:
    """A situation's state, and how many moves have made it."""

    state: situation.SituationState
    moves: int


def find(library: Library, parcours_id: str, language: str) -> Parcours:
    """The parcours of that id, in that language where it is translated. `NotFound` where none ships."""
    return library.localised(library.parcours(parcours_id), language)


def item_at(parcours: Parcours, number: int) -> Item:
    """The question of that number, from 1; `NotFound` beyond the last."""
    if not 1 <= number <= len(parcours.items):
        raise NotFound("question")
    return parcours.items[number - 1]


def start(session: Session, visit: Visit, *, new_id: UUID) -> str:
    """Begin an attempt, or take up the open one again; gives its id.

    `initialized` is written for a new attempt, `launched` once for each launch that opens it. The database
    refuses a second open attempt: whoever comes second takes up the first one's.
    """
    attempt = attempts.latest(session, visit.launch, visit.parcours.id)
    if attempt is None or attempt.finished_at is not None:
        attempt = _begin(session, visit, number=attempt.number + 1 if attempt else 1, new_id=new_id)
    attempt = attempts.owned(session, visit.launch, visit.parcours.id, attempt.id, lock=True)
    if attempt.launch_id != visit.launch.id:
        attempt.launch_id = visit.launch.id
        record_launched(session, visit, UUID(attempt.id))
        if attempt.id == str(new_id):
            record_initialized(session, visit, UUID(attempt.id))
    if attempt.context_id is None:
        attempt.context_id, attempt.placement_id = visit.launch.context_id, visit.launch.placement_id
    # A new version of the parcours may have dropped the questions that were left.
    where = _progress(session, visit, attempt)
    if where.complete and attempt.finished_at is None:
        _finish(session, visit, attempt)
    return attempt.id


def standing(session: Session, visit: Visit, attempt_id: str) -> Standing:
    """Where the launch's person stands in that attempt; `NotFound` when it is not theirs."""
    return _standing(session, visit, attempts.owned(session, visit.launch, visit.parcours.id, attempt_id))


def latest_standing(session: Session, visit: Visit) -> Standing | None:
    """Where the person stands in their last attempt; None when they have not begun."""
    attempt = attempts.latest(session, visit.launch, visit.parcours.id)
    return None if attempt is None else _standing(session, visit, attempt)


def last_answer(session: Session, attempt_id: str, item: Item) -> Given | None:
    """The last answer given to an item of an attempt that `standing` has shown to be the person's."""
    rows = attempts.answers(session, attempt_id, item.id)
    return attempts.given(rows[-1]) if rows else None


def answer(session: Session, visit: Visit, attempt_id: str, question: int, submission: Submission) -> None:
    """Mark an answer, keep it, write it down; the last one that was missing ends the attempt.

    The first answer to a question counts; later ones are practice, written as such. An answer whose number
    is taken, and any answer to a finished attempt, changes nothing: the form was sent twice.
    Raises `Conflict` for a question that is not to be answered yet.
    """
    attempt = attempts.owned(session, visit.launch, visit.parcours.id, attempt_id, lock=True)
    item = item_at(visit.parcours, question)
    given_before = len(attempts.answers(session, attempt.id, item.id))
    if attempt.finished_at is not None or submission.number <= given_before:
        return
    if submission.number != given_before + 1:
        raise BadRequest("answer number")
    if not _progress(session, visit, attempt).reachable(question):
        raise Conflict("question")
    state = underway(session, attempt.id, item).state if isinstance(item, SituationItem) else None
    response, mark, kept = marked(item, state, submission)
    duration = spent(submission.shown, now=visit.now, since=attempt.started_at)
    registration = UUID(attempt.id)
    statement_id = record_answered(
        session, visit, registration, item, mark, duration=duration, practice=submission.number > 1
    )
    row = Answer(
        attempt_id=attempt.id,
        item_id=item.id,
        number=submission.number,
        response=attempts.kept_response(response, kept),
        outcome=mark.outcome,
        score=mark.score,
        answered_at=visit.now,
        duration_ms=None if duration is None else duration // timedelta(milliseconds=1),
        statement_id=str(statement_id),
    )
    session.add(row)
    session.flush()
    attempts.drop_draft(session, attempt.id, item.id)
    if submission.number > 1:
        return
    where = _progress(session, visit, attempt)
    if where.complete:
        _finish(session, visit, attempt)
    else:
        record_progressed(session, visit, registration, where)


def marked(
    item: Item, state: situation.SituationState | None, submission: Submission
) -> tuple[Response, Mark, str | None]:
    """The response, what it is worth, and the situation's last state where there is one.

    `state` is the situation's before the form's fields are stored. Nothing is written.
    """
    if submission.response is not None:
        return submission.response, mark_response(item, submission.response), None
    if state is None or not isinstance(item, SituationItem):
        raise BadRequest("no response")
    last = situation.fill(item, state, submission.fields)
    return Response(()), mark_situation(item, last), situation.to_json(last)


def underway(session: Session, attempt_id: str, item: SituationItem) -> Underway:
    """The situation as it was left; its beginning when it was not begun, or when the package has changed."""
    row = attempts.draft(session, attempt_id, item.id)
    state = state_from(item, row.state) if row else None
    return Underway(state or situation.start(item), row.moves if row else 0)


def act(session: Session, visit: Visit, attempt_id: str, question: int, move: Move) -> None:
    """Do something in a situation. Raises `ActionInvalid` (400) for what the screen does not offer.

    A move made from a page that is not the last one shown (a double tap, another tab) does nothing.
    """
    attempt = attempts.owned(session, visit.launch, visit.parcours.id, attempt_id, lock=True)
    item = item_at(visit.parcours, question)
    if not isinstance(item, SituationItem):
        raise NotFound("situation")
    if attempt.finished_at is not None:
        return
    if not _progress(session, visit, attempt).reachable(question):
        raise Conflict("question")
    before = underway(session, attempt.id, item)
    if move.moves != before.moves:
        return
    state = situation.to_json(moved(item, before.state, move))
    row = attempts.draft(session, attempt.id, item.id)
    if row is None:
        row = Draft(attempt_id=attempt.id, item_id=item.id, state=state, moves=0, updated_at=visit.now)
        session.add(row)
    row.state, row.moves, row.updated_at = state, before.moves + 1, visit.now


def moved(item: SituationItem, state: situation.SituationState, move: Move) -> situation.SituationState:
    """The state after a move."""
    match move.command:
        case "act":
            return situation.act(item, state, move.area, move.fields)
        case "fill":
            return situation.fill(item, state, move.fields)
        case "undo":
            return situation.undo(item, state)
        case "restart":
            return situation.start(item)


def state_from(item: Item, text: str) -> situation.SituationState | None:
    """A kept state, or the situation's beginning where it does not fit; None for the other kinds."""
    if not isinstance(item, SituationItem):
        return None
    try:
        return situation.from_json(item, text)
    except situation.StateInvalid:
        return situation.start(item)


def result_of(visit: Visit, where: Standing) -> Review:
    """What the attempt says: known, next step, later."""
    return review(visit.parcours.items, where.outcomes)


def class_view(session: Session, visit: Visit) -> ClassFigures:
    """The aggregates of the launch's own context; nothing where the launch has none."""
    if visit.launch.context_id is None:
        return class_figures(visit.items, began=0, finished=0, scores={})
    return attempts.figures_of_context(session, visit.launch.context_id, visit.parcours.id, visit.items)


def placeables(library: Library, language: str) -> list[Placeable]:
    """What a teacher may place on a page, for the deep-linking catalogue, in the language shown."""
    return [_placeable(library, parcours, language) for parcours in library.all_parcours()]


def _placeable(library: Library, parcours: Parcours, language: str) -> Placeable:
    shown = library.localised(parcours, language)
    return Placeable(
        kind="parcours",
        id=shown.id,
        title=shown.title,
        summary=plain(shown.summary),
        duration_minutes=shown.duration_minutes,
        competences=shown.competences,
        audience=shown.audience,
        languages=library.languages(parcours.id),
        maximum=GRADE_MAXIMUM,
    )


def _begin(session: Session, visit: Visit, *, number: int, new_id: UUID) -> Attempt:
    launch = visit.launch
    attempt = Attempt(
        id=str(new_id),
        person_id=launch.person_id,
        platform_id=launch.platform_id,
        context_id=launch.context_id,
        placement_id=launch.placement_id,
        parcours_id=visit.parcours.id,
        version=visit.parcours.version,
        number=number,
        language=visit.parcours.language,
        started_at=visit.now,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError as error:
        found = attempts.latest(session, launch, visit.parcours.id)
        if found is None:
            raise Conflict("attempt") from error
        return found
    return attempt


def _finish(session: Session, visit: Visit, attempt: Attempt) -> None:
    counted = attempts.counted(session, attempt.id)
    reached = score(visit.items, {item_id: row.score for item_id, row in counted.items()})
    attempt.finished_at, attempt.version = visit.now, visit.parcours.version
    attempt.score_given, attempt.score_max = reached.given, reached.maximum
    session.flush()
    record_completed(session, visit, UUID(attempt.id), reached, _time_spent(counted))
    best = max(reached.scaled, attempts.best_scaled(session, attempt.person_id, attempt.parcours_id))
    queue_score(session, visit.launch, given=round(best * GRADE_MAXIMUM, 2), maximum=GRADE_MAXIMUM, now=visit.now)


def _time_spent(counted: Mapping[str, Answer]) -> timedelta | None:
    """The time spent answering: an attempt may last for days, and days are no work."""
    known = [row.duration_ms for row in counted.values() if row.duration_ms is not None]
    return timedelta(milliseconds=sum(known)) if known else None


def _progress(session: Session, visit: Visit, attempt: Attempt) -> Progress:
    return progress(visit.items, attempts.counted(session, attempt.id))


def _standing(session: Session, visit: Visit, attempt: Attempt) -> Standing:
    counted = {item_id: attempts.given(row) for item_id, row in attempts.counted(session, attempt.id).items()}
    return Standing(
        attempt_id=attempt.id,
        number=attempt.number,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        progress=progress(visit.items, counted),
        outcomes={item_id: each.mark.outcome for item_id, each in counted.items()},
        score=score(visit.items, {item_id: each.mark.score for item_id, each in counted.items()}),
    )
