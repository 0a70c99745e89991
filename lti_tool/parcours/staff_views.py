"""What those who placed a parcours see: the class view, the members, and the preview, which records nothing."""

from flask import render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from lti_tool.content import situation
from lti_tool.content.marking import Mark, Response, ResponseInvalid
from lti_tool.content.schema import Item, SituationItem
from lti_tool.errors import NotFound, Unavailable
from lti_tool.lti.launch import Audience
from lti_tool.lti.roster import members as roster_members
from lti_tool.parcours import pages, service
from lti_tool.parcours.entries import Entries, entries_of_form
from lti_tool.parcours.pages import FeedbackPage, QuestionPage, Ways
from lti_tool.parcours.room import blueprint, path_to, read_move, read_submission, see, visit_of
from lti_tool.parcours.statements import Visit
from lti_tool.web.guards import audience_required
from lti_tool.web.tool import current_tool


def class_page(visit: Visit) -> str:
    """The class view: aggregates of the launch's context, and what a teacher can do from there."""
    with current_tool().database.read() as session:
        figures = service.class_view(session, visit)
    return render_template("parcours/class.html", parcours=visit.parcours, figures=figures)


@blueprint.get("/<parcours_id>/membres")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def members(parcours_id: str) -> str | tuple[str, int]:
    """Who the platform says is in the course: read now, shown, and not kept."""
    visit = visit_of(parcours_id)
    try:
        people = roster_members(current_tool().door, visit.launch)
    except (NotFound, Unavailable) as error:
        return render_template("parcours/members.html", parcours=visit.parcours, members=None), error.status
    return render_template("parcours/members.html", parcours=visit.parcours, members=people)


@blueprint.get("/<parcours_id>/apercu")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def preview_start(parcours_id: str) -> WerkzeugResponse:
    """The preview, from its first question."""
    return see(path_to(visit_of(parcours_id), "preview", number=1))


@blueprint.get("/<parcours_id>/apercu/<int:number>")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def preview(parcours_id: str, number: int) -> str:
    """A question as a parent sees it; nothing is recorded."""
    visit = visit_of(parcours_id)
    item = service.item_at(visit.parcours, number)
    state = situation.start(item) if isinstance(item, SituationItem) else None
    return render_template("parcours/question.html", page=_preview_page(visit, item, number, state, Entries()))


@blueprint.post("/<parcours_id>/apercu/<int:number>")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def preview_answer(parcours_id: str, number: int) -> str | tuple[str, int]:
    """What a parent would see after that answer or that act. A situation's state travels in the page."""
    visit = visit_of(parcours_id)
    item = service.item_at(visit.parcours, number)
    state = service.state_from(item, request.form.get("state", ""))
    try:
        if state is not None and isinstance(item, SituationItem) and not {"done", "unknown"} & set(request.form):
            state = service.moved(item, state, read_move())
            return render_template("parcours/question.html", page=_preview_page(visit, item, number, state, Entries()))
        response, mark, kept = service.marked(item, state, read_submission(item))
    except (ResponseInvalid, situation.ActionInvalid) as error:
        entries = entries_of_form(item, request.form.to_dict(flat=False))
        page = _preview_page(visit, item, number, state, entries, fault=error.code)
        return render_template("parcours/question.html", page=page), error.status
    return render_template(
        "parcours/feedback.html", page=_preview_feedback(visit, item, number, response=response, mark=mark, kept=kept)
    )


def _preview_page(
    visit: Visit,
    item: Item,
    number: int,
    state: situation.SituationState | None,
    entries: Entries,
    fault: str | None = None,
) -> QuestionPage:
    here = path_to(visit, "preview_answer", number=number)
    return QuestionPage(
        parcours=visit.parcours,
        item=item,
        number=number,
        ways=Ways(
            answer=here,
            act=here,
            previous=path_to(visit, "preview", number=number - 1) if number > 1 else path_to(visit, "welcome"),
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
        previous=path_to(visit, "preview", number=number),
        next=path_to(visit, "welcome") if last else path_to(visit, "preview", number=number + 1),
        last=last,
        preview=True,
    )
