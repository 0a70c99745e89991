"""The shape of a package: what an author may write in `parcours.yaml` and in the files of its items.

The models are strict and closed: a misspelt key, a number where a text belongs, or HTML in a text is a fault.
What no shape can say (a goal that can't be reached, a competence that does not exist) is `check`'s matter.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticCustomError

from lti_tool.content.text import prose_faults

SHORT_TEXT_LIMIT = 200
"""Longest text, in characters, that is read from a field or a short answer."""


def _without_html(value: str) -> str:
    for fault in prose_faults(value):
        raise PydanticCustomError(fault, "not allowed in a text")
    return value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
ParcoursId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,64}$")]
CompetenceCode = Annotated[str, StringConstraints(pattern=r"^[1-9]\.[1-9]$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s/?#@]+[^\s]*$", max_length=500)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400, pattern=r"^[^\r\n]+$")]
"""Plain text on one line."""
Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=6000),
    AfterValidator(_without_html),
]
"""CommonMark without HTML, images or unsafe links."""
Value = bool | int | str
"""What a situation's variable holds; a variable keeps the type of its first value."""


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True, protected_namespaces=()
    )


class VariableEquals(_Model):
    """True when a variable holds exactly this value."""

    variable: VariableName
    equals: Value


class VariableMatches(_Model):
    """True when a variable holds one of these texts, whatever its case, accents and spaces."""

    variable: VariableName
    matches: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]


class ScreenIs(_Model):
    """True when this screen is shown."""

    screen: Slug


class AllOf(_Model):
    """True when every one of the conditions is."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=30)]


class AnyOf(_Model):
    """True when one of the conditions is."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=30)]


class Not(_Model):
    """True when the condition is not."""

    negated: Annotated["Condition", Field(alias="not")]


CONDITION_TAGS = {
    "equals": "<equals>",
    "matches": "<matches>",
    "screen": "<screen>",
    "all": "<all>",
    "any": "<any>",
    "not": "<not>",
    "negated": "<not>",
}
"""The key that tells a kind of condition, and its tag: in brackets, so that no tag can be taken for a key."""


def _condition_tag(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else type(value).model_fields if isinstance(value, BaseModel) else ()
    return next((tag for key, tag in CONDITION_TAGS.items() if key in keys), None)


Condition = Annotated[
    Annotated[VariableEquals, Tag("<equals>")]
    | Annotated[VariableMatches, Tag("<matches>")]
    | Annotated[ScreenIs, Tag("<screen>")]
    | Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")],
    Discriminator(_condition_tag),
]


class Feedback(_Model):
    """What is said after an answer; it teaches. `unknown` follows « Je ne sais pas », and is `wrong` by default."""

    right: Prose
    wrong: Prose
    unknown: Prose | None = None


class Resource(_Model):
    """Where to learn more."""

    title: Line
    url: HttpsUrl


class _ItemBase(_Model):
    id: Slug
    competences: Annotated[tuple[CompetenceCode, ...], Field(min_length=1, max_length=3)]
    level: Annotated[int, Field(ge=1, le=8)]
    skill: Line
    prompt: Prose
    hint: Prose | None = None
    feedback: Feedback
    resource: Resource | None = None


class Option(_Model):
    """One of the answers to choose from."""

    id: Slug
    text: Line
    right: bool = False
    feedback: Prose | None = None


Options = Annotated[tuple[Option, ...], Field(min_length=2, max_length=8)]


class ChoiceItem(_ItemBase):
    """A question with exactly one right option."""

    kind: Literal["choice"]
    options: Options
    shuffle: bool = False


class ChoicesItem(_ItemBase):
    """A question with one or more right options, and at least one wrong."""

    kind: Literal["choices"]
    options: Options
    shuffle: bool = False


class Statement(_Model):
    """A sentence that is true or false."""

    id: Slug
    text: Line
    correct: bool
    feedback: Prose | None = None


class SeriesItem(_ItemBase):
    """A series of sentences, each true or false."""

    kind: Literal["series"]
    statements: Annotated[tuple[Statement, ...], Field(min_length=2, max_length=8)]


class Variant(_Model):
    """One accepted answer, with the ways of writing it."""

    id: Slug
    text: Annotated[
        tuple[Annotated[Line, StringConstraints(max_length=SHORT_TEXT_LIMIT)], ...], Field(min_length=1, max_length=50)
    ]


class TextItem(_ItemBase):
    """A question answered by a few typed words."""

    kind: Literal["text"]
    variants: Annotated[tuple[Variant, ...], Field(min_length=1, max_length=30)]
    placeholder: Line | None = None


class _AreaBase(_Model):
    id: Slug
    when: Condition | None = None


class WordsArea(_AreaBase):
    """Words on a mock screen: a heading, a text, a message box."""

    type: Literal["heading", "text", "notice"]
    text: Prose


class ActingArea(_AreaBase):
    """What a parent presses: it shows a screen, sets variables, says something."""

    type: Literal["button", "link", "tile", "row", "back"]
    text: Line
    detail: Line | None = None
    go: Slug | None = None
    set: Annotated[dict[VariableName, Value], Field(default_factory=dict, max_length=20)]
    say: Prose | None = None


class FieldArea(_AreaBase):
    """A text field; its value is stored at the next action on the same screen."""

    type: Literal["field"]
    label: Line
    variable: VariableName
    placeholder: Line | None = None


class SelectOption(_Model):
    """One of the values of a list."""

    value: Annotated[str, StringConstraints(max_length=SHORT_TEXT_LIMIT)]
    text: Line


class SelectArea(_AreaBase):
    """One of several values."""

    type: Literal["select"]
    label: Line
    variable: VariableName
    options: Annotated[tuple[SelectOption, ...], Field(min_length=2, max_length=20)]


class CheckboxArea(_AreaBase):
    """A box to tick."""

    type: Literal["checkbox"]
    label: Line
    variable: VariableName


Area = Annotated[WordsArea | ActingArea | FieldArea | SelectArea | CheckboxArea, Field(discriminator="type")]


class Screen(_Model):
    """A mock screen; `frame` says how it is drawn."""

    id: Slug
    frame: Literal["ent", "mail", "browser", "signin", "form"]
    title: Line
    address: Line | None = None
    areas: Annotated[tuple[Area, ...], Field(min_length=1, max_length=40)]


class Step(_Model):
    """A part of the way to the goal, worth `share` of the score."""

    id: Slug
    text: Line
    when: Condition
    share: Annotated[float, Field(gt=0, le=1)] | None = None


class Mistake(_Model):
    """A state that is wrong in a way that deserves words of its own."""

    when: Condition
    feedback: Prose


class SituationItem(_ItemBase):
    """Mock screens in which the parent does the thing, and is marked on the resulting state."""

    kind: Literal["situation"]
    goal_text: Prose
    start: Slug
    variables: Annotated[dict[VariableName, Value], Field(default_factory=dict, max_length=30)]
    screens: Annotated[tuple[Screen, ...], Field(min_length=1, max_length=20)]
    goal: Condition
    steps: Annotated[tuple[Step, ...], Field(default=(), max_length=12)]
    mistakes: Annotated[tuple[Mistake, ...], Field(default=(), max_length=12)]

    def screen(self, screen_id: str) -> Screen:
        """The screen of that id; `KeyError` when there is none (`check` proves that there is)."""
        for screen in self.screens:
            if screen.id == screen_id:
                return screen
        raise KeyError(screen_id)


Item = Annotated[ChoiceItem | ChoicesItem | SeriesItem | TextItem | SituationItem, Field(discriminator="kind")]


class Parcours(_Model):
    """A learning path: what it is about, and its items in order."""

    format: Literal[1]
    id: ParcoursId
    version: Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$", max_length=20)]
    licence: Annotated[Line, StringConstraints(max_length=60)]
    published: date
    language: LanguageTag
    audience: Literal["parent", "teacher", "mediator"]
    title: Annotated[Line, StringConstraints(max_length=120)]
    summary: Prose
    competences: Annotated[tuple[CompetenceCode, ...], Field(min_length=1, max_length=16)]
    duration_minutes: Annotated[int, Field(ge=1, le=240)]
    pass_mark: Annotated[float, Field(gt=0, le=1)] | None = None
    intro: Prose
    outro: Prose
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=200)]

    def item(self, item_id: str) -> Item:
        """The item of that id; `KeyError` when there is none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()
