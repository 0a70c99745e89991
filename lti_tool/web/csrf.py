"""A form is accepted only from a page of the same launch: our cookies travel in frames, so they prove nothing alone."""

import hmac
from urllib.parse import urlsplit

from flask import Flask, Request, g
from markupsafe import Markup

from lti_tool.errors import NotAllowed
from lti_tool.lti.door import current_door

FIELD = "_csrf"
HEADER = "X-CSRF-Token"
_SAFE = {"GET", "HEAD", "OPTIONS"}


class Forged(NotAllowed):
    """A form that does not come from a page of this launch, or from one that is too old."""

    code = "forged"


def init_csrf(app: Flask) -> None:
    """Give templates `csrf_field()`."""
    app.jinja_env.globals["csrf_field"] = csrf_field


def csrf_token(launch_id: str) -> str:
    """The token of a launch's forms: an HMAC of its id, with the tool's secret."""
    return current_door().secrets.sign("csrf", launch_id)


def csrf_field() -> Markup:
    """The hidden field that every POST form of a room holds."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(g.launch.id))


def check_form(request: Request, launch_id: str, *, host: str) -> None:
    """Raise `Forged` unless the request only reads, or comes from a page of this launch.

    `host`: `host[:port]` of the tool. Browsers' own words are heard when they are there; `Origin: null` says
    nothing, as our `Referrer-Policy` makes it so on our own forms (Fetch §3.1).
    """
    if request.method in _SAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forged("sec-fetch-site")
    origin = request.headers.get("Origin", "null")
    if origin != "null" and urlsplit(origin).netloc != host:
        raise Forged("origin")
    given = request.form.get(FIELD) or request.headers.get(HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token(launch_id).encode()):
        raise Forged("token")
