"""Mon espace's use cases: read a person's statements, hand their data over, remember their choices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.espace.history import VERBS, Story, read_stories
from lti_tool.lti.launch import Launch
from lti_tool.lti.model import Grade, Platform
from lti_tool.people.model import Context, Membership, Person, Placement
from lti_tool.settings import Language
from lti_tool.web.holdings import Held
from xapi.query import StatementQuery, decode_cursor
from xapi.sql_store import SqlStore
from xapi.statements import account_actor
from xapi.store import Scope

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Identity:
    """What the tool knows of who somebody is."""

    name: str | None
    platform: str
    pseudonym: str
    since: datetime
    last_seen: datetime

    @property
    def reference(self) -> str:
        """The part of the pseudonym to quote when writing about one's data."""
        return self.pseudonym[:12]


def statements_of(session: Session, store: SqlStore, launch: Launch, *, verb: str | None = None) -> Iterator[Json]:
    """Every statement about the launch's person on their platform, the oldest first."""
    query = StatementQuery(agent=account_actor(launch.platform_issuer, launch.pseudonym), verb=verb, ascending=True)
    scope = Scope(platform=str(launch.platform_id))
    while True:
        page = store.search(session, query, scope=scope)
        yield from page.statements
        if page.cursor is None:
            return
        query = decode_cursor(page.cursor)


def latest_statements(session: Session, store: SqlStore, launch: Launch, *, limit: int) -> list[dict[str, Any]]:
    """The last statements about the launch's person, the newest first."""
    agent = account_actor(launch.platform_issuer, launch.pseudonym)
    query = StatementQuery(agent=agent, limit=limit)
    return store.search(session, query, scope=Scope(platform=str(launch.platform_id))).statements


def stories(session: Session, store: SqlStore, launch: Launch, *, base_iri: str) -> list[Story]:
    """What the launch's person began and finished, the latest first."""
    found = [statement for verb in VERBS for statement in statements_of(session, store, launch, verb=verb.value)]
    return read_stories(found, base_iri=base_iri)


def identity(session: Session, launch: Launch) -> Identity:
    """Who the launch's person is for the tool."""
    person = session.get_one(Person, launch.person_id)
    platform = session.get_one(Platform, launch.platform_id)
    return Identity(person.name, platform.name, person.pseudonym, person.created_at, person.last_seen_at)


def everything(session: Session, store: SqlStore, launch: Launch, *, rooms: Mapping[str, Held], now: datetime) -> Json:
    """All that is held about the launch's person, as plain JSON (GDPR article 20)."""
    person = session.get_one(Person, launch.person_id)
    memberships = select(Membership, Context.title).join(Context).where(Membership.person_id == person.id)
    grades = select(Grade, Placement.title).join(Placement).where(Grade.person_id == person.id)
    return {
        "made_at": now.isoformat(),
        "person": {
            "platform": launch.platform_issuer,
            "platform_subject": person.subject,
            "pseudonym": person.pseudonym,
            "name": person.name,
            "language": person.language,
            "notice_seen_at": _text(person.notice_seen_at),
            "created_at": _text(person.created_at),
            "last_seen_at": _text(person.last_seen_at),
        },
        "contexts": [
            {"title": title, "roles": row.roles, "last_seen_at": _text(row.last_seen_at)}
            for row, title in session.execute(memberships)
        ],
        "grades": [
            {"activity": title, "given": row.given, "maximum": row.maximum, "sent_at": _text(row.posted_at)}
            for row, title in session.execute(grades)
        ],
        **{name: list(held(session, person.id)) for name, held in rooms.items()},
        "statements": list(statements_of(session, store, launch)),
    }


def note_notice_seen(session: Session, launch: Launch, *, now: datetime) -> None:
    """Remember that the person has read how their data are used; the first time counts."""
    person = session.get_one(Person, launch.person_id)
    person.notice_seen_at = person.notice_seen_at or now


def choose_language(session: Session, launch: Launch, language: Language) -> None:
    """Keep the language that the person wants, for this visit and the next ones."""
    session.get_one(Person, launch.person_id).language = language


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
