"""Attempts and answers, looked up within a launch's own scope: the only SQL of the room."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from lti_tool.content.marking import Mark, Outcome, Response
from lti_tool.errors import NotFound
from lti_tool.lti.launch import Launch
from lti_tool.parcours.figures import ClassFigures, class_figures
from lti_tool.parcours.model import Answer, Attempt, Draft


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given; `state` is the situation's last state, as `content.situation` writes it."""

    item_id: str
    number: int
    response: Response
    mark: Mark
    state: str | None

    @property
    def counts(self) -> bool:
        """Whether it is the answer that makes the score; later ones are practice."""
        return self.number == 1


def owned(session: Session, launch: Launch, parcours_id: str, attempt_id: str, *, lock: bool = False) -> Attempt:
    """The launch's own person's attempt; anybody else's is `NotFound`.

    `lock` keeps other transactions off the attempt until this one ends (PostgreSQL; a writing transaction
    on SQLite is alone anyway), so that a form sent twice at once is read one after the other.
    """
    query = select(Attempt).where(
        Attempt.id == attempt_id, Attempt.person_id == launch.person_id, Attempt.parcours_id == parcours_id
    )
    attempt = session.scalar(query.with_for_update() if lock else query)
    if attempt is None:
        raise NotFound("attempt")
    return attempt


def latest(session: Session, launch: Launch, parcours_id: str) -> Attempt | None:
    """The person's last attempt of a parcours: the open one where there is one."""
    return session.scalar(_LATEST, {"person": launch.person_id, "parcours": parcours_id})


_LATEST = (
    select(Attempt)
    .where(Attempt.person_id == bindparam("person"), Attempt.parcours_id == bindparam("parcours"))
    .order_by(Attempt.number.desc())
    .limit(1)
)


def answers(session: Session, attempt_id: str, item_id: str | None = None) -> list[Answer]:
    """The attempt's answers, to one item or to all, in the order in which they were given."""
    query = select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.item_id, Answer.number)
    if item_id is not None:
        query = query.where(Answer.item_id == item_id)
    return list(session.scalars(query))


def counted(session: Session, attempt_id: str) -> dict[str, Answer]:
    """The answer that counts, for each item that has one."""
    return {row.item_id: row for row in answers(session, attempt_id) if row.number == 1}


def given(row: Answer) -> Given:
    """A stored answer, read back."""
    kept = cast("Mapping[str, object]", row.response)
    response = Response(tuple(cast("Sequence[str]", kept["values"])), unknown=bool(kept["unknown"]))
    outcome = cast("Outcome", row.outcome)
    state = cast("str | None", kept.get("state"))
    return Given(row.item_id, row.number, response, Mark(row.score, outcome == "right", "", outcome), state)


def kept_response(response: Response, state: str | None) -> dict[str, object]:
    """A response as the table keeps it."""
    kept: dict[str, object] = {"values": list(response.values), "unknown": response.unknown}
    if state is not None:
        kept["state"] = state
    return kept


def draft(session: Session, attempt_id: str, item_id: str) -> Draft | None:
    """The situation under way."""
    return session.get(Draft, (attempt_id, item_id))


def drop_draft(session: Session, attempt_id: str, item_id: str) -> None:
    """Forget a situation that is answered: the next go at it begins at its beginning."""
    session.execute(delete(Draft).where(Draft.attempt_id == attempt_id, Draft.item_id == item_id))


def best_scaled(session: Session, person_id: int, parcours_id: str) -> float:
    """The best scaled score among the person's finished attempts, from 0 to 1; 0 without any."""
    best = session.scalar(
        select(func.max(Attempt.score_given / Attempt.score_max)).where(
            Attempt.person_id == person_id,
            Attempt.parcours_id == parcours_id,
            Attempt.finished_at.is_not(None),
            Attempt.score_max > 0,
        )
    )
    return float(best or 0.0)


def figures_of_context(session: Session, context_id: int, parcours_id: str, items: Sequence[str]) -> ClassFigures:
    """The aggregates of those who began the parcours in a context; each person counts once.

    A person's answers are those of their first attempt there: afterwards they have seen the feedback.
    """
    attempts = session.execute(
        select(Attempt.person_id, Attempt.finished_at).where(
            Attempt.context_id == context_id, Attempt.parcours_id == parcours_id
        )
    ).all()
    began = {row.person_id for row in attempts}
    finished = {row.person_id for row in attempts if row.finished_at is not None}
    rows = session.execute(
        select(Attempt.person_id, Answer.item_id, Answer.score)
        .join(Answer, Answer.attempt_id == Attempt.id)
        .where(Attempt.context_id == context_id, Attempt.parcours_id == parcours_id, Answer.number == 1)
        .order_by(Attempt.number)
    ).all()
    first: dict[str, dict[int, float]] = defaultdict(dict)
    for person_id, item_id, score in rows:
        first[item_id].setdefault(person_id, score)
    scores = {item_id: tuple(by_person.values()) for item_id, by_person in first.items()}
    return class_figures(items, began=len(began), finished=len(finished), scores=scores)


def held(session: Session, person_id: int) -> list[dict[str, object]]:
    """All that the room keeps of a person, as plain JSON, for the download of their data."""
    found = session.scalars(select(Attempt).where(Attempt.person_id == person_id).order_by(Attempt.started_at))
    return [_held_attempt(session, attempt) for attempt in found]


def _held_attempt(session: Session, attempt: Attempt) -> dict[str, object]:
    drafts = session.scalars(select(Draft).where(Draft.attempt_id == attempt.id))
    return {
        "attempt": attempt.id,
        "parcours": attempt.parcours_id,
        "version": attempt.version,
        "number": attempt.number,
        "language": attempt.language,
        "started_at": attempt.started_at.isoformat(),
        "finished_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
        "score": attempt.score_given,
        "score_maximum": attempt.score_max,
        "answers": [
            {
                "item": row.item_id,
                "number": row.number,
                "response": row.response,
                "outcome": row.outcome,
                "score": row.score,
                "answered_at": row.answered_at.isoformat(),
                "duration_ms": row.duration_ms,
                "statement": row.statement_id,
            }
            for row in answers(session, attempt.id)
        ],
        "under_way": [{"item": row.item_id, "state": row.state} for row in drafts],
    }
