"""`create_app`: the one module that knows every room, and puts the parts together."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_tool.administration import views as administration
from lti_tool.catalogue import views as catalogue
from lti_tool.clock import Clock, utcnow
from lti_tool.content.library import Library, shipped_parcours_folder
from lti_tool.database import Database
from lti_tool.demo.views import create_blueprint as create_demo
from lti_tool.erasure import erase_person, inactive_people
from lti_tool.espace import views as espace
from lti_tool.jobs.queue import enqueue
from lti_tool.jobs.worker import Done, Handler, Later, Outcome, Worker, queue_depths
from lti_tool.lti import grades
from lti_tool.lti import views as lti
from lti_tool.lti.deep_linking import Placeable
from lti_tool.lti.door import Door
from lti_tool.lti.errors import LaunchRejected, LoginRejected
from lti_tool.lti.jwks import JwksCache
from lti_tool.lti.keys import open_keys
from lti_tool.lti.nonces import forget_expired
from lti_tool.lti.registration import invite
from lti_tool.lti.services import TokenCache
from lti_tool.lti.transport import Transport
from lti_tool.parcours import service as parcours_service
from lti_tool.parcours import views as parcours
from lti_tool.people.pseudonyms import remember_fingerprint
from lti_tool.recording import Recorder
from lti_tool.settings import Settings, SettingsInvalid
from lti_tool.web.languages import init_languages
from lti_tool.web.operations import count_launch, init_operations
from lti_tool.web.pages import init_pages, render_tool_error
from lti_tool.web.readiness import database_answers, migrations_at_head
from lti_tool.web.tool import Tool
from xapi.http import blueprint as xapi_blueprint
from xapi.sql_store import SqlStore
from xapi.validation import Version

MAX_FORM_BYTES = 1 << 20
HOUSEKEEPING = "housekeeping"
HOUSEKEEPING_EVERY = timedelta(hours=1)
ERASED_AT_ONCE = 100
XAPI_MOUNTS: tuple[tuple[str, str, Version], ...] = (
    ("/xapi", "xapi", "1.0.3"),
    ("/xapi/2.0", "xapi_2", "2.0.0"),
)
ROOMS = (parcours.blueprint, espace.blueprint, catalogue.blueprint, *administration.blueprints)


def create_tool(settings: Settings, *, clock: Clock = utcnow) -> Tool:
    """The tool's parts, on a migrated database. Raises `SettingsInvalid`, `PackageInvalid`.

    The database remembers which secret its pseudonyms came from: with another one nobody would be recognised,
    so the tool refuses to start rather than begin everybody's history anew.
    """
    database = Database(settings.database_url)
    keys, secrets = open_keys(settings.keys_dir, clock())
    with database.write() as session:
        if not remember_fingerprint(session, secrets.actor_fingerprint):
            raise SettingsInvalid(
                ["PASSERELLE_KEYS_DIR: actor.secret is not the one that this database's people were named with"]
            )
    library = Library.load(package_folders(settings))
    store = SqlStore()
    transport = Transport(allow_private=settings.allow_private_addresses)

    def placeables(language: str) -> Sequence[Placeable]:
        return parcours_service.placeables(library, language)

    return Tool(
        settings=settings,
        database=database,
        library=library,
        statements=store,
        recorder=Recorder(store, settings),
        door=Door(
            settings=settings,
            database=database,
            keys=keys,
            secrets=secrets,
            transport=transport,
            jwks=JwksCache(transport.get),
            tokens=TokenCache(),
            catalogue=placeables,
            clock=clock,
        ),
        clock=clock,
    )


def package_folders(settings: Settings) -> list[Path]:
    """Where content packages are read from: those that ship, then the operator's own."""
    return [shipped_parcours_folder(), *([settings.packages_dir] if settings.packages_dir else [])]


def create_app(settings: Settings, *, clock: Clock = utcnow) -> Flask:
    """The WSGI application, on a migrated database."""
    tool = create_tool(settings, clock=clock)
    app = Flask("lti_tool", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM_BYTES, MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES)
    app.extensions["passerelle"] = tool
    app.extensions["passerelle.door"] = tool.door
    init_pages(app, settings)
    init_languages(app, settings)
    init_operations(
        app,
        checks={
            "database": lambda: database_answers(tool.database),
            "migrations": lambda: migrations_at_head(tool.database),
            "keys": lambda: bool(tool.door.keys.pairs()),
        },
        queue_depths=lambda: queue_depths(tool.database),
    )
    app.register_blueprint(lti.blueprint)
    for room in ROOMS:
        app.register_blueprint(room)
    # A request that names no version is answered in the mount's: clients of either version feel at home.
    for path, name, version in XAPI_MOUNTS:
        lrs = xapi_blueprint(
            sessions=lambda write: tool.database.write() if write else tool.database.read(),
            store=tool.statements,
            name=name,
            default_version=version,
            home_page=settings.base_url,
            clock=clock,
        )
        app.register_blueprint(lrs, url_prefix=path)
    for rejected in (LoginRejected, LaunchRejected):
        app.register_error_handler(rejected, _refuse_at_the_door)
    app.after_request(_count_good_launch)
    if settings.demo:
        app.register_blueprint(create_demo(settings, lambda: _invite(tool)))
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def create_worker(tool: Tool) -> Worker:
    """The worker of the one queue, with every kind of job that the tool knows."""

    def post_grade(_database: Database, payload: Mapping[str, object]) -> Outcome:
        again = grades.post(tool.door, payload)
        return Later(again) if again else Done()

    def keep_house(database: Database, _payload: Mapping[str, object]) -> Outcome:
        with database.write() as session:
            forget_expired(session, now=tool.clock())
        for _ in range(ERASED_AT_ONCE):
            # Looked for anew within each erasure's transaction: who has just come back is not erased.
            with database.write() as session:
                gone = inactive_people(session, months=tool.settings.retention_months, now=tool.clock(), limit=1)
                if not gone:
                    break
                erase_person(session, gone[0])
        return Later(tool.clock() + HOUSEKEEPING_EVERY)

    with tool.database.write() as session:
        now = tool.clock()
        enqueue(session, HOUSEKEEPING, {}, now=now, run_at=now + HOUSEKEEPING_EVERY, key=HOUSEKEEPING)
    handlers: dict[str, Handler] = {grades.JOB: post_grade, HOUSEKEEPING: keep_house}
    return Worker(tool.database, handlers, tool.clock)


def _refuse_at_the_door(error: LoginRejected | LaunchRejected) -> Response:
    """A refused login or launch: its page, a line in the platform's launch log, and the count."""
    lti.note_refusal(error)
    count_launch(error.code)
    return render_tool_error(error)


def _count_good_launch(response: Response) -> Response:
    if request.endpoint == "lti.launch" and response.status_code == 303:
        count_launch("ok")
    return response


def _invite(tool: Tool) -> str:
    with tool.database.write() as session:
        return invite(session, base_url=tool.settings.base_url, now=tool.clock())
