"""The people of the demonstration ENT. They are invented."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
_SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


class Part(StrEnum):
    """What somebody is in the ENT."""

    PARENT = "parent"
    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"
    CERTIFICATION = "certification"


_ROLES: dict[Part, tuple[str, ...]] = {
    Part.PARENT: (f"{_MEMBERSHIP}Learner",),
    Part.TEACHER: (f"{_MEMBERSHIP}Instructor",),
    Part.CERTIFICATION: (f"{_MEMBERSHIP}Instructor",),
    Part.ADMINISTRATOR: (f"{_INSTITUTION}Administrator", f"{_SYSTEM}Administrator"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a visitor may be."""

    slug: str
    given_name: str
    family_name: str
    part: Part
    description: str

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}"

    @property
    def roles(self) -> tuple[str, ...]:
        """The `roles` claim: as on Moodle, a parent is a Learner. Spec: LTI core appendix A.2."""
        return _ROLES[self.part]

    @property
    def in_class(self) -> bool:
        """Whether the roster of the class lists them."""
        return self.part is not Part.ADMINISTRATOR

    @property
    def can_be_graded(self) -> bool:
        """Whether the gradebook has a row for them."""
        return self.part is Part.PARENT

    def sub(self, generation: str) -> str:
        """Their identifier: stable until the ENT starts afresh, when everybody becomes somebody new."""
        return str(uuid5(UUID(generation), self.slug))


PERSONS = (
    Person("zoe", "Zoé", "Lefèvre", Part.PARENT, "Mère d’Élias, élève de 6e B"),
    Person("noel", "Noël", "Béranger-N’Diaye", Part.PARENT, "Père d’Inès, élève de 6e B"),
    Person("helene", "Hélène", "Crépin", Part.TEACHER, "Professeure principale de la 6e B"),
    Person("francois", "François", "Médéric", Part.ADMINISTRATOR, "Administrateur de l’ENT"),
    Person("anais", "Anaïs", "Gauthier", Part.CERTIFICATION, "Équipe de certification"),
)
BY_SLUG = {person.slug: person for person in PERSONS}


def find_by_sub(sub: str, generation: str) -> Person | None:
    """Who has this identifier, if anybody."""
    return next((person for person in PERSONS if person.sub(generation) == sub), None)
