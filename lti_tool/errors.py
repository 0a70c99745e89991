"""The tree of everything the tool refuses or fails at.

Each class carries its HTTP status and a stable code. Wording lives in the templates
(`web/templates/web/error.html`) and in `docs/erreurs.md`, never in a `raise`: what is given to the
constructor is for the log alone, and must hold no personal data and no claim's raw content.

    ToolError
    ├── Refused                 4xx: the request can't be accepted
    │   ├── BadRequest          400
    │   ├── NotAllowed          403
    │   ├── NotFound            404
    │   ├── Conflict            409
    │   ├── TooLarge            413
    │   └── TooMany             429
    └── Unavailable             503: something that we depend on did not answer

The front door's own branch (`LoginRejected`, `LaunchRejected`, …) grows from `Refused` in `lti/errors.py`.
"""


class ToolError(Exception):
    """Root of the tree; raised as such it is a defect."""

    status = 500
    code = "internal"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(ToolError):
    """The request can't be accepted as it stands."""

    status, code = 400, "refused"


class BadRequest(Refused):
    """A form or a query does not hold what it should."""

    status, code = 400, "bad-request"


class NotAllowed(Refused):
    """The person is known but may not do this."""

    status, code = 403, "not-allowed"


class NotFound(Refused):
    """There is no such thing, or not within this launch's scope."""

    status, code = 404, "not-found"


class Conflict(Refused):
    """The thing has changed meanwhile."""

    status, code = 409, "conflict"


class TooLarge(Refused):
    """More was sent than is read."""

    status, code = 413, "too-large"


class TooMany(Refused):
    """Too many tries in a short time."""

    status, code = 429, "too-many"


class Unavailable(ToolError):
    """A service that we depend on did not answer in time."""

    status, code = 503, "unavailable"
