"""What stands in a question's form: what was chosen or typed there, so that nothing is lost when it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.content.marking import ANSWER_FIELD, Response
from lti_tool.content.schema import SHORT_TEXT_LIMIT, Item, SeriesItem, TextItem


@dataclass(frozen=True, slots=True)
class Entries:
    """`chosen`: ids of options, or `<statement>=true|false|?` in a series. `typed`: the text of a short answer."""

    chosen: frozenset[str] = frozenset()
    typed: str = ""


def entries_of_response(item: Item, response: Response | None) -> Entries:
    """The entries that gave a response."""
    if response is None or response.unknown:
        return Entries()
    if isinstance(item, TextItem):
        return Entries(typed=response.values[0] if response.values else "")
    return Entries(chosen=frozenset(response.values))


def entries_of_form(item: Item, form: Mapping[str, list[str]]) -> Entries:
    """The entries of a form that could not be read as a response."""
    if isinstance(item, TextItem):
        return Entries(typed=next(iter(form.get(ANSWER_FIELD, [])), "")[: 2 * SHORT_TEXT_LIMIT])
    if isinstance(item, SeriesItem):
        pairs = (
            f"{each.id}={value}" for each in item.statements for value in form.get(f"{ANSWER_FIELD}-{each.id}", [])
        )
        return Entries(chosen=frozenset(pairs))
    return Entries(chosen=frozenset(form.get(ANSWER_FIELD, [])))
