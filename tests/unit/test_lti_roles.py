"""Roles as they really arrive."""

import pytest

from lti_tool.lti.roles import Role, read_roles

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person"


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        (f"{MEMBERSHIP}#Learner", Role.LEARNER),
        (f"{MEMBERSHIP}#Instructor", Role.INSTRUCTOR),
        (f"{MEMBERSHIP}#ContentDeveloper", Role.DEVELOPER),
        (f"{MEMBERSHIP}#Mentor", Role.MENTOR),
        (f"{MEMBERSHIP}#Administrator", Role.INSTRUCTOR),
        (f"{MEMBERSHIP}#Manager", Role.INSTRUCTOR),
        (f"{MEMBERSHIP}#Member", Role.OTHER),
        (f"{MEMBERSHIP}/Instructor#TeachingAssistant", Role.INSTRUCTOR),
        (f"{MEMBERSHIP}/Learner#GuestLearner", Role.LEARNER),
        (f"{MEMBERSHIP}/Mentor#Reviewer", Role.MENTOR),
        (f"{MEMBERSHIP}/Administrator#Support", Role.INSTRUCTOR),
        ("Learner", Role.LEARNER),
        ("Instructor", Role.INSTRUCTOR),
        ("Mentor", Role.MENTOR),
        ("ContentDeveloper", Role.DEVELOPER),
        (f"{INSTITUTION}#Administrator", Role.ADMINISTRATOR),
        (f"{SYSTEM}#Administrator", Role.ADMINISTRATOR),
        (f"{SYSTEM}#SysAdmin", Role.ADMINISTRATOR),
        (f"{INSTITUTION}#Observer", Role.OBSERVER),
        (f"{INSTITUTION}#Mentor", Role.MENTOR),
        (f"{INSTITUTION}#Student", Role.OTHER),
        (f"{INSTITUTION}#Instructor", Role.OTHER),
        (f"{INSTITUTION}#Faculty", Role.OTHER),
        (f"{SYSTEM}#User", Role.OTHER),
    ],
)
def test_a_role_is_read(claim: str, role: Role) -> None:
    assert read_roles([claim]) == {role}


@pytest.mark.parametrize(
    "claim",
    [
        "",
        " ",
        "#",
        "learner",
        "instructor",
        "Instructor ",
        "Administrator#Instructor",
        "http://evil.example/membership#Instructor",
        "http://evil.example/institution/person#Administrator",
        "http://evil.example/vocab/lis/v2/membership/Instructor#TeachingAssistant",
        f"{MEMBERSHIP}#Learner#Instructor",
        f"{MEMBERSHIP}#Learner/Instructor",
        f"{MEMBERSHIP}/x/Instructor#y",
        f"https://evil.example/?{SYSTEM}#Administrator",
        f"{SYSTEM}Administrator",
        f"{SYSTEM}/x#Administrator",
        "SysAdmin",
        "urn:lti:sysrole:ims/lis/Administrator",
    ],
)
def test_what_only_looks_like_a_role_gives_no_right(claim: str) -> None:
    assert read_roles([claim]) == {Role.OTHER}


def test_the_short_name_of_administrator_gives_no_more_than_a_courses() -> None:
    assert read_roles(["Administrator"]) == {Role.INSTRUCTOR}


def test_roles_are_read_together_and_no_role_is_none() -> None:
    assert read_roles(["Learner", f"{MEMBERSHIP}#Learner", "x", "y"]) == {Role.LEARNER, Role.OTHER}
    assert read_roles([]) == frozenset()
