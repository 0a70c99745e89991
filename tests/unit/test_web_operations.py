import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_tool.settings import load_settings
from lti_tool.web.operations import count_launch, init_operations
from lti_tool.web.pages import init_pages


def browser_of(**checks: bool) -> FlaskClient:
    app = Flask("lti_tool", static_folder=None)
    init_pages(app, load_settings())
    init_operations(
        app,
        checks={name: lambda holds=holds: holds for name, holds in checks.items()},
        queue_depths=lambda: {"grade": 3},
    )

    @app.get("/l/<launch_id>/page")
    def page(launch_id: str) -> str:
        return launch_id

    @app.get("/launched")
    def launched() -> str:
        count_launch("nonce-reused")
        return ""

    return app.test_client()


def test_it_is_alive_whatever_its_database_does() -> None:
    assert browser_of(database=False).get("/livez").status_code == 200


def test_it_is_ready_only_when_every_check_holds() -> None:
    assert browser_of(database=True, keys=True).get("/readyz").status_code == 200
    answer = browser_of(database=True, keys=False).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "checks": {"database": True, "keys": False}}


def test_a_check_that_raises_does_not_hold() -> None:
    def broken() -> bool:
        raise OSError("disk")

    app = Flask("lti_tool", static_folder=None)
    init_pages(app, load_settings())
    init_operations(app, checks={"keys": broken}, queue_depths=dict)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "disk" not in answer.text


def test_requests_are_counted_by_route_and_never_by_launch() -> None:
    browser = browser_of()
    browser.get("/l/secretlaunch/page")
    browser.get("/nowhere/secretlaunch")
    text = browser.get("/metrics").text
    assert 'passerelle_requests_total{method="GET",route="/l/<launch_id>/page",status="200"} 1.0' in text
    assert 'route="unmatched",status="404"' in text
    assert 'passerelle_request_seconds_count{route="/l/<launch_id>/page"} 1.0' in text
    assert "secretlaunch" not in text


def test_a_strange_method_does_not_grow_the_metrics() -> None:
    browser = browser_of()
    browser.open("/livez", method="BREW")
    assert 'method="OTHER"' in browser.get("/metrics").text


def test_launches_are_counted_by_outcome_and_the_queue_is_read_at_each_scrape() -> None:
    browser = browser_of()
    browser.get("/launched")
    text = browser.get("/metrics").text
    assert 'passerelle_launches_total{outcome="nonce-reused"} 1.0' in text
    assert 'passerelle_jobs_waiting{kind="grade"} 3.0' in text


def test_a_request_is_one_line_with_its_route_and_not_its_path(caplog: pytest.LogCaptureFixture) -> None:
    browser = browser_of()
    with caplog.at_level("INFO", logger="lti_tool.access"):
        browser.get("/l/secretlaunch/page?name=Awa")
    (line,) = [record for record in caplog.records if record.name == "lti_tool.access"]
    assert line.__dict__["route"] == "/l/<launch_id>/page"
    assert line.__dict__["status"] == 200
    assert "secretlaunch" not in str(line.__dict__)


def test_several_processes_count_together(tmp_path: Path) -> None:
    script = (
        "from test_web_operations import browser_of\n"
        "browser = browser_of()\n"
        "browser.get('/l/x/page')\n"
        "print(browser.get('/metrics').text)\n"
    )
    here = Path(__file__).parent
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "PYTHONPATH": f"{here}{os.pathsep}{here.parents[1]}",
    }
    for expected in ("1.0", "2.0"):
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        line = 'passerelle_requests_total{method="GET",route="/l/<launch_id>/page",status="200"} '
        assert line + expected in run.stdout
