"""The room's pages: Mon espace, the notice, my data, my language."""

import json
from functools import partial

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response

from lti_tool.erasure import erase_person
from lti_tool.errors import BadRequest
from lti_tool.espace import service
from lti_tool.espace.history import Story
from lti_tool.espace.wording import line
from lti_tool.lti.launch import Audience, Launch
from lti_tool.web.guards import current_launch, path_within, room_blueprint
from lti_tool.web.holdings import holdings
from lti_tool.web.languages import language, spoken
from lti_tool.web.tool import current_tool

blueprint = room_blueprint("espace", __name__, prefix="")

_LINES = 50


@blueprint.get("/")
def home() -> str:
    """What the person began and finished; for a teacher, a short welcome."""
    tool, launch = current_tool(), current_launch()
    if launch.audience is not Audience.PARENT:
        return render_template("espace/teacher.html", administrator=launch.audience is Audience.ADMINISTRATOR)
    with tool.database.read() as session:
        found = service.stories(session, tool.statements, launch, base_iri=tool.settings.xapi_base_iri)
    under_way = [story for story in found if story.under_way]
    opened = launch.path(f"{launch.kind}/{launch.target}") if launch.kind and launch.target else None
    return render_template(
        "espace/home.html",
        under_way=under_way,
        finished=[story for story in found if story.finished],
        way_to=partial(_way_to, launch),
        opened=opened if opened not in map(partial(_way_to, launch), under_way) else None,
    )


def _way_to(launch: Launch, story: Story) -> str | None:
    """The page of an activity, where this installation still has it."""
    known = {parcours.id for parcours in current_tool().library.all_parcours()}
    return launch.path(f"parcours/{story.target}") if story.kind == "parcours" and story.target in known else None


@blueprint.get("/avant-de-commencer")
def notice() -> str:
    """What is written down about the person, before anything is."""
    wanted = path_within(current_launch(), request.args.get("next"))
    return render_template("espace/notice.html", next=wanted, here=request.full_path)


@blueprint.post("/avant-de-commencer")
def accept_notice() -> Response:
    """The person has read the notice and goes on."""
    tool, launch = current_tool(), current_launch()
    with tool.database.write() as session:
        service.note_notice_seen(session, launch, now=tool.clock())
    return redirect(path_within(launch, request.form.get("next")), 303)


@blueprint.post("/langue")
def choose_language() -> Response:
    """Keep the person's language, and go back to where they were."""
    launch, chosen = current_launch(), spoken(request.form.get("lang"))
    if chosen is None:
        raise BadRequest("lang")
    with current_tool().database.write() as session:
        service.choose_language(session, launch, chosen)
    return redirect(path_within(launch, request.form.get("next")), 303)


@blueprint.get("/mes-donnees")
def data() -> str:
    """What is held about the person, in words, and how to take it away or have it erased."""
    tool, launch = current_tool(), current_launch()
    with tool.database.read() as session:
        who = service.identity(session, launch)
        latest = service.latest_statements(session, tool.statements, launch, limit=_LINES)
    lines = [line(statement, language()) for statement in latest]
    return render_template("espace/data.html", who=who, lines=lines, more=len(lines) == _LINES)


@blueprint.get("/mes-donnees.json")
def download() -> Response:
    """All that is held about the person, as a file."""
    tool, launch = current_tool(), current_launch()
    with tool.database.read() as session:
        held = service.everything(session, tool.statements, launch, rooms=holdings(), now=tool.clock())
    response = Response(json.dumps(held, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="passerelle-mes-donnees.json"'
    return response


@blueprint.get("/effacer")
def erase_page() -> str:
    """What erasing means, and the button that does it."""
    return render_template("espace/erase.html", fault=False)


@blueprint.post("/effacer")
def erase() -> str | tuple[str, int]:
    """Erase the person for good; the page that says so belongs to nobody any more."""
    if request.form.get("sure") != "yes":
        return render_template("espace/erase.html", fault=True), BadRequest.status
    launch = current_launch()
    with current_tool().database.write() as session:
        erase_person(session, launch.person_id)
    g.language_hint, g.frame_ancestors, g.launch = language(), launch.frame_ancestors, None
    return render_template("espace/erased.html")
