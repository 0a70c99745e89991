"""Who may see a page: every page of a room stands under `/l/<launch_id>/`, and its launch is loaded here.

A room makes its blueprint with `room_blueprint`; its views then call `current_launch()`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, g, request

from lti_tool.errors import NotAllowed
from lti_tool.lti.launch import Audience, Launch
from lti_tool.lti.sessions import load_launch
from lti_tool.web.tool import current_tool

P = ParamSpec("P")
R = TypeVar("R")


def room_blueprint(name: str, import_name: str, *, prefix: str) -> Blueprint:
    """A blueprint under `/l/<launch_id>/<prefix>` whose requests all have a launch.

    A request without the launch's session cookie ends in `SessionLost` (401) before any view runs.
    `url_for` fills in the launch id.
    """
    blueprint = Blueprint(
        name, import_name, url_prefix=f"/l/<launch_id>/{prefix}".rstrip("/"), template_folder="templates"
    )

    @blueprint.url_value_preprocessor
    def _load(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        launch_id = (values or {}).pop("launch_id", "")
        tool = current_tool()
        g.launch = load_launch(tool.door, str(launch_id), request, now=tool.clock())

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
