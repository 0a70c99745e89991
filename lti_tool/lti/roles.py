"""Reading the `roles` claim: full IRIs and simple names, as they really arrive."""

from collections.abc import Iterable
from enum import StrEnum

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_MEMBERSHIP_SUB = "http://purl.imsglobal.org/vocab/lis/v2/membership/"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
_SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


class Role(StrEnum):
    """The roles that we tell apart. On Moodle a parent is a `LEARNER`."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    ADMINISTRATOR = "administrator"
    MENTOR = "mentor"
    OBSERVER = "observer"
    DEVELOPER = "developer"
    OTHER = "other"


_BY_CONTEXT_NAME = {
    "Learner": Role.LEARNER,
    "Instructor": Role.INSTRUCTOR,
    "ContentDeveloper": Role.DEVELOPER,
    "Administrator": Role.INSTRUCTOR,
    "Manager": Role.INSTRUCTOR,
    "Mentor": Role.MENTOR,
}
_BY_PERSON_NAME = {
    "Administrator": Role.ADMINISTRATOR,
    "SysAdmin": Role.ADMINISTRATOR,
    "Observer": Role.OBSERVER,
    "Mentor": Role.MENTOR,
}


def read_roles(claim: Iterable[str]) -> frozenset[Role]:
    """Our roles out of the claim's IRIs; unknown ones count as `OTHER`.

    A context role may come as a full IRI, as a simple name, or as a sub-role
    (`…/membership/Instructor#TeachingAssistant`). Spec: LTI core §5.3.7 and appendix A.2.
    """
    return frozenset(_read(value) for value in claim)


def _read(value: str) -> Role:
    if value.startswith((_INSTITUTION, _SYSTEM)):
        return _BY_PERSON_NAME.get(value.rpartition("#")[2], Role.OTHER)
    if value.startswith(_MEMBERSHIP):
        return _BY_CONTEXT_NAME.get(value.removeprefix(_MEMBERSHIP), Role.OTHER)
    if value.startswith(_MEMBERSHIP_SUB):
        return _BY_CONTEXT_NAME.get(value.removeprefix(_MEMBERSHIP_SUB).partition("#")[0], Role.OTHER)
    return _BY_CONTEXT_NAME.get(value, Role.OTHER)
