"""Every table of the tool, gathered for migrations; imports each model module for its side effect."""

from lti_tool.database import Base
from lti_tool.jobs import model as jobs_model
from lti_tool.lti import model as lti_model
from lti_tool.parcours import model as parcours_model
from lti_tool.people import model as people_model
from lti_tool.people import pseudonyms
from xapi import sql_tables

metadata = [Base.metadata, sql_tables.metadata]
__all__ = ["jobs_model", "lti_model", "metadata", "parcours_model", "people_model", "pseudonyms"]
