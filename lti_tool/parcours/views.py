"""The room's pages: welcome, question, feedback, result; the class view and the preview for teachers."""

from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as WerkzeugResponse

from lti_tool.content import situation
from lti_tool.content.marking import Mark, Response, ResponseInvalid, parse_response
from lti_tool.content.schema import Item, SituationItem
from lti_tool.content.text import render, render_inline
from lti_tool.errors import BadRequest, NotFound, Unavailable
from lti_tool.lti.launch import Audience
from lti_tool.lti.roster import members as roster_members
from lti_tool.parcours import pages, service
from lti_tool.parcours.entries import Entries, entries_of_form, entries_of_response
from lti_tool.parcours.pages import FeedbackPage, QuestionPage, Ways
from lti_tool.parcours.service import Move, Standing, Submission
from lti_tool.parcours.statements import Visit
from lti_tool.parcours.timing import stamp
from lti_tool.web.guards import audience_required, current_launch, notice_required, room_blueprint
from lti_tool.web.languages import language
from lti_tool.web.tool import current_tool

blueprint = room_blueprint("parcours", __name__, prefix="parcours")

_FIELD = "field."
"""What the names of a mock screen's fields begin with, so that none can be taken for one of the form's own."""


@blueprint.context_processor
def _prose() -> dict[str, object]:
    # The renderer escapes HTML and drops unsafe links: what it gives may stand in a page.
    return {
        "prose": lambda text: Markup(render(text)),  # noqa: S704
        "prose_inline": lambda text: Markup(render_inline(text)),  # noqa: S704
    }


@blueprint.get("/<parcours_id>")
def welcome(parcours_id: str) -> str:
    """The first page of an activity: a parent's welcome, or the class view of those who placed it."""
    visit = _visit(parcours_id)
    if visit.launch.audience is not Audience.PARENT:
        return _class_page(visit)
    with current_tool().database.read() as session:
        where = service.latest_standing(session, visit)
    return render_template("parcours/welcome.html", parcours=visit.parcours, where=where, going_on=False)


@blueprint.get("/<parcours_id>/commencer")
@audience_required(Audience.PARENT)
def begin(parcours_id: str) -> str:
    """The welcome again, for whoever pressed « Commencer » and was shown the notice first: it goes on by itself."""
    visit = _visit(parcours_id)
    with current_tool().database.read() as session:
        where = service.latest_standing(session, visit)
    return render_template("parcours/welcome.html", parcours=visit.parcours, where=where, going_on=True)


@blueprint.post("/<parcours_id>/commencer")
@audience_required(Audience.PARENT)
@notice_required
def start(parcours_id: str) -> WerkzeugResponse:
    """Begin, or take up again where one stood."""
    visit = _visit(parcours_id)
    with current_tool().database.write() as session:
        attempt_id = service.start(session, visit, new_id=uuid4())
        where = service.standing(session, visit, attempt_id)
    return _see(_onward(visit, where))


@blueprint.get("/<parcours_id>/<uuid:attempt>/<int:number>")
@audience_required(Audience.PARENT)
def question(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | str:
    """One question; one that can't be answered yet leads to the one that can."""
    visit = _visit(parcours_id)
    item = service.item_at(visit.parcours, number)
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
    if where.finished:
        return _see(_path(visit, "feedback", attempt=attempt, number=number))
    if not where.progress.reachable(number):
        return _see(_onward(visit, where))
    return _question_page(visit, where, item, number)


@blueprint.post("/<parcours_id>/<uuid:attempt>/<int:number>")
@audience_required(Audience.PARENT)
@notice_required
def answer(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | tuple[str, int]:
    """An answer to a question, or « Je ne sais pas »; an empty form gets its question back, and a kind word."""
    visit = _visit(parcours_id)
    item = service.item_at(visit.parcours, number)
    try:
        submission = _submission(item)
        with current_tool().database.write() as session:
            service.answer(session, visit, str(attempt), number, submission)
    except (ResponseInvalid, situation.ActionInvalid) as error:
        return _again(visit, attempt, item, number, fault=error.code)
    return _see(_path(visit, "feedback", attempt=attempt, number=number))


@blueprint.post("/<parcours_id>/<uuid:attempt>/<int:number>/agir")
@audience_required(Audience.PARENT)
@notice_required
def act(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | tuple[str, int]:
    """An act in a situation; the screen is shown again as it then stands."""
    visit = _visit(parcours_id)
    item = service.item_at(visit.parcours, number)
    try:
        with current_tool().database.write() as session:
            service.act(session, visit, str(attempt), number, _move())
    except situation.ActionInvalid as error:
        return _again(visit, attempt, item, number, fault=error.code)
    return _see(_path(visit, "question", attempt=attempt, number=number, _anchor="screen"))


@blueprint.get("/<parcours_id>/<uuid:attempt>/<int:number>/retour")
@audience_required(Audience.PARENT)
def feedback(parcours_id: str, attempt: UUID, number: int) -> WerkzeugResponse | str:
    """What is true, why, and what to do at home."""
    visit = _visit(parcours_id)
    item = service.item_at(visit.parcours, number)
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
        given = service.last_answer(session, where.attempt_id, item)
    if given is None:
        return _see(_path(visit, "question", attempt=attempt, number=number))
    after = None if where.finished else where.progress.after(number)
    onward = _path(visit, "question", attempt=attempt, number=after) if after else _onward(visit, where)
    page = FeedbackPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        mark=given.mark,
        texts=pages.feedback_texts(item, given.mark, given.response, given.state),
        truths=pages.truths(item),
        previous=_path(visit, "result" if where.finished else "question", attempt=attempt, number=number),
        next=onward,
        last=where.finished,
        practice=not given.counts,
    )
    return render_template("parcours/feedback.html", page=page)


@blueprint.get("/<parcours_id>/<uuid:attempt>/resultat")
@blueprint.get("/<parcours_id>/<uuid:attempt>/resultat/imprimer", defaults={"printing": True}, endpoint="print_result")
@audience_required(Audience.PARENT)
def result(parcours_id: str, attempt: UUID, printing: bool = False) -> WerkzeugResponse | str:
    """What the person knows already, one next step, the rest; `printing` shows it unfolded."""
    visit = _visit(parcours_id)
    with current_tool().database.read() as session:
        where = service.standing(session, visit, str(attempt))
    if not where.finished:
        return _see(_onward(visit, where))
    review = service.result_of(visit, where)
    return render_template(
        "parcours/result.html", parcours=visit.parcours, where=where, review=review, printing=printing
    )


@blueprint.get("/<parcours_id>/membres")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def members(parcours_id: str) -> str | tuple[str, int]:
    """Who the platform says is in the course: read now, shown, and not kept."""
    visit = _visit(parcours_id)
    try:
        people = roster_members(current_tool().door, visit.launch)
    except (NotFound, Unavailable) as error:
        return render_template("parcours/members.html", parcours=visit.parcours, members=None), error.status
    return render_template("parcours/members.html", parcours=visit.parcours, members=people)


@blueprint.get("/<parcours_id>/apercu/<int:number>")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def preview(parcours_id: str, number: int) -> str:
    """A question as a parent sees it; nothing is recorded."""
    visit = _visit(parcours_id)
    item = service.item_at(visit.parcours, number)
    state = situation.start(item) if isinstance(item, SituationItem) else None
    return render_template("parcours/question.html", page=_preview_page(visit, item, number, state, Entries()))


@blueprint.post("/<parcours_id>/apercu/<int:number>")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def preview_answer(parcours_id: str, number: int) -> str | tuple[str, int]:
    """What a parent would see after that answer or that act. A situation's state travels in the page."""
    visit = _visit(parcours_id)
    item = service.item_at(visit.parcours, number)
    state = service.state_from(item, request.form.get("state", ""))
    try:
        if state is not None and isinstance(item, SituationItem) and not {"done", "unknown"} & set(request.form):
            state = service.moved(item, state, _move())
            return render_template("parcours/question.html", page=_preview_page(visit, item, number, state, Entries()))
        response, mark, kept = service.marked(item, state, _submission(item))
    except (ResponseInvalid, situation.ActionInvalid) as error:
        entries = entries_of_form(item, request.form.to_dict(flat=False))
        page = _preview_page(visit, item, number, state, entries, fault=error.code)
        return render_template("parcours/question.html", page=page), error.status
    return render_template(
        "parcours/feedback.html", page=_preview_feedback(visit, item, number, response=response, mark=mark, kept=kept)
    )


def _visit(parcours_id: str) -> Visit:
    tool = current_tool()
    parcours = service.find(tool.library, parcours_id, language())
    return Visit(launch=current_launch(), parcours=parcours, recorder=tool.recorder, now=tool.clock())


def _path(visit: Visit, endpoint: str, **values: object) -> str:
    if endpoint == "result":
        values.pop("number", None)
    return url_for(f".{endpoint}", parcours_id=visit.parcours.id, **values)  # type: ignore[arg-type]


def _see(path: str) -> WerkzeugResponse:
    return redirect(path, 303)


def _onward(visit: Visit, where: Standing) -> str:
    """Where to go on in an attempt: the first unanswered question, the result, or the welcome to close it."""
    if where.finished:
        return _path(visit, "result", attempt=where.attempt_id)
    if where.progress.next_number is None:
        return _path(visit, "welcome")
    return _path(visit, "question", attempt=where.attempt_id, number=where.progress.next_number)


def _class_page(visit: Visit) -> str:
    with current_tool().database.read() as session:
        figures = service.class_view(session, visit)
    return render_template("parcours/class.html", parcours=visit.parcours, figures=figures)


def _question_page(
    visit: Visit, where: Standing, item: Item, number: int, fault: str | None = None, entries: Entries | None = None
) -> str:
    with current_tool().database.read() as session:
        given = service.last_answer(session, where.attempt_id, item)
        under = service.underway(session, where.attempt_id, item) if isinstance(item, SituationItem) else None
    attempt = where.attempt_id
    previous = _path(visit, "question", attempt=attempt, number=number - 1) if number > 1 else _path(visit, "welcome")
    page = QuestionPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        ways=Ways(
            answer=_path(visit, "answer", attempt=attempt, number=number),
            act=_path(visit, "act", attempt=attempt, number=number),
            previous=previous,
            resume=_onward(visit, where) if given else None,
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


def _preview_page(
    visit: Visit,
    item: Item,
    number: int,
    state: situation.SituationState | None,
    entries: Entries,
    fault: str | None = None,
) -> QuestionPage:
    here = _path(visit, "preview", number=number)
    return QuestionPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        ways=Ways(
            answer=here,
            act=here,
            previous=_path(visit, "preview", number=number - 1) if number > 1 else _path(visit, "welcome"),
        ),
        entries=entries,
        options=pages.shown_options(item, "preview"),
        mock=pages.mock_screen(item, state, moves=0, keep=True) if state else None,
        answer_number=1,
        shown="",
        preview=True,
        fault=fault,
    )


def _preview_feedback(
    visit: Visit, item: Item, number: int, *, response: Response, mark: Mark, kept: str | None
) -> FeedbackPage:
    last = number == len(visit.parcours.items)
    return FeedbackPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        mark=mark,
        texts=pages.feedback_texts(item, mark, response, kept),
        truths=pages.truths(item),
        previous=_path(visit, "preview", number=number),
        next=_path(visit, "welcome") if last else _path(visit, "preview", number=number + 1),
        last=last,
        preview=True,
    )


def _submission(item: Item) -> Submission:
    done = isinstance(item, SituationItem) and "done" in request.form
    return Submission(
        number=_number("number"),
        response=None if done else parse_response(item, request.form.to_dict(flat=False)),
        shown=request.form.get("shown", ""),
        fields=_fields(),
    )


def _move() -> Move:
    if "area" in request.form:
        return Move(_number("moves"), "act", request.form["area"], _fields())
    match request.form.get("command"):
        case "fill" | "undo" | "restart" as command:
            return Move(_number("moves"), command, "", _fields())
        case _:
            raise BadRequest("command")


def _fields() -> dict[str, str]:
    return {name.removeprefix(_FIELD): value for name, value in request.form.items() if name.startswith(_FIELD)}


def _number(name: str) -> int:
    value = request.form.get(name, "")
    if not (value.isascii() and value.isdecimal() and len(value) < 7):
        raise BadRequest(name)
    return int(value)
