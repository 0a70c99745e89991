"""A small school for the tests of parcours: a real database file, a real store, a platform with its people."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from lti_tool.content.library import Library
from lti_tool.database import Database
from lti_tool.lti.launch import Audience, Launch, Message
from lti_tool.lti.model import Client, Deployment, DeploymentState, Platform
from lti_tool.lti.roles import Role
from lti_tool.models import metadata
from lti_tool.parcours import service
from lti_tool.parcours.statements import Visit
from lti_tool.people.model import Context, Person, Placement
from lti_tool.recording import Recorder
from lti_tool.settings import Settings
from xapi.query import StatementQuery
from xapi.sql_store import SqlStore

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LINE_ITEM = "https://moodle.example/lineitems/7/lineitem"

PACKAGE = """\
format: 1
id: petit-parcours
version: 1.0.0
licence: CC-BY-4.0
published: 2026-11-24
language: fr
audience: parent
title: Petit parcours
summary: Trois questions et un écran.
competences: ["5.2", "2.1"]
duration_minutes: 5
pass_mark: 0.6
intro: Bienvenue.
outro: Au revoir.
items:
  - id: choix
    kind: choice
    competences: ["5.2"]
    level: 1
    skill: dire à quoi sert un ENT
    prompt: À quoi sert un ENT ?
    hint: Pensez à l’école.
    options:
      - {id: a, text: À suivre la scolarité, right: true}
      - {id: b, text: À acheter des livres, feedback: "Les livres, c’est ailleurs."}
    feedback:
      right: Oui, c’est le site de l’école.
      wrong: C’est le site de l’école.
      unknown: On l’apprend ici.
    resource: {title: En savoir plus, url: "https://www.education.gouv.fr/"}
  - id: serie
    kind: series
    competences: ["5.2"]
    level: 1
    skill: distinguer le vrai du faux
    prompt: Vrai ou faux ?
    statements:
      - {id: s1, text: Un, correct: true}
      - {id: s2, text: Deux, correct: false}
    feedback: {right: Bien., wrong: Relisons.}
  - id: mot
    kind: text
    competences: ["2.1"]
    level: 1
    skill: nommer le service
    prompt: Quel est son nom ?
    variants:
      - {id: educonnect, text: [ÉduConnect]}
    feedback: {right: Bien., wrong: C’est ÉduConnect.}
  - id: ecran
    kind: situation
    competences: ["2.1"]
    level: 2
    skill: lire un message
    prompt: Vous êtes dans l’ENT.
    goal_text: Ouvrez le message, puis répondez « oui ».
    start: accueil
    variables: {lu: false, envoye: false, texte: "", faux: false}
    screens:
      - id: accueil
        frame: ent
        title: Accueil
        address: https://ent.example/
        areas:
          - {id: h, type: heading, text: Bonjour}
          - {id: t-mail, type: tile, text: Messagerie, detail: 1 message, go: messages}
          - {id: t-notes, type: tile, text: Notes, say: "Ici, les **notes**."}
      - id: messages
        frame: mail
        title: Messages
        areas:
          - {id: r-un, type: row, text: Mme Bertin, set: {lu: true}}
          - {id: r-deux, type: row, text: Publicité, set: {faux: true}}
          - {id: f-texte, type: field, label: Réponse, variable: texte}
          - {id: b-envoyer, type: button, text: Envoyer, set: {envoye: true}, when: {variable: lu, equals: true}}
          - {id: k, type: back, text: Retour, go: accueil}
    goal: {all: [{variable: envoye, equals: true}, {variable: texte, matches: [oui]}]}
    steps:
      - {id: lire, text: Ouvrir le message, when: {variable: lu, equals: true}}
      - {id: repondre, text: Répondre, when: {variable: envoye, equals: true}}
    mistakes:
      - {when: {variable: faux, equals: true}, feedback: "La publicité n’est pas le message."}
    feedback: {right: Bien joué., wrong: Le message est dans la messagerie.}
"""


def write_package(folder: Path, *, text: str = PACKAGE) -> Path:
    """The small package in a folder of packages, which is returned."""
    package = folder / "petit-parcours"
    package.mkdir(parents=True, exist_ok=True)
    (package / "parcours.yaml").write_text(text, encoding="utf-8")
    return folder


@dataclass
class World:
    """One platform, two courses, and as many people as are asked for."""

    database: Database
    library: Library
    settings: Settings
    store: SqlStore
    recorder: Recorder
    now: datetime = START

    @classmethod
    def make(cls, folder: Path, url: str | None = None) -> "World":
        settings = Settings(database_url=url or f"sqlite:///{folder}/tool.sqlite3")
        database = Database(settings.database_url)
        for tables in metadata:
            tables.create_all(database.engine)
        store = SqlStore()
        library = Library.load([write_package(folder / "packages")])
        world = cls(database, library, settings, store, Recorder(store, settings))
        with database.write() as session:
            _found(session, world.now)
        return world

    def person(self, number: int) -> Launch:
        """A parent of the first course, and their first launch."""
        with self.database.write() as session:
            session.add(
                Person(
                    id=number,
                    platform_id=1,
                    subject=f"sub-{number}",
                    pseudonym=f"pseudonym-{number}",
                    created_at=self.now,
                    last_seen_at=self.now,
                    notice_seen_at=self.now,
                )
            )
        return launch(number)

    def visit(self, who: Launch, *, parcours: str = "petit-parcours", language: str = "fr") -> Visit:
        self.now += timedelta(seconds=10)
        found = service.find(self.library, parcours, language)
        return Visit(launch=who, parcours=found, recorder=self.recorder, now=self.now)

    def start(self, who: Launch) -> str:
        visit = self.visit(who)
        with self.database.write() as session:
            return service.start(session, visit, new_id=uuid4())

    def answer(self, who: Launch, attempt: str, question: int, submission: service.Submission) -> None:
        visit = self.visit(who)
        with self.database.write() as session:
            service.answer(session, visit, attempt, question, submission)

    def act(self, who: Launch, attempt: str, question: int, move: service.Move) -> None:
        visit = self.visit(who)
        with self.database.write() as session:
            service.act(session, visit, attempt, question, move)

    def standing(self, who: Launch, attempt: str) -> service.Standing:
        with self.database.read() as session:
            return service.standing(session, self.visit(who), attempt)

    def statements(self, *, registration: str | None = None) -> list[dict[str, Any]]:
        """What the store holds, oldest first."""
        query = StatementQuery(registration=UUID(registration) if registration else None, ascending=True)
        with self.database.read() as session:
            return self.store.search(session, query, scope=None).statements

    def verbs(self, registration: str | None = None) -> list[str]:
        return [each["verb"]["id"].rpartition("/")[2] for each in self.statements(registration=registration)]


def _found(session: Session, now: datetime) -> None:
    session.add(
        Platform(
            id=1,
            issuer="https://moodle.example",
            name="Moodle",
            product="moodle",
            jwks_url="https://moodle.example/jwks",
            created_at=now,
        )
    )
    session.flush()
    session.add(
        Client(
            id=1,
            platform_id=1,
            client_id="abc",
            authorization_url="https://moodle.example/auth",
            token_url="https://moodle.example/token",
            created_at=now,
        )
    )
    session.flush()
    session.add(Deployment(id=1, client_pk=1, deployment_id="1", state=DeploymentState.ACCEPTED.value, seen_at=now))
    session.flush()
    for number in (1, 2):
        session.add(Context(id=number, deployment_id=1, lti_id=f"course-{number}", title=f"Classe {number}"))
        session.flush()
        session.add(
            Placement(
                id=number,
                deployment_id=1,
                context_id=number,
                resource_link_id=f"link-{number}",
                title="Petit parcours",
                kind="parcours",
                target="petit-parcours",
                wants_grade=True,
                line_item=LINE_ITEM,
            )
        )
    session.flush()


def launch(person: int, **changes: Any) -> Launch:
    """A parent's launch of the first placement, without a grade."""
    plain = Launch(
        id=f"launch-{person}",
        message=Message.RESOURCE,
        platform_id=1,
        platform_issuer="https://moodle.example",
        platform_product="moodle",
        frame_ancestors=("https://moodle.example",),
        client_pk=1,
        deployment_pk=1,
        person_id=person,
        pseudonym=f"pseudonym-{person}",
        person_name=None,
        person_language=None,
        notice_seen=True,
        context_id=1,
        context_title="Classe 1",
        context_lti_id="course-1",
        school_id=None,
        school_uai=None,
        placement_id=1,
        placement_title="Petit parcours",
        wants_grade=False,
        kind="parcours",
        target="petit-parcours",
        roles=frozenset({Role.LEARNER}),
        audience=Audience.PARENT,
        language="fr",
        return_url=None,
    )
    return replace(plain, **changes)
