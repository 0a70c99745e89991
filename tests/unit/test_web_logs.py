import json
import logging
import sys
from collections.abc import Iterator

import pytest
from flask import Flask, g

from lti_tool.web.logs import JsonFormatter, init_logging


def record(**given: object) -> logging.LogRecord:
    made = logging.LogRecord("lti_tool.x", logging.INFO, __file__, 1, "refused", (), None)
    made.__dict__.update(given)
    return made


def trace_of(error: Exception, *, messages: bool = False) -> str:
    try:
        raise error
    except Exception:
        made = record(exc_info=sys.exc_info())
    return JsonFormatter(messages=messages).format(made)


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_record_is_one_line_of_json_with_its_own_fields() -> None:
    line = JsonFormatter().format(record(code="not-found", status=404))
    assert "\n" not in line
    read = json.loads(line)
    assert (read["event"], read["level"], read["code"], read["status"]) == ("refused", "info", "not-found", 404)


def test_a_line_of_a_request_holds_its_reference() -> None:
    with Flask("x").test_request_context("/"):
        g.reference = "ABCD2345"
        assert json.loads(JsonFormatter().format(record()))["request"] == "ABCD2345"


def test_a_trace_says_where_and_which_kind_but_not_what_somebody_wrote() -> None:
    line = trace_of(ValueError("Mme Diallo"))
    assert "Diallo" not in line
    read = json.loads(line)
    assert read["error"] == "ValueError"
    assert "test_web_logs.py" in "".join(read["trace"])


def test_a_trace_follows_its_causes() -> None:
    cause = KeyError("secret")
    error = RuntimeError("secret")
    error.__cause__ = cause
    read = json.loads(trace_of(error))
    assert "KeyError" in read["trace"]
    assert "secret" not in str(read)


def test_messages_are_there_when_the_operator_asks_for_everything() -> None:
    assert "Mme Diallo" in trace_of(ValueError("Mme Diallo"), messages=True)


@pytest.mark.usefixtures("logging_restored")
def test_logging_goes_to_standard_error_once_and_hushes_raw_paths(capsys: pytest.CaptureFixture[str]) -> None:
    init_logging("INFO")
    init_logging("INFO")
    logging.getLogger("lti_tool.x").info("hello")
    logging.getLogger("werkzeug").info("GET /l/secret")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["hello"]
