"""The whole tool as a school installs it, a browser that comes to it, and what a refusal must look like."""

import json
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from fake_platform import Asked, Claims, FakePlatform, served
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import inspect, select
from werkzeug.test import Client as WerkzeugClient
from werkzeug.test import TestResponse

from lti_tool import models
from lti_tool.app import create_app, create_worker
from lti_tool.database import Database
from lti_tool.lti import cookies
from lti_tool.lti.keys import open_keys
from lti_tool.lti.launch import Launch
from lti_tool.lti.model import LaunchLog
from lti_tool.lti.platforms import ClientDetails, save_client
from lti_tool.lti.sessions import load_launch
from lti_tool.schema import upgrade
from lti_tool.settings import load_settings
from lti_tool.web.logs import JsonFormatter
from lti_tool.web.tool import Tool

BASE_URL = "https://tool.example.test"
PARCOURS = "mon-ent-et-educonnect"


class _Compiled(BytecodeCache):
    """Templates compiled once for the many applications of a test run."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.code[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()


class Clock:
    """The present moment, which a test may move or stop."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.still: datetime | None = None

    def __call__(self) -> datetime:
        return (self.still or datetime.now(UTC)) + self.offset

    def advance(self, **by: float) -> None:
        self.offset += timedelta(**by)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Installation:
    """The tool, installed: its application, its parts, its clock and its log."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self.tool: Tool = app.extensions["passerelle"]
        self._log = _Lines()
        logger = logging.getLogger("lti_tool")
        logger.addHandler(self._log)
        logger.setLevel(logging.INFO)

    @property
    def base_url(self) -> str:
        return self.tool.settings.base_url

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log's lines so far."""
        return [json.loads(line) for line in self._log.lines]

    @property
    def log_text(self) -> str:
        return "\n".join(self._log.lines)

    def close(self) -> None:
        logging.getLogger("lti_tool").removeHandler(self._log)
        self.tool.door.transport.session.close()
        self.tool.database.dispose()

    def browser(self, language: str = "fr") -> "Browser":
        """Somebody's browser, without a cookie."""
        return Browser(self, language)

    def welcome(
        self, platform: FakePlatform, client_id: str = "client-1", deployment: str = "1", **details: Any
    ) -> int:
        """Register a platform's client by hand, its deployment accepted; gives the client's row."""
        platform.tool_keys = self.tool.door.keys.jwks
        wanted = ClientDetails(
            issuer=platform.issuer,
            client_id=client_id,
            authorization_url=f"{platform.url}/auth",
            token_url=f"{platform.url}/token",
            jwks_url=platform.jwks_url,
            product="moodle",
            deployment_id=deployment,
            **details,
        )
        with self.tool.database.write() as session:
            return save_client(session, wanted, now=self.clock()).id

    def rows(self, *, but: tuple[str, ...] = ("launch_log",)) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is stored, table by table."""
        found = {}
        present = set(inspect(self.tool.database.engine).get_table_names())
        with self.tool.database.read() as session:
            for metadata in models.metadata:
                for table in metadata.sorted_tables:
                    if table.name in present and table.name not in but:
                        rows = session.execute(select(table).order_by(*table.primary_key.columns))
                        found[table.name] = [tuple(row) for row in rows]
        return found

    def count(self, table: str) -> int:
        return len(self.rows(but=())[table])

    def launch_log(self) -> list[LaunchLog]:
        with self.tool.database.read() as session:
            return list(session.scalars(select(LaunchLog).order_by(LaunchLog.id)))

    def work(self) -> bool:
        """Let the worker do one job."""
        return create_worker(self.tool).run_once()


class Browser:
    """A browser with its own cookies; it speaks to one installation and to fake platforms."""

    def __init__(self, installation: Installation, language: str = "fr") -> None:
        self.installation = installation
        self.base_url = installation.base_url
        self.client = WerkzeugClient(installation.app, TestResponse)
        self.headers = {"Accept-Language": language, "User-Agent": "Mozilla/5.0"}

    def get(self, address: str, **options: Any) -> TestResponse:
        return self._open("GET", address, **options)

    def post(self, address: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        return self._open("POST", address, data=dict(data or {}), **options)

    def _open(self, method: str, address: str, **options: Any) -> TestResponse:
        assert not address.startswith("http") or address.startswith(self.base_url), address
        path = address.removeprefix(self.base_url)
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(path, method=method, base_url=self.base_url, headers=headers, **options)

    def cookies(self) -> dict[str, str]:
        """The cookies that it holds for the tool."""
        found = (self.client._cookies or {}).values()
        return {cookie.key: cookie.value for cookie in found}

    def like(self) -> "Browser":
        """Another window of the same browser: the cookies of this moment."""
        other = Browser(self.installation, self.headers["Accept-Language"])
        assert other.client._cookies is not None
        other.client._cookies.update(self.client._cookies or {})
        return other

    # A launch, step by step

    def login_fields(self, platform: FakePlatform, changes: Mapping[str, Any] | None = None) -> dict[str, str]:
        fields: dict[str, Any] = {
            "iss": platform.issuer,
            "target_link_uri": f"{self.base_url}/lti/launch",
            "login_hint": "42",
            "lti_message_hint": '{"cmid":7,"launchid":"ltilaunch7_1"}',
            "client_id": "client-1",
            "lti_deployment_id": "1",
        } | dict(changes or {})
        return {name: value for name, value in fields.items() if value is not ...}

    def login(self, platform: FakePlatform, method: str = "POST", **changes: Any) -> TestResponse:
        """Third-party initiated login, by way of the probe at a first visit; gives the last answer."""
        fields = self.login_fields(platform, changes)
        answer = self.post("/lti/login", fields) if method == "POST" else self.get("/lti/login", query_string=fields)
        if answer.status_code == 303:
            answer = self.get(answer.headers["Location"])
        return answer

    def begin(self, platform: FakePlatform, method: str = "POST", **changes: Any) -> Asked:
        """Log in; gives what the tool asks of the platform."""
        answer = self.login(platform, method, **changes)
        assert answer.status_code == 302, answer.text
        return asked(answer)

    def answer(self, asked: Asked, id_token: str, **fields: str) -> TestResponse:
        """Post a token as the platform's page does."""
        return self.post("/lti/launch", {"state": asked.state, "id_token": id_token} | fields)

    def launch(self, platform: FakePlatform, changes: Mapping[str, Any] | None = None, **login: Any) -> TestResponse:
        """A whole launch; gives the answer to the token."""
        asked = self.begin(platform, **login)
        return self.answer(asked, platform.sign(platform.claims(asked, changes)))

    def choose(self, platform: FakePlatform, changes: Mapping[str, Any] | None = None) -> TestResponse:
        """A whole deep-linking launch; gives the answer to the token."""
        asked = self.begin(platform)
        return self.answer(asked, platform.sign(platform.deep_linking_claims(asked, changes)))

    def enter(self, platform: FakePlatform, changes: Mapping[str, Any] | None = None, **login: Any) -> str:
        """A launch that must be let in; gives the path of its first page."""
        return entered(self.launch(platform, changes, **login))

    def launched(self, page: str) -> Launch:
        """The launch whose page this is, as rooms receive it."""
        installation = self.installation
        launch_id = page.split("/")[2]
        name = cookies.launch_name(installation.tool.settings, launch_id)
        headers = {"Cookie": f"{name}={self.cookies()[name]}"}
        with installation.app.test_request_context(page, headers=headers) as context:
            return load_launch(installation.tool.door, launch_id, context.request, now=installation.clock())


def asked(answer: TestResponse) -> Asked:
    """What a redirect to the platform asks."""
    url = answer.headers["Location"]
    return Asked(url, dict(parse_qsl(urlsplit(url).query)))


def entered(answer: TestResponse) -> str:
    """The path of the page that an accepted launch leads to."""
    assert answer.status_code == 303, answer.text
    path = answer.headers["Location"]
    assert path.startswith("/l/"), path
    return path


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def title(page: str) -> str:
    """What a page's heading says, its spaces made plain."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


def reference(page: str) -> str:
    """The reference that a refusal shows."""
    found = re.search(r'data-test="reference">([2-9A-Z]{8})<', page)
    assert found, page
    return found[1]


def texts(value: object) -> Iterator[str]:
    """Every text within claims."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)


def quoted(page: str, claims: Claims | None) -> list[str]:
    """What a page repeats of claims: nothing, in a refusal."""
    shown = unescape(page)
    return [text for text in texts(claims or {}) if len(text) >= 6 and text in shown]


# Fixtures, to be imported by a folder's conftest


@pytest.fixture(scope="session")
def platform_keys() -> dict[str, RSAPrivateKey]:
    """The keys that platforms, and those who would be one, sign with."""
    return {name: generate_private_key(public_exponent=65537, key_size=2048) for name in ("key-1", "key-2", "stranger")}


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool's own keys, made once."""
    folder = tmp_path_factory.mktemp("keys")
    open_keys(folder, datetime.now(UTC))
    return folder


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "tool.sqlite3"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


Install = Callable[..., Installation]


@contextmanager
def installing(keys_dir: Path, empty_database: Path, folder: Path) -> Iterator[Install]:
    """A function that installs the tool, with other settings where they are given."""
    made: list[Installation] = []

    def install(**settings: Any) -> Installation:
        if "database_url" not in settings:
            path = folder / f"tool-{len(made)}.sqlite3"
            shutil.copy(empty_database, path)
            settings["database_url"] = f"sqlite:///{path}"
        wanted = {"base_url": BASE_URL, "keys_dir": keys_dir, "allow_private_addresses": True} | settings
        clock = Clock()
        app = create_app(load_settings(**wanted), clock=clock)
        app.jinja_env.bytecode_cache = COMPILED
        installation = Installation(app, clock)
        made.append(installation)
        return installation

    yield install
    for installation in made:
        installation.close()


@pytest.fixture
def install(keys_dir: Path, empty_database: Path, tmp_path: Path) -> Iterator[Install]:
    """Installs the tool, on SQLite and https unless settings say otherwise."""
    with installing(keys_dir, empty_database, tmp_path) as function:
        yield function


@pytest.fixture
def installation(install: Install) -> Installation:
    """The tool on https://tool.example.test and an empty SQLite database."""
    return install()


@pytest.fixture(scope="module")
def shared_installation(
    keys_dir: Path, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One for a whole module, whose tests then take it for `installation`: each still has a platform of its own."""
    with installing(keys_dir, empty_database, tmp_path_factory.mktemp("shared")) as function:
        yield function()


@pytest.fixture
def platform(installation: Installation, platform_keys: dict[str, RSAPrivateKey]) -> Iterator[FakePlatform]:
    """A platform that the tool knows, with one client and one accepted deployment."""
    with served(FakePlatform(platform_keys, installation.base_url)) as platform:
        installation.welcome(platform)
        yield platform


@pytest.fixture
def other_platform(installation: Installation, platform_keys: dict[str, RSAPrivateKey]) -> Iterator[FakePlatform]:
    """Another platform that the tool knows, with a key of its own."""
    with served(FakePlatform({"key-2": platform_keys["key-2"]}, installation.base_url)) as platform:
        installation.welcome(platform)
        yield platform


@pytest.fixture
def browser(installation: Installation) -> Browser:
    """A parent's browser at its first visit."""
    return installation.browser()
