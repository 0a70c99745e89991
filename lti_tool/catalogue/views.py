"""Choosing what to place (Deep Linking 2.0): the catalogue, and the signed answer posted to the platform."""

from flask import g, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from lti_tool.catalogue.service import Filter, matching
from lti_tool.errors import BadRequest
from lti_tool.lti import deep_linking
from lti_tool.lti.deep_linking import Placeable
from lti_tool.lti.launch import Audience
from lti_tool.lti.platforms import frameable, origin
from lti_tool.lti.sessions import handover_path
from lti_tool.web.guards import audience_required, current_launch, room_blueprint
from lti_tool.web.languages import language
from lti_tool.web.tool import current_tool

blueprint = room_blueprint("catalogue", __name__, prefix="choisir")


@blueprint.get("")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def choose() -> str:
    """The catalogue with its filters."""
    return _catalogue_page(fault=None)


@blueprint.post("")
@audience_required(Audience.TEACHER, Audience.ADMINISTRATOR)
def place() -> str | tuple[str, int]:
    """Sign what was chosen; the page posts it to the platform by itself, or by its button."""
    door, launch = current_tool().door, current_launch()
    settings = deep_linking.read_settings(door, launch)
    form = request.form.to_dict(flat=False)
    try:
        choices = deep_linking.read_choices(door.catalogue(language()), form, settings)
    except BadRequest:
        return _catalogue_page(fault=_("Cochez au moins une activité, puis choisissez « Placer ».")), 400
    items = [
        deep_linking.content_item(choice, base_url=door.settings.base_url, text=_text(choice.placeable))
        for choice in choices
    ]
    answer = deep_linking.answer(door, launch, settings, items)
    g.form_action = (*launch.frame_ancestors, *frameable([origin(answer.return_url)]))
    return render_template("catalogue/answer.html", answer=answer)


def _text(entry: Placeable) -> str:
    minutes = ngettext("%(num)d minute", "%(num)d minutes", entry.duration_minutes)
    return f"{entry.summary} ({minutes})"


def _catalogue_page(fault: str | None) -> str:
    door, launch = current_tool().door, current_launch()
    settings = deep_linking.read_settings(door, launch)
    longest = request.args.get("duree", "")
    wanted = Filter(
        words=request.args.get("q", "")[:100],
        language=request.args.get("langue", "")[:8],
        longest=int(longest) if longest.isdigit() and len(longest) < 4 else None,
    )
    entries = matching(door.catalogue(language()), wanted)
    return render_template(
        "catalogue/choose.html",
        entries=entries,
        previews={entry: handover_path(door, launch, f"{entry.kind}/{entry.id}/apercu") for entry in entries},
        wanted=wanted,
        settings=settings,
        fault=fault,
    )
