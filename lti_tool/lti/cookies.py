"""The front door's cookies: the probe, one for each login, one for each launch.

On https they are `__Host-`, `Secure; HttpOnly; SameSite=None; Partitioned`, which Chromium gives back inside a
frame even with third-party cookies blocked. On http (loopback alone, see `settings`) plain `Lax` ones.
"""

from flask import Request
from werkzeug.wrappers import Response

from lti_tool.settings import Settings

PROBE_SECONDS = 30 * 24 * 3600
MAX_LAUNCH_COOKIES = 12
"""A browser that holds more loses the oldest of them: a header must not grow with every activity opened."""


def probe_name(settings: Settings) -> str:
    """Says that this browser gives cookies back here."""
    return _name(settings, "pl-probe")


def state_name(settings: Settings, state_id: str) -> str:
    """Binds one login to this browser."""
    return _name(settings, f"pl-s-{state_id}")


def launch_name(settings: Settings, launch_id: str) -> str:
    """Opens the pages of one launch."""
    return _name(settings, f"pl-l-{launch_id}")


def set_cookie(response: Response, settings: Settings, name: str, value: str, *, seconds: int) -> None:
    """Set one of our cookies with the attributes that the address asks for."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="None" if settings.secure else "Lax",
        partitioned=settings.secure,
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Take a cookie back; a Partitioned one goes only under the attributes it came with."""
    set_cookie(response, settings, name, "", seconds=0)


def surplus_launches(request: Request, settings: Settings) -> list[str]:
    """Launch cookies beyond the limit, oldest first (browsers send them in the order they were made)."""
    prefix = launch_name(settings, "")
    held = [name for name in request.cookies if name.startswith(prefix)]
    return held[: max(0, len(held) - MAX_LAUNCH_COOKIES + 1)]


def _name(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.secure else name
