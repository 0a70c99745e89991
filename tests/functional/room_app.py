"""A small application around rooms' blueprints, made of real parts, and ways to come in without a platform."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Blueprint, Flask
from flask.testing import FlaskClient

from lti_tool.content.library import Library, shipped_parcours_folder
from lti_tool.database import Base, Database
from lti_tool.lti import cookies
from lti_tool.lti.door import Door
from lti_tool.lti.jwks import JwksCache
from lti_tool.lti.keys import open_keys
from lti_tool.lti.launch import Audience, Launch
from lti_tool.lti.model import Client, Deployment, DeploymentState, LaunchRecord, Platform
from lti_tool.lti.roles import Role
from lti_tool.lti.services import TokenCache
from lti_tool.lti.sessions import load_launch
from lti_tool.lti.transport import Transport
from lti_tool.people.model import Person
from lti_tool.recording import Recorder
from lti_tool.settings import load_settings
from lti_tool.web.languages import init_languages
from lti_tool.web.operations import init_operations
from lti_tool.web.pages import init_pages
from lti_tool.web.tool import Tool
from xapi import sql_store
from xapi.sql_store import SqlStore

START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
ISSUER = "https://ent.example"


@dataclass
class RoomApp:
    """The application, its parts, and a clock that stands still until moved."""

    tool: Tool
    app: Flask
    now: list[datetime]
    platform_id: int
    deployment_pk: int
    people: dict[str, int] = field(default_factory=dict)
    entered: int = 0

    def enter(
        self,
        who: str = "Awa",
        *,
        audience: Audience = Audience.PARENT,
        kind: str | None = None,
        target: str | None = None,
        language: str | None = "fr",
        notice_seen: bool = True,
    ) -> tuple[FlaskClient, str]:
        """Come in as somebody: a browser that holds the launch's cookie, and the root path of the launch."""
        self.entered += 1
        launch_id = f"launch{self.entered}"
        with self.tool.database.write() as session:
            if who not in self.people:
                person = Person(
                    platform_id=self.platform_id,
                    subject=f"sub-{who}",
                    pseudonym=self.tool.door.secrets.pseudonym(ISSUER, f"sub-{who}"),
                    name=who,
                    notice_seen_at=START if notice_seen else None,
                    created_at=START,
                    last_seen_at=START,
                )
                session.add(person)
                session.flush()
                self.people[who] = person.id
            session.add(
                LaunchRecord(
                    id=launch_id,
                    deployment_pk=self.deployment_pk,
                    person_id=self.people[who],
                    message="resource",
                    kind=kind,
                    target=target,
                    roles=[Role.LEARNER if audience is Audience.PARENT else Role.INSTRUCTOR],
                    audience=audience,
                    language=language,
                    created_at=self.now[0],
                    expires_at=self.now[0] + timedelta(hours=12),
                )
            )
        browser = self.app.test_client()
        name = cookies.launch_name(self.tool.settings, launch_id)
        browser.set_cookie(name, self.tool.door.secrets.sign("launch", launch_id))
        return browser, f"/l/{launch_id}/"

    def launch(self, root: str) -> Launch:
        """The launch whose pages stand under `root`."""
        launch_id = root.split("/")[2]
        name = cookies.launch_name(self.tool.settings, launch_id)
        headers = {"Cookie": f"{name}={self.tool.door.secrets.sign('launch', launch_id)}"}
        with self.app.test_request_context(root, headers=headers) as context:
            return load_launch(self.tool.door, launch_id, context.request, now=self.now[0])

    def token(self, root: str) -> dict[str, str]:
        """The form token of a launch, as a form's field."""
        return {"_csrf": self.tool.door.secrets.sign("csrf", root.split("/")[2])}


def room_app(folder: Path, *blueprints: Blueprint, **settings: object) -> RoomApp:
    """An application with these blueprints, on an empty SQLite database under `folder`."""
    read = load_settings(database_url=f"sqlite:///{folder}/test.sqlite3", keys_dir=folder / "keys", **settings)
    database = Database(read.database_url)
    Base.metadata.create_all(database.engine)
    sql_store.metadata.create_all(database.engine)
    now = [START]
    keys, secrets = open_keys(read.keys_dir, START)
    transport = Transport(allow_private=False)
    door = Door(
        settings=read,
        database=database,
        keys=keys,
        secrets=secrets,
        transport=transport,
        jwks=JwksCache(transport.get),
        tokens=TokenCache(),
        catalogue=lambda _language: (),
        clock=lambda: now[0],
    )
    store = SqlStore()
    library = Library.load([shipped_parcours_folder()])
    tool = Tool(read, database, library, store, Recorder(store, read), door, door.clock)
    app = Flask("lti_tool", static_folder=None)
    app.extensions["passerelle"] = tool
    app.extensions["passerelle.door"] = door
    init_languages(app, read)
    init_pages(app, read)
    init_operations(app, checks={"database": lambda: True}, queue_depths=dict)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    with database.write() as session:
        platform = Platform(
            issuer=ISSUER, name="ENT d’essai", jwks_url=f"{ISSUER}/jwks", frame_ancestors=[], created_at=START
        )
        client = Client(
            platform=platform,
            client_id="c",
            authorization_url=f"{ISSUER}/auth",
            token_url=f"{ISSUER}/token",
            created_at=START,
        )
        deployment = Deployment(client=client, deployment_id="1", state=DeploymentState.ACCEPTED, seen_at=START)
        session.add(deployment)
        session.flush()
        platform_id, deployment_pk = platform.id, deployment.id
    return RoomApp(tool, app, now, platform_id, deployment_pk)
