"""Writing down what happened, once: a room's act becomes a statement in the room's own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from lti_tool.lti.launch import Launch
from lti_tool.settings import Settings
from xapi import statements as build
from xapi.sql_store import SqlStore
from xapi.store import Scope
from xapi.vocabulary import ActivityType, Extension, Verb

Json = dict[str, object]


def scope_of(launch: Launch) -> Scope:
    """The columns that say whose a statement is: platform, context and school, as opaque strings."""
    return Scope(
        platform=str(launch.platform_id),
        context=str(launch.context_id) if launch.context_id else None,
        school=launch.school_uai,
    )


@dataclass(frozen=True, slots=True)
class Recorder:
    """Turns (launch, verb, object) into a stored statement. Holds no state and no transaction of its own."""

    store: SqlStore
    settings: Settings

    def iri(self, *parts: str) -> str:
        """An IRI of the project: `iri("parcours", "mon-ent")` is `<base>/parcours/mon-ent`."""
        return "/".join((self.settings.xapi_base_iri, *parts))

    def record(
        self,
        session: Session,
        launch: Launch,
        *,
        verb: Verb,
        object: Json,
        now: datetime,
        registration: UUID | None = None,
        result: Json | None = None,
        parent: Sequence[Json] = (),
        extensions: Mapping[str, object] | None = None,
        language: str | None = None,
        id: UUID | None = None,
    ) -> UUID:
        """Store one statement about the launch's person, within the caller's transaction; gives its id.

        The actor is the pseudonymous account; the grouping holds the context and the school; the
        category is ours. No name, address or free text may be in `object` or `result`.
        """
        statement = build.statement(
            id=id or uuid4(),
            actor=build.account_actor(launch.platform_issuer, launch.pseudonym),
            verb=build.verb(verb),
            object=object,
            timestamp=now,
            result=result,
            context=build.context(
                registration=registration,
                platform=launch.platform_product or "lti",
                language=language or launch.person_language or launch.language or self.settings.language,
                parent=parent,
                grouping=self._grouping(launch),
                category=[build.activity(self.iri("profile", "v1"), type=ActivityType.PROFILE)],
                extensions=extensions,
            ),
        )
        authority: Json = {
            "objectType": "Agent",
            "account": {"homePage": self.settings.base_url, "name": "passerelle"},
        }
        self.store.add(session, [statement], scope=scope_of(launch), authority=authority, now=now)
        return UUID(str(statement["id"]))

    def role_extension(self, launch: Launch) -> dict[str, object]:
        """The role at launch, as the context extension that LMSs' profile defines."""
        return {Extension.LMS_ROLE: sorted(str(role) for role in launch.roles)}

    def _grouping(self, launch: Launch) -> list[Json]:
        groups: list[Json] = []
        if launch.context_id is not None:
            groups.append(
                build.activity(
                    self.iri("contexts", str(launch.platform_id), str(launch.context_id)), type=ActivityType.COURSE
                )
            )
        if launch.school_uai:
            groups.append(build.activity(self.iri("schools", launch.school_uai)))
        return groups
