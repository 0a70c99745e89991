"""What every answer says to browsers about what may run, frame, and leave."""

from collections.abc import Sequence

from flask import Flask, Response, g

from lti_tool.settings import Settings

_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def policy(*, frame_ancestors: Sequence[str], form_action: Sequence[str], frame_src: Sequence[str] = ()) -> str:
    """A `Content-Security-Policy`: everything is ours, save who frames us and where forms may end.

    `frame_ancestors`, `form_action`, `frame_src`: origins besides our own; nobody frames us where the first is
    empty. A deep-linking answer is a form whose target is the platform: its origin goes into `form_action`.
    """
    parts = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        " ".join(("form-action 'self'", *dict.fromkeys(form_action))),
        "frame-ancestors " + (" ".join(dict.fromkeys(frame_ancestors)) or "'none'"),
    ]
    if frame_src:
        parts.append("frame-src " + " ".join(dict.fromkeys(frame_src)))
    return "; ".join(parts)


def init_security(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer.

    A view may set `g.frame_ancestors`, `g.form_action`, `g.frame_src` (tuples of origins); where there is a launch,
    its platform's origins stand in for the first two.
    """

    @app.after_request
    def _headers(response: Response) -> Response:
        launch = g.get("launch")
        known: tuple[str, ...] = launch.frame_ancestors if launch is not None else ()
        response.headers.setdefault(
            "Content-Security-Policy",
            policy(
                frame_ancestors=g.get("frame_ancestors", known),
                form_action=g.get("form_action", known),
                frame_src=g.get("frame_src", ()),
            ),
        )
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
