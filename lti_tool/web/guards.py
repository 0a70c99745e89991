"""Who may see a page: every page of a room stands under `/l/<launch_id>/`, and its launch is loaded here.

A room makes its blueprint with `room_blueprint`; its views then call `current_launch()`.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast
from urllib.parse import quote, unquote

from flask import Blueprint, Flask, g, redirect, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from lti_tool.errors import NotAllowed
from lti_tool.lti.launch import Audience, Launch
from lti_tool.lti.sessions import load_launch
from lti_tool.web.csrf import check_form
from lti_tool.web.static_files import static_files
from lti_tool.web.tool import current_tool

P = ParamSpec("P")
R = TypeVar("R")


def room_blueprint(name: str, import_name: str, *, prefix: str) -> Blueprint:
    """A blueprint under `/l/<launch_id>/<prefix>` whose requests all have a launch.

    A request without the launch's session cookie ends in `SessionLost` (401) before any view runs, one that
    changes something without the launch's form token in `Forged` (403). `url_for` fills in the launch id. The
    files of the room's own `static` folder are served as `static_url('<name>/<file>')`.
    """
    blueprint = Blueprint(
        name, import_name, url_prefix=f"/l/<launch_id>/{prefix}".rstrip("/"), template_folder="templates"
    )

    @blueprint.url_value_preprocessor
    def _load(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        launch_id = (values or {}).pop("launch_id", "")
        tool = current_tool()
        g.launch = load_launch(tool.door, str(launch_id), request, now=tool.clock())

    @blueprint.before_request
    def _check_form() -> None:
        check_form(request, g.launch.id, host=current_tool().settings.host)

    @blueprint.record_once
    def _add_static(state: BlueprintSetupState) -> None:
        static_files(cast("Flask", state.app)).add_folder(Path(blueprint.root_path) / "static", prefix=f"{name}/")

    @blueprint.url_defaults
    def _fill(_endpoint: str, values: dict[str, Any]) -> None:
        if "launch_id" not in values and "launch" in g:
            values["launch_id"] = g.launch.id

    return blueprint


def current_launch() -> Launch:
    """The launch of the page being served."""
    launch: Launch = g.launch
    return launch


def audience_required(*audiences: Audience) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only these audiences in; others get `NotAllowed` (403)."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if current_launch().audience not in audiences:
                raise NotAllowed("audience")
            return view(*args, **kwargs)

        return guarded

    return decorate


def notice_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Show a parent the notice about their data first, once: nothing is written about them before.

    To be put on every view that may lead to a person's first statement.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        launch = current_launch()
        if launch.notice_seen or launch.audience is not Audience.PARENT:
            return view(*args, **kwargs)
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        wanted = here or path_within(launch, request.form.get("next"))
        return redirect(f"{launch.path('avant-de-commencer')}?next={quote(wanted, safe='/')}", code=303)

    return guarded


def path_within(launch: Launch, wanted: str | None) -> str:
    """`wanted` if it is a page of this launch, else Mon espace: where a form that says `next` may lead."""
    root = launch.path()
    plain = unquote(wanted or "")
    if plain.startswith(root) and plain.isprintable() and not {"\\", " "} & set(plain) and ".." not in plain:
        return str(wanted)
    return root
