"""What happens in a parcours, as statements: written through the recorder, in the room's transaction.

The registration is the attempt. The object is the parcours (a module) or one of its questions, whose parent
is the parcours. What was typed never leaves the attempt: an answer enters as `content.marking` words it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from lti_tool.content.interaction import definition
from lti_tool.content.marking import Mark
from lti_tool.content.schema import Item, Parcours
from lti_tool.content.text import plain
from lti_tool.lti.launch import Launch
from lti_tool.parcours.progress import Progress
from lti_tool.parcours.score import Score
from lti_tool.recording import Json, Recorder
from xapi import statements as build
from xapi.vocabulary import ActivityType, Extension, Verb


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody in a parcours: who, in what, when. `parcours` is in the language shown."""

    launch: Launch
    parcours: Parcours
    recorder: Recorder
    now: datetime

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the parcours' items, in order."""
        return tuple(item.id for item in self.parcours.items)


def record_launched(session: Session, visit: Visit, registration: UUID) -> UUID:
    """The parcours was opened from a launch, with the roles that the platform gave."""
    return _record(session, visit, Verb.LAUNCHED, registration, extensions=visit.recorder.role_extension(visit.launch))


def record_initialized(session: Session, visit: Visit, registration: UUID) -> UUID:
    """An attempt began."""
    return _record(session, visit, Verb.INITIALIZED, registration)


def record_answered(
    session: Session,
    visit: Visit,
    registration: UUID,
    item: Item,
    mark: Mark,
    *,
    duration: timedelta | None,
    practice: bool,
) -> UUID:
    """A question was answered. `practice` marks an answer that came after the one that counts.

    The result's `outcome` tells an honest « je ne sais pas » from a wrong answer, which xAPI does not.
    """
    iri = visit.recorder.iri
    outcome = {iri("extensions", "outcome"): mark.outcome}
    return visit.recorder.record(
        session,
        visit.launch,
        verb=Verb.ANSWERED,
        object=question_activity(visit, item),
        now=visit.now,
        registration=registration,
        result=build.result(
            response=None if mark.outcome == "unknown" else mark.xapi_response,
            success=mark.right,
            score_scaled=round(mark.score, 4),
            duration=duration,
            extensions=outcome,
        ),
        parent=[parcours_activity(visit)],
        extensions={iri("extensions", "practice"): True} if practice else None,
        language=visit.parcours.language,
    )


def record_progressed(session: Session, visit: Visit, registration: UUID, progress: Progress) -> UUID:
    """So much of the parcours is answered, in whole per cent below 100: the whole is `completed` (cmi5 §9.5.5.1)."""
    percent = min(99, round(progress.share * 100))
    return _record(
        session,
        visit,
        Verb.PROGRESSED,
        registration,
        result=build.result(completion=False, extensions={Extension.PROGRESS: percent}),
    )


def record_completed(
    session: Session, visit: Visit, registration: UUID, score: Score, duration: timedelta | None
) -> None:
    """Every question is answered; then `passed` or `failed`, where the parcours has a pass mark."""
    _record(
        session,
        visit,
        Verb.COMPLETED,
        registration,
        result=build.result(
            completion=True,
            duration=duration,
            score_scaled=score.scaled,
            score_raw=score.given,
            score_min=0.0,
            score_max=score.maximum,
            extensions={Extension.PROGRESS: 100},
        ),
    )
    success = score.passes(visit.parcours.pass_mark)
    if success is not None:
        _record(
            session,
            visit,
            Verb.PASSED if success else Verb.FAILED,
            registration,
            result=build.result(success=success, duration=duration, score_scaled=score.scaled),
        )


def parcours_activity(visit: Visit) -> Json:
    """The parcours as an activity, named in the language shown."""
    parcours = visit.parcours
    return build.activity(
        visit.recorder.iri("parcours", parcours.id),
        type=ActivityType.MODULE,
        name={parcours.language: parcours.title},
        description={parcours.language: plain(parcours.summary, 500)},
    )


def question_activity(visit: Visit, item: Item) -> Json:
    """A question as an interaction activity, with the competences and the level that it is evidence of."""
    iri = visit.recorder.iri
    extensions = {
        iri("extensions", "competences"): list(item.competences),
        iri("extensions", "level"): item.level,
    }
    return build.activity(
        iri("parcours", visit.parcours.id, "items", item.id),
        definition_extra={**definition(item, visit.parcours.language), "extensions": extensions},
    )


def _record(
    session: Session,
    visit: Visit,
    verb: Verb,
    registration: UUID,
    *,
    result: Json | None = None,
    extensions: Json | None = None,
) -> UUID:
    return visit.recorder.record(
        session,
        visit.launch,
        verb=verb,
        object=parcours_activity(visit),
        now=visit.now,
        registration=registration,
        result=result,
        extensions=extensions,
        language=visit.parcours.language,
    )
