"""The running demonstration ENT: what its pages and services share."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, current_app

from lti_tool import __version__
from lti_tool.clock import Clock
from lti_tool.demo.platform import Identity
from lti_tool.demo.storage import database_url, load_identity, open_database
from lti_tool.lti.transport import Transport
from lti_tool.settings import Settings, SettingsInvalid, is_loopback

EXTENSION = "demo_ent"


class Ent:
    """The ENT's addresses, its database, its clock, and its way to the tool.

    It keeps nothing in memory that changes: several worker processes serve the same ENT.
    """

    version = __version__

    def __init__(self, settings: Settings, make_invitation: Callable[[], str], clock: Clock) -> None:
        check_loopback(settings)
        self.root = settings.demo_root
        self.origin = f"{urlsplit(self.root).scheme}://{urlsplit(self.root).netloc}"
        self.host = urlsplit(self.root).netloc.removesuffix(":443" if self.root.startswith("https") else ":80")
        self.secure = self.root.startswith("https://")
        self.tool_origin = settings.base_url
        self.make_invitation = make_invitation
        self.clock = clock
        self.transport = Transport(allow_private=True)
        url = database_url(settings.database_url)
        self.database = open_database(url, issuer=self.root, tool=self.tool_origin)

    def url(self, path: str = "") -> str:
        """The absolute address of one of the ENT's pages."""
        return f"{self.root}/{path}"

    def identity(self) -> Identity:
        """Who the ENT is now."""
        with self.database.read() as session:
            return load_identity(session)

    def attach(self, blueprint: Blueprint) -> None:
        """Let views find it, once the blueprint is registered with an application."""
        blueprint.record(lambda state: state.app.extensions.__setitem__(EXTENSION, self))


def current_ent() -> Ent:
    """The ENT of the application that serves the request."""
    ent: Ent = current_app.extensions[EXTENSION]
    return ent


def check_loopback(settings: Settings) -> None:
    """Refuse to start where somebody else could come by: anyone may be anyone here. Raises `SettingsInvalid`."""
    faults = []
    for name, url in (("PASSERELLE_BASE_URL", settings.base_url), ("PASSERELLE_DEMO_URL", settings.demo_root)):
        if not is_loopback(urlsplit(url).hostname or ""):
            faults.append(f"{name}: the demonstration ENT lets anyone be anyone; it runs on loopback only")
    if urlsplit(settings.demo_root).path != "/demo":
        faults.append("PASSERELLE_DEMO_URL: the demonstration ENT is served under /demo; its URL must end there")
    if faults:
        raise SettingsInvalid(faults)
