"""Shared pages: the error renderer, the reference of a request, the base templates' context."""

import logging
from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from lti_tool.errors import ToolError
from lti_tool.reference import new_reference
from lti_tool.settings import Settings
from lti_tool.web.csrf import init_csrf
from lti_tool.web.security import init_security
from lti_tool.web.static_files import init_static_files
from lti_tool.web.wording import DEFECT, REFUSED, UNAVAILABLE, WORDINGS, Wording

log = logging.getLogger("lti_tool.web")
_HTTP_CODES = {
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    429: "too-many",
}


def init_pages(app: Flask, settings: Settings) -> None:
    """Give the application its shared templates, static files, security headers and error pages.

    To be called first: `g.reference` and the error pages must stand before any other part runs.
    """
    blueprint = Blueprint("web", __name__, template_folder="templates")

    @app.url_value_preprocessor
    def _begin(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        g.reference = new_reference()
        g.began = perf_counter()

    @app.after_request
    def _identify(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.reference
        return response

    @app.context_processor
    def _context() -> dict[str, object]:
        return {"launch": g.get("launch"), "settings": settings}

    init_static_files(app, blueprint)
    init_security(app, settings)
    init_csrf(app)
    app.register_blueprint(blueprint)
    app.register_error_handler(ToolError, render_tool_error)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_defect)


def wording_of(error: ToolError) -> Wording:
    """The texts for an error: its own code's, or those of the nearest ancestor that has some."""
    codes = [error.code, *(getattr(kind, "code", "") for kind in type(error).__mro__)]
    own = next((WORDINGS[code] for code in codes if code in WORDINGS and code != "internal"), None)
    return own or _by_status(error.status)


def _by_status(status: int) -> Wording:
    if status < 500:
        return REFUSED
    return UNAVAILABLE if status in {502, 503, 504} else DEFECT


def error_page(status: int, code: str, wording: Wording) -> Response:
    """The page that says what happened, what to do, and the reference.

    It holds nothing to act upon and nothing of anybody, so where no launch says who frames us, anyone may: a
    refused launch must be readable inside the platform's frame.
    """
    if g.get("launch") is None and "frame_ancestors" not in g:
        g.frame_ancestors = ("*",)
    try:
        html = render_template("web/error.html", status=status, code=code, wording=wording, reference=g.reference)
    except Exception:
        log.exception("error page failed", extra={"code": code})
        html = f"<!doctype html><meta charset=utf-8><title>Passerelle</title><h1>Passerelle</h1><p>{g.reference}"
    return make_response(html, status)


def render_tool_error(error: ToolError) -> Response:
    """The page of a refusal or a failure, and its line in the log."""
    level = logging.ERROR if error.status >= 500 else logging.INFO
    fields = {"code": error.code, "status": error.status, "detail": error.detail}
    log.log(level, "refused" if error.status < 500 else "failed", extra=fields, exc_info=error.status >= 500)
    return error_page(error.status, error.code, wording_of(error))


def _on_http_exception(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response(request.environ))
    code = _HTTP_CODES.get(status, "refused" if status < 500 else "internal")
    wording = WORDINGS.get(code) or _by_status(status)
    response = error_page(status, code, wording)
    for name, value in error.get_headers(request.environ):
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _on_defect(error: Exception) -> Response:
    log.error("defect", extra={"code": "internal", "status": 500}, exc_info=error)
    return error_page(500, "internal", DEFECT)
