"""Statements for tests, made anew each time so that a test may change them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from xapi import statements
from xapi.vocabulary import ActivityType, Extension, InteractionType, Verb

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
ISSUER = "https://ent.example"
COURSE = "https://passerelle.example/xapi/parcours/mon-ent"
QUESTION = f"{COURSE}/items/q1"
CLASSROOM = "https://ent.example/context/42"
CATEGORY = "https://passerelle.example/xapi/profile"
REGISTRATION = UUID("4c0a5c5e-3d29-4a36-8a3e-0c1f0a2a7c11")
AUTHORITY = statements.account_actor("https://passerelle.example", "passerelle")


def answered(number: int = 1, *, name: str = "p-1", at: datetime = NOW) -> dict[str, Any]:
    """A parent answered a question of a parcours: every part of a typical statement."""
    return statements.statement(
        id=UUID(int=number),
        actor=statements.account_actor(ISSUER, name),
        verb=statements.verb(Verb.ANSWERED),
        object=statements.activity(
            QUESTION,
            type=ActivityType.INTERACTION,
            name={"fr": "Où lire le message ?"},
            definition_extra={
                "interactionType": InteractionType.CHOICE.value,
                "choices": [
                    {"id": "messages", "description": {"fr": "Messagerie"}},
                    {"id": "notes", "description": {"fr": "Notes"}},
                ],
                "correctResponsesPattern": ["messages"],
            },
        ),
        timestamp=at,
        result=statements.result(score_scaled=1, success=True, response="messages", duration=timedelta(seconds=12.34)),
        context=statements.context(
            registration=REGISTRATION,
            platform="Moodle",
            language="fr",
            parent=[statements.activity(COURSE, type=ActivityType.COURSE)],
            grouping=[statements.activity(CLASSROOM)],
            category=[statements.activity(CATEGORY, type=ActivityType.PROFILE)],
            extensions={Extension.LMS_ROLE: "learner"},
        ),
    )


def minimal() -> dict[str, Any]:
    """The least that is a statement."""
    return {
        "actor": {"mbox": "mailto:parent@example.org"},
        "verb": {"id": Verb.EXPERIENCED.value},
        "object": {"id": COURSE},
    }


def voiding(target: UUID, number: int) -> dict[str, Any]:
    """A statement that voids another."""
    return statements.statement(
        id=UUID(int=number),
        actor=AUTHORITY,
        verb=statements.verb(Verb.VOIDED),
        object={"objectType": "StatementRef", "id": str(target)},
        timestamp=NOW,
    )
