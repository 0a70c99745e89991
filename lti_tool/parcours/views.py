"""A parent's pages: welcome, question, feedback, result. The class view and the preview are `staff_views`."""

from uuid import UUID, uuid4

from flask import render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from lti_tool.content import situation
from lti_tool.content.marking import ResponseInvalid
from lti_tool.content.schema import Item, SituationItem
from lti_tool.errors import BadRequest
from lti_tool.lti.launch import Audience
from lti_tool.parcours import pages, service, staff_views
from lti_tool.parcours.entries import Entries, entries_of_form, entries_of_response
from lti_tool.parcours.pages import FeedbackPage, QuestionPage, Ways
from lti_tool.parcours.room import blueprint, onward, path_to, read_move, read_submission, see, visit_of
from lti_tool.parcours.service import Standing
from lti_tool.parcours.statements import Visit
from lti_tool.parcours.timing import stamp
from lti_tool.web.guards import audience_required, notice_required
from lti_tool.web.tool import current_tool

__all__ = ["blueprint", "staff_views"]


@blueprint.get("/<parcours_id>")
def welcome(parcours_id: str) -> str:
    """The first page of an activity: a parent's welcome, or the class view of those who placed it."""
    visit = visit_of(parcours_id)
    if visit.launch.audience is not Audience.PARENT:
        return staff_views.class_page(visit)
    with current_tool().database.read() as session:
        where = service.latest_standing(session, visit)
    return render_template("parcours/welcome.html", parcours=visit.parcours, where=where, going_on=False)


@blueprint.get("/<parcours_id>/commencer")
@audience_required(Audience.PARENT)
def begin(parcours_id: str) -> str:
    """The welcome again, for whoever pressed « Commencer » and was shown the notice first: it goes on by itself."""
    visit = visit_of(parcours_id)
    with current_tool().database.read() as session:
        where = service.latest_standing(session, visit)
    return render_template("parcours/welcome.html", parcours=visit.parcours, where=where, going_on=True)


@blueprint.post("/<parcours_id>/commencer")
@audience_required(Audience.PARENT)
@notice_required
def start(parcours_id: str) -> WerkzeugResponse:
    """Begin, or take up again where one stood."""
    visit = visit_of(parcours_id)
    with current_tool().database.write() as session:
        attempt_id = service.start(session, visit, new_id=uuid4())
        where = service.standing(session, visit, attempt_id)
    return see(onward(visit, where))


@blueprint.get("/<parcours_id>/<uuid:attempt>/<int:number>")
@audience_required(Audience.PARENT)
def question(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | str:
    """One question; one that can't be answered yet leads to the one that can."""
    visit = visit_of(parcours_id)
    item = service.item_at(visit.parcours, number)
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
    if where.finished:
        return see(path_to(visit, "feedback", attempt=attempt, number=number))
    if not where.progress.reachable(number):
        return see(onward(visit, where))
    return _question_page(visit, where, item, number)


@blueprint.post("/<parcours_id>/<uuid:attempt>/<int:number>")
@audience_required(Audience.PARENT)
@notice_required
def answer(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | tuple[str, int]:
    """An answer to a question, or « Je ne sais pas »; an empty form gets its question back, and a kind word."""
    visit = visit_of(parcours_id)
    item = service.item_at(visit.parcours, number)
    try:
        submission = read_submission(item)
        with current_tool().database.write() as session:
            service.answer(session, visit, str(attempt), number, submission)
    except (ResponseInvalid, situation.ActionInvalid) as error:
        return _again(visit, attempt, item, number, fault=error.code)
    return see(path_to(visit, "feedback", attempt=attempt, number=number))


@blueprint.post("/<parcours_id>/<uuid:attempt>/<int:number>/agir")
@audience_required(Audience.PARENT)
@notice_required
def act(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | tuple[str, int]:
    """An act in a situation; the screen is shown again as it then stands."""
    visit = visit_of(parcours_id)
    item = service.item_at(visit.parcours, number)
    try:
        with current_tool().database.write() as session:
            service.act(session, visit, str(attempt), number, read_move())
    except situation.ActionInvalid as error:
        return _again(visit, attempt, item, number, fault=error.code)
    return see(path_to(visit, "question", attempt=attempt, number=number, _anchor="screen"))


@blueprint.get("/<parcours_id>/<uuid:attempt>/<int:number>/retour")
@audience_required(Audience.PARENT)
def feedback(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | str:
    """What is true, why, and what to do at home."""
    visit = visit_of(parcours_id)
    item = service.item_at(visit.parcours, number)
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
        given = service.last_answer(session, where.attempt_id, item)
    if given is None:
        return see(path_to(visit, "question", attempt=attempt, number=number))
    after = None if where.finished else where.progress.after(number)
    following = path_to(visit, "question", attempt=attempt, number=after) if after else onward(visit, where)
    page = FeedbackPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        mark=given.mark,
        texts=pages.feedback_texts(item, given.mark, given.response, given.state),
        truths=pages.truths(item),
        previous=path_to(visit, "result" if where.finished else "question", attempt=attempt, number=number),
        next=following,
        last=where.finished,
        practice=not given.counts,
    )
    return render_template("parcours/feedback.html", page=page)


@blueprint.get("/<parcours_id>/<uuid:attempt>/resultat")
@blueprint.get("/<parcours_id>/<uuid:attempt>/resultat/imprimer", defaults={"printing": True}, endpoint="print_result")
@audience_required(Audience.PARENT)
def result(parcours_id: str, attempt: UUID, printing: bool = False) -> WerkzeugResponse | str:
    """What the person knows already, one next step, the rest; `printing` shows it unfolded."""
    visit = visit_of(parcours_id)
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
    if not where.finished:
        return see(onward(visit, where))
    review = service.result_of(visit, where)
    return render_template(
        "parcours/result.html", parcours=visit.parcours, where=where, review=review, printing=printing
    )


def _question_page(
    visit: Visit, where: Standing, item: Item, number: int, fault: str | None = None, entries: Entries | None = None
) -> str:
    with current_tool().database.read() as session:
        given = service.last_answer(session, where.attempt_id, item)
        under = service.underway(session, where.attempt_id, item) if isinstance(item, SituationItem) else None
    attempt = where.attempt_id
    previous = (
        path_to(visit, "question", attempt=attempt, number=number - 1) if number > 1 else path_to(visit, "welcome")
    )
    page = QuestionPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        ways=Ways(
            answer=path_to(visit, "answer", attempt=attempt, number=number),
            act=path_to(visit, "act", attempt=attempt, number=number),
            previous=previous,
            resume=onward(visit, where) if given else None,
        ),
        entries=entries or entries_of_response(item, given.response if given else None),
        options=pages.shown_options(item, attempt),
        mock=pages.mock_screen(item, under.state, moves=under.moves) if under else None,
        answer_number=given.number + 1 if given else 1,
        shown=stamp(visit.now),
        fault=fault,
    )
    return render_template("parcours/question.html", page=page)


def _again(visit: Visit, attempt: UUID, item: Item, number: int, *, fault: str) -> tuple[str, int]:
    """The same question with what stood in its form and a kind word; nothing was written."""
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
    entries = entries_of_form(item, request.form.to_dict(flat=False))
    return _question_page(visit, where, item, number, fault, entries), BadRequest.status
