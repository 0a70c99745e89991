"""The parts that the front door works with, made once by `create_app`."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from lti_tool.clock import Clock
from lti_tool.database import Database
from lti_tool.lti.deep_linking import Catalogue
from lti_tool.lti.jwks import JwksCache
from lti_tool.lti.keys import KeyRing, Secrets
from lti_tool.lti.services import TokenCache
from lti_tool.lti.transport import Transport
from lti_tool.settings import Settings


@dataclass(frozen=True, slots=True)
class Door:
    """Settings, database, keys, and the caches of a process. `catalogue` lists what a teacher may place."""

    settings: Settings
    database: Database
    keys: KeyRing
    secrets: Secrets
    transport: Transport
    jwks: JwksCache
    tokens: TokenCache
    catalogue: Catalogue
    clock: Clock


def current_door() -> Door:
    """The front door of the application that serves this request."""
    return cast("Door", current_app.extensions["passerelle.door"])
