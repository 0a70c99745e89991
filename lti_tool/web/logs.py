"""Logs: one JSON object a line, with the request's reference and no personal data."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType

from flask import g, has_request_context

_PLAIN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_CHATTY = ("werkzeug", "gunicorn.access", "alembic")
"""Loggers whose lines hold raw paths and addresses (ours say the same without), or say what nobody asked."""


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: `at`, `level`, `logger`, `event`, `request`, and the record's `extra` fields.

    A trace holds files, lines and the exceptions' types. Their messages, which may quote what somebody wrote, are
    left out unless `messages` is set (level DEBUG).
    """

    def __init__(self, *, messages: bool = False) -> None:
        super().__init__()
        self.messages = messages

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if has_request_context() and "reference" in g:
            line["request"] = g.reference
        line.update({name: value for name, value in record.__dict__.items() if name not in _PLAIN})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__qualname__
            line["trace"] = self._trace(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)

    def _trace(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> list[str]:
        if self.messages:
            return "".join(traceback.format_exception(*exc_info)).splitlines()
        lines: list[str] = []
        error: BaseException | None = exc_info[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            lines.append(type(error).__qualname__)
            lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return lines


def init_logging(level: str) -> None:
    """Send every logger's records of `level` and above to standard error as JSON, once a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(messages=level == "DEBUG"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
