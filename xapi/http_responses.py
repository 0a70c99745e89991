"""Answers: JSON, its refusals, and the headers that browsers of other origins need."""

import json
from typing import Any

from flask import Response

from xapi.errors import MethodRefused, TooManyFailures, Unauthenticated, XapiError

CONSISTENT_HEADER = "X-Experience-API-Consistent-Through"
_LONGEST_ECHO = 300
_TAKEN = (
    "Authorization, Content-Type, X-Experience-API-Version, If-Match, If-None-Match, Accept-Language, "
    "X-Experience-API-Hash"
)
_SHOWN = f"ETag, Last-Modified, X-Experience-API-Version, {CONSISTENT_HEADER}, Retry-After, WWW-Authenticate"


def json_response(body: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(encoded(body), status=status, content_type="application/json")


def no_content() -> Response:
    """The answer to what was done and leaves nothing to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def encoded(body: Any) -> bytes:
    """JSON in UTF-8."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write and UTF-8 can't
        return json.dumps(body, separators=(",", ":")).encode()


def render_error(error: XapiError) -> Response:
    """The code, the message and the property at fault, in JSON."""
    shown: dict[str, Any] = {"code": error.code, "message": error.message[:_LONGEST_ECHO]}
    if error.property is not None:
        shown["property"] = error.property[:_LONGEST_ECHO]
    response = json_response({"error": shown}, error.status)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    if isinstance(error, MethodRefused):
        response.headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, TooManyFailures):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def preflight(allowed: tuple[str, ...]) -> Response:
    """Tell a browser what a page of another origin may ask (Fetch §3.2.2); credentials are never a cookie."""
    response = no_content()
    methods = ", ".join(allowed)
    response.headers.update(
        {
            "Allow": methods,
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": _TAKEN,
            "Access-Control-Max-Age": "7200",
        }
    )
    return response


def add_common_headers(response: Response) -> None:
    """What every answer says: pages of any origin may read it, no browser may run it, nobody keeps it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _SHOWN
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
