"""Who administers what: an LTI administrator their own platform, the operator every platform.

Both see the same pages, registered on two blueprints by `views.add_pages`: `lti_blueprint` under
`/l/<launch_id>/administration/`, `operator_blueprint` under `/administration/`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from lti_tool.administration import entrance, rights
from lti_tool.errors import NotAllowed
from lti_tool.lti import cookies
from lti_tool.lti.launch import Launch
from lti_tool.settings import Settings
from lti_tool.web.csrf import FIELD, check_form, csrf_token
from lti_tool.web.guards import current_launch, room_blueprint
from lti_tool.web.tool import current_tool


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who looks at the page: `platform_id` is the one that they administer, None for all of them (the operator)."""

    platform_id: int | None
    root: str
    """The path under which their pages stand, with its final slash."""
    form_key: str
    """What the tokens of their forms are made from."""
    launch: Launch | None

    @property
    def person_id(self) -> int | None:
        """Their row, None for the operator."""
        return self.launch.person_id if self.launch else None

    def path(self, rest: str = "") -> str:
        """The path of one of their pages."""
        return f"{self.root}{rest}"

    def form_field(self) -> Markup:
        """The hidden field that every form of theirs holds."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(self.form_key))


def current_administrator() -> Administrator:
    """The administrator for whom the page is served."""
    administrator: Administrator = g.administrator
    return administrator


def page(template: str, **values: object) -> str:
    """A page of the administration, with who looks at it."""
    return render_template(f"administration/{template}", admin=current_administrator(), **values)


def lti_blueprint() -> Blueprint:
    """The pages of an LTI administrator: each request's launch must be an administrator's."""
    blueprint = room_blueprint("administration", __name__, prefix="administration")

    @blueprint.before_request
    def _administrator() -> None:
        tool, launch = current_tool(), current_launch()
        with tool.database.read() as session:
            if not rights.may_administer(session, launch, now=tool.clock()):
                raise NotAllowed("administration")
        g.administrator = Administrator(launch.platform_id, launch.path("administration/"), launch.id, launch)

    return blueprint


def operator_blueprint() -> Blueprint:
    """The operator's pages, and the way into them by a link from the command line."""
    blueprint = Blueprint("operator", __name__, url_prefix="/administration", template_folder="templates")

    @blueprint.url_value_preprocessor
    def _load(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        if endpoint == "operator.enter":
            return
        tool = current_tool()
        cookie = request.cookies.get(cookie_name(tool.settings), "")
        session_id = entrance.read_session(tool.door.secrets, cookie, now=tool.clock())
        g.administrator = Administrator(None, "/administration/", f"operator {session_id}", None)

    @blueprint.before_request
    def _check_form() -> None:
        if "administrator" in g:
            check_form(request, g.administrator.form_key, host=current_tool().settings.host)

    @blueprint.get("/entree/<token>")
    def enter(token: str) -> Response:
        """Spend a link, and open a session of two hours."""
        tool = current_tool()
        value = entrance.spend_link(tool.door, token)
        response = redirect("/administration/", 303)
        seconds = int(entrance.SESSION_LIFETIME.total_seconds())
        cookies.set_cookie(response, tool.settings, cookie_name(tool.settings), value, seconds=seconds)
        return response

    @blueprint.post("/sortie")
    def leave() -> Response:
        """Close the session in this browser."""
        tool = current_tool()
        response = Response(page("left.html"), mimetype="text/html")
        cookies.drop_cookie(response, tool.settings, cookie_name(tool.settings))
        return response

    return blueprint


def cookie_name(settings: Settings) -> str:
    """The cookie of the operator's session."""
    return "__Host-pl-admin" if settings.secure else "pl-admin"


def make_blueprints(add_pages: Callable[[Blueprint], None]) -> tuple[Blueprint, Blueprint]:
    """Both blueprints with the same pages."""
    blueprints = (lti_blueprint(), operator_blueprint())
    for blueprint in blueprints:
        add_pages(blueprint)
    return blueprints
