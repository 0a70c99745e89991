"""What the room's views share: the blueprint, the visit of a request, paths, and reading a question's form."""

from flask import redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.wrappers import Response as WerkzeugResponse

from lti_tool.content.marking import parse_response
from lti_tool.content.schema import Item, SituationItem
from lti_tool.content.text import render, render_inline
from lti_tool.errors import BadRequest
from lti_tool.parcours import service
from lti_tool.parcours.attempts import held
from lti_tool.parcours.service import Move, Standing, Submission
from lti_tool.parcours.statements import Visit
from lti_tool.web.guards import current_launch, room_blueprint
from lti_tool.web.holdings import add_holding
from lti_tool.web.languages import language
from lti_tool.web.tool import current_tool

blueprint = room_blueprint("parcours", __name__, prefix="parcours")

_FIELD = "field."
"""What the names of a mock screen's fields begin with, so that none can be taken for one of the form's own."""


@blueprint.record_once
def _say_what_is_held(state: BlueprintSetupState) -> None:
    add_holding(state.app, "parcours", held)  # type: ignore[arg-type]


@blueprint.context_processor
def _prose() -> dict[str, object]:
    # The renderer escapes HTML and drops unsafe links: what it gives may stand in a page.
    return {
        "prose": lambda text: Markup(render(text)),  # noqa: S704
        "prose_inline": lambda text: Markup(render_inline(text)),  # noqa: S704
    }


def visit_of(parcours_id: str) -> Visit:
    """The visit of this request; `NotFound` for a parcours that does not ship."""
    tool = current_tool()
    parcours = service.find(tool.library, parcours_id, language())
    return Visit(launch=current_launch(), parcours=parcours, recorder=tool.recorder, now=tool.clock())


def path_to(visit: Visit, endpoint: str, **values: object) -> str:
    """The path of one of the room's pages for this parcours."""
    if endpoint == "result":
        values.pop("number", None)
    return url_for(f".{endpoint}", parcours_id=visit.parcours.id, **values)  # type: ignore[arg-type]


def see(path: str) -> WerkzeugResponse:
    """Go and see that page: what was posted is done, and reloading does not do it again."""
    return redirect(path, 303)


def onward(visit: Visit, where: Standing) -> str:
    """Where to go on in an attempt: the first unanswered question, the result, or the welcome to close it."""
    if where.finished:
        return path_to(visit, "result", attempt=where.attempt_id)
    if where.progress.next_number is None:
        return path_to(visit, "welcome")
    return path_to(visit, "question", attempt=where.attempt_id, number=where.progress.next_number)


def read_submission(item: Item) -> Submission:
    """The answer that the request's form holds. Raises `ResponseInvalid` (400)."""
    done = isinstance(item, SituationItem) and "done" in request.form
    return Submission(
        number=_number("number"),
        response=None if done else parse_response(item, request.form.to_dict(flat=False)),
        shown=request.form.get("shown", ""),
        fields=_fields(),
    )


def read_move() -> Move:
    """The act in a situation that the request's form holds. Raises `BadRequest`."""
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
