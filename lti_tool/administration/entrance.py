"""The operator's way in: a single-use link made at the command line, then a signed session of two hours.

Both are signed with the tool's secret; making a link writes nothing, spending it is one insert.
"""

import secrets as randomness
from datetime import UTC, datetime, timedelta

from lti_tool.errors import Refused
from lti_tool.lti.door import Door
from lti_tool.lti.errors import NonceReused
from lti_tool.lti.keys import Secrets
from lti_tool.lti.nonces import spend

LINK_LIFETIME = timedelta(minutes=15)
SESSION_LIFETIME = timedelta(hours=2)
PATH = "/administration/entree/"


class AdminLinkSpent(Refused):
    """An administrator's link was already used, is too old, or is not ours."""

    status, code = 403, "admin-link-spent"


class AdminSessionLost(Refused):
    """The operator's pages are opened without their session, or after it has ended."""

    status, code = 401, "admin-session-lost"


def make_link(secrets: Secrets, *, base_url: str, now: datetime) -> str:
    """An address that opens the administration once, within `LINK_LIFETIME`."""
    return f"{base_url}{PATH}{_signed(secrets, 'admin-link', randomness.token_urlsafe(18), now + LINK_LIFETIME)}"


def spend_link(door: Door, token: str) -> str:
    """Use a link up; gives the value of the session's cookie. Raises `AdminLinkSpent`."""
    now = door.clock()
    read = _read(door.secrets, "admin-link", token)
    if read is None or read[1] < now:
        raise AdminLinkSpent("not ours, or too old")
    identifier, expires_at = read
    try:
        with door.database.write() as session:
            spend(session, "admin", identifier, expires_at=expires_at)
    except NonceReused as error:
        raise AdminLinkSpent("used") from error
    return _signed(door.secrets, "admin-session", randomness.token_urlsafe(18), now + SESSION_LIFETIME)


def read_session(secrets: Secrets, cookie: str, *, now: datetime) -> str:
    """The id of the operator's session, from its cookie. Raises `AdminSessionLost`."""
    read = _read(secrets, "admin-session", cookie)
    if read is None or read[1] < now:
        raise AdminSessionLost("no session")
    return read[0]


def _signed(secrets: Secrets, purpose: str, identifier: str, expires_at: datetime) -> str:
    value = f"{identifier}.{int(expires_at.timestamp())}"
    return f"{value}.{secrets.sign(purpose, value)}"


def _read(secrets: Secrets, purpose: str, signed: str) -> tuple[str, datetime] | None:
    value, _dot, signature = signed[:256].rpartition(".")
    if not signature.isascii() or not secrets.verify(purpose, value, signature):
        return None
    identifier, _dot, moment = value.rpartition(".")
    return identifier, datetime.fromtimestamp(int(moment), UTC)
