"""The demonstration ENT on a bare Flask application, and a tool on loopback."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from demo_tool import ROOT, Clock, Tool, Visitor
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.demo import create_blueprint
from lti_tool.demo.ent import EXTENSION
from lti_tool.settings import Settings


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None: ...


class _Client(FlaskClient):
    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", "http://ent.localhost:9")
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def keys() -> dict[str, RSAPrivateKey]:
    return {name: generate_private_key(public_exponent=65537, key_size=2048) for name in ("tool", "stranger")}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tool(clock: Clock, keys: dict[str, RSAPrivateKey]) -> Iterator[Tool]:
    tool = Tool(clock, keys["tool"])
    with make_server("127.0.0.1", 0, tool.jwks, WSGIServer, _Quiet) as server:
        tool.url = f"http://passerelle.localhost:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield tool
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(tool: Tool, tmp_path: Path) -> Settings:
    database = f"sqlite:///{tmp_path / 'tool.sqlite3'}"
    return Settings(base_url=tool.url, demo=True, demo_url=ROOT, database_url=database)


@pytest.fixture
def app(settings: Settings, tool: Tool, clock: Clock) -> Iterator[Flask]:
    app = Flask("bare")
    app.register_blueprint(create_blueprint(settings, lambda: f"{tool.url}/lti/register?invitation=abc", clock=clock))
    yield app
    app.extensions[EXTENSION].database.dispose()


@pytest.fixture
def visitor(app: Flask, tool: Tool) -> Visitor:
    app.test_client_class = _Client
    return Visitor(app.test_client(), tool, app.extensions[EXTENSION])


@pytest.fixture
def installed(visitor: Visitor) -> Visitor:
    visitor.install()
    return visitor
