"""The parts that every view works with, made once by `create_app`."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from lti_tool.clock import Clock
from lti_tool.content.library import Library
from lti_tool.database import Database
from lti_tool.lti.door import Door
from lti_tool.recording import Recorder
from lti_tool.settings import Settings
from xapi.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Tool:
    """The tool's parts; nothing in it changes after start-up."""

    settings: Settings
    database: Database
    library: Library
    statements: SqlStore
    recorder: Recorder
    door: Door
    clock: Clock


def current_tool() -> Tool:
    """The parts of the application that serves this request."""
    return cast("Tool", current_app.extensions["passerelle"])
