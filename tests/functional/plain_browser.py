"""A browser without scripts: it presses what has a `data-test`, as a form or a link, and follows where that leads."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

_VOID = {"input", "meta", "link", "img", "br", "hr", "path"}


@dataclass
class Element:
    """An opening tag with its attributes, the form that it stands in, and the words inside."""

    tag: str
    attributes: dict[str, str]
    form: "Element | None" = None
    words: str = ""

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass
class Reader(HTMLParser):
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        form = next((each for each in reversed(self.open) if each.tag == "form"), None)
        element = Element(tag, {name: value or "" for name, value in attrs}, form)
        self.elements.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while any(each.tag == tag for each in self.open) and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.words += data


@dataclass
class PlainBrowser:
    """One tab. `page` is the last page's text, `status` its status, `path` where it stands."""

    client: FlaskClient
    path: str = ""
    status: int = 0
    page: str = ""
    entries: dict[str, list[str]] = field(default_factory=dict)
    elements: list[Element] = field(default_factory=list)

    def open(self, path: str) -> "PlainBrowser":
        return self._send("GET", path, None)

    def shows(self, test: str, value: str | None = None) -> bool:
        return any(True for _ in self._found(test, value))

    def words(self, test: str) -> str:
        return " ".join(" ".join(each.words for each in self._found(test)).replace("\u00a0", " ").split())

    def values(self, test: str) -> list[str]:
        return [each.get("data-value") for each in self._found(test)]

    def fill(self, test: str, text: str) -> None:
        """Type in a field, choose in a list, or tick a box (any text)."""
        self.entries[self._one(test).get("name")] = [text]

    def choose(self, value: str) -> None:
        """Press an option's card."""
        label = self._one("option", value)
        position = self.elements.index(label)
        box = next(each for each in self.elements[position:] if each.tag == "input")
        kept = self.entries.get(box.get("name"), []) if box.get("type") == "checkbox" else []
        self.entries[box.get("name")] = [*kept, box.get("value")]

    def press(self, test: str, value: str | None = None) -> "PlainBrowser":
        element = self._one(test, value)
        assert "disabled" not in element.attributes, test
        if element.tag == "a":
            return self.open(element.get("href"))
        form = self._form_of(element)
        data = self._data(form)
        if element.get("name"):
            data.add(element.get("name"), element.get("value"))
        return self._send("POST", element.get("formaction") or form.get("action"), data)

    def _form_of(self, element: Element) -> Element:
        if name := element.get("form"):
            return next(each for each in self.elements if each.tag == "form" and each.get("id") == name)
        assert element.form is not None
        return element.form

    def _data(self, form: Element) -> MultiDict[str, str]:
        data: MultiDict[str, str] = MultiDict()
        for each in self.elements:
            name = each.get("name")
            if each.form is not form or not name or name in self.entries or "form" in each.attributes:
                continue
            if each.tag == "select":
                data.add(name, self._selected(each))
            elif each.tag == "input" and (
                each.get("type") not in {"radio", "checkbox"} or "checked" in each.attributes
            ):
                data.add(name, each.get("value"))
        inside = {each.get("name") for each in self.elements if each.form is form}
        for name, values in self.entries.items():
            if name in inside:
                data.setlist(name, values)
        return data

    def _selected(self, select: Element) -> str:
        options = self.elements[self.elements.index(select) + 1 :]
        mine = []
        for each in options:
            if each.tag != "option":
                break
            mine.append(each)
        return next((each.get("value") for each in mine if "selected" in each.attributes), mine[0].get("value"))

    def _send(self, method: str, path: str, data: MultiDict[str, str] | None) -> "PlainBrowser":
        response = self.client.open(path, method=method, data=data)
        for _ in range(5):
            if response.status_code not in {302, 303}:
                break
            path = response.headers["Location"]
            response = self.client.get(urlsplit(path)._replace(fragment="").geturl())
        self.path, self.status, self.page = path, response.status_code, response.text
        reader = Reader()
        reader.feed(self.page)
        self.elements, self.entries = reader.elements, {}
        return self

    def _found(self, test: str, value: str | None = None) -> list[Element]:
        return [
            each
            for each in self.elements
            if each.get("data-test") == test and (value is None or each.get("data-value") == value)
        ]

    def _one(self, test: str, value: str | None = None) -> Element:
        found = self._found(test, value)
        assert found, f"no [data-test={test}] {value or ''} on {self.path} ({self.status})"
        return found[0]
