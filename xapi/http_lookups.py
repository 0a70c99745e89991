"""The Agents and Activities resources over HTTP (xAPI 1.0.3 Communication §2.4, §2.5)."""

from dataclasses import dataclass

from flask import Response
from sqlalchemy.orm import Session

from xapi import identities
from xapi.errors import ParameterInvalid, Rule
from xapi.http_requests import Call, Resource
from xapi.http_responses import json_response
from xapi.parameters import as_agent, as_iri, require, single_values
from xapi.sql_store import SqlStore
from xapi.statements import agent_key, index_key

_AGENT = frozenset({"agent"})
_ACTIVITY = frozenset({"activityId"})


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the statements that the caller may read tell of an agent or an activity."""

    store: SqlStore

    def resources(self) -> list[Resource]:
        """The two resources; both are asked by who may read statements."""
        return [
            Resource("agents", "/agents", {"GET": self.agent}, {}, lambda caller: caller.reads_statements),
            Resource("activities", "/activities", {"GET": self.activity}, {}, lambda caller: caller.reads_statements),
        ]

    def agent(self, session: Session, call: Call) -> Response:
        """The Person object of an agent."""
        given = single_values(call.asked.parameters, _AGENT)
        require(given, "agent")
        agent = as_agent(given, "agent")
        if agent is None or agent.get("objectType", "Agent") != "Agent":
            raise ParameterInvalid("agent.objectType", Rule.CHOICE)
        told = self.store.mentioning(
            session, agent=agent_key(agent), scope=call.caller.restrict, authority=call.only_authority
        )
        return json_response(identities.person(agent, told))

    def activity(self, session: Session, call: Call) -> Response:
        """The activity with its definition."""
        given = single_values(call.asked.parameters, _ACTIVITY)
        require(given, "activityId")
        iri = as_iri(given, "activityId") or ""
        told = self.store.mentioning(
            session, activity=index_key(iri), scope=call.caller.restrict, authority=call.only_authority
        )
        return json_response(identities.activity(iri, told))
