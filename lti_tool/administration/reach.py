"""How far an administrator sees: what belongs to a platform, in queries."""

from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, true
from sqlalchemy.orm import InstrumentedAttribute

from lti_tool.database import Base
from lti_tool.lti.model import Client, Deployment, Platform

Columns = TypeVarTuple("Columns")


def at_platform(query: Select[*Columns], start: type[Base], deployment: InstrumentedAttribute[int]) -> Select[*Columns]:
    """A query from `start`, whose column `deployment` says the deployment, joined to its platform."""
    return (
        query.select_from(start)
        .join(Deployment, Deployment.id == deployment)
        .join(Client, Client.id == Deployment.client_pk)
        .join(Platform, Platform.id == Client.platform_id)
    )


def mine(platform_id: int | None) -> ColumnElement[bool]:
    """Only what is on the administrator's platform; everything for the operator (None)."""
    return true() if platform_id is None else Platform.id == platform_id
