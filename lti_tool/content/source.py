"""Reading a package's YAML, keeping for every value the file and the line where its author wrote it.

Scalars are read as YAML 1.2's core schema reads them (§10.3.2), as editors with a JSON Schema do: `no` and
`12:30` are texts. What a package has no use for is refused: anchors, aliases, tags, a key given twice.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from lti_tool.content.faults import Fault, PathInPackage, fault

FILE_LIMIT = 1024 * 1024
"""Largest file that is read, in bytes."""
DEPTH_LIMIT = 30
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not allow (YAML 1.2.2 §5.1)."""
_PREFIX = "tag:yaml.org,2002:"

Data = None | bool | int | float | str | list["Data"] | dict[str, "Data"]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


class Dumper(yaml.SafeDumper):
    """Writes YAML that reads back the same here and in a YAML 1.1 reader: what either takes for a number is quoted."""


_Loader.add_implicit_resolver(f"{_PREFIX}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_PREFIX}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(f"{_PREFIX}int", re.compile(r"^[-+]?[0-9]{1,18}$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    f"{_PREFIX}float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?$"),
    list("-+.0123456789"),
)
for _first, _resolvers in _Loader.yaml_implicit_resolvers.items():
    for _tag, _pattern in _resolvers:
        Dumper.add_implicit_resolver(_tag, _pattern, [_first])


class _Unusable(Exception):
    def __init__(self, found: Fault) -> None:
        super().__init__(str(found))
        self.found = found


@dataclass(slots=True)
class Source:
    """What was read: plain data, where each value stands, and what was wrong.

    `places` maps a path to (file, line); a fault about something absent is placed at what should have held it.
    """

    file: Path
    data: Data = None
    places: dict[PathInPackage, tuple[Path, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: PathInPackage) -> tuple[Path, int]:
        """File and line of a value, or of the nearest one that holds it."""
        for length in range(len(path), -1, -1):
            if (found := self.places.get(path[:length])) is not None:
                return found
        return self.file, 0

    def name(self, path: PathInPackage) -> str:
        """A path in an author's words: an element of a list goes by its id where it has one."""
        words, current = "", self.data
        for part in path:
            if isinstance(part, int):
                current = current[part] if isinstance(current, list) and part < len(current) else None
                element_id = current.get("id") if isinstance(current, dict) else None
                words += f"[{element_id if isinstance(element_id, str) else part}]"
            else:
                current = current.get(part) if isinstance(current, dict) else None
                words += f".{part}" if words else part
        return words

    def report(self, path: PathInPackage, code: str, **details: object) -> None:
        """Note a fault about the value at `path`."""
        file, line = self.place(path)
        found = fault(file, line, self.name(path), code, **details)
        if found not in self.faults:
            self.faults.append(found)


def _check_events(file: Path, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Unusable(fault(file, line, "", "alias"))
        if (tag := getattr(event, "tag", None)) is not None:
            raise _Unusable(fault(file, line, "", "tag", tag=tag))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_LIMIT:
                raise _Unusable(fault(file, line, "", "too-deep"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _compose(file: Path) -> yaml.Node:
    """The nodes of a file. Raises `_Unusable` when nothing of it can be read."""
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise _Unusable(fault(file, 0, "", "unreadable")) from error
    if len(content) > FILE_LIMIT:
        raise _Unusable(fault(file, 0, "", "too-big", limit=FILE_LIMIT))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Unusable(fault(file, line, "", "not-utf8")) from error
    if unprintable := _NOT_YAML.search(text):
        line = text.count("\n", 0, unprintable.start()) + 1
        raise _Unusable(fault(file, line, "", "syntax", detail=f"U+{ord(unprintable[0]):04X}"))
    try:
        _check_events(file, text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Unusable(fault(file, mark.line + 1 if mark else 0, "", "syntax", detail=error.problem)) from error
    except yaml.YAMLError as error:
        raise _Unusable(fault(file, 0, "", "syntax", detail=type(error).__name__)) from error
    if node is None:
        raise _Unusable(fault(file, 1, "", "empty"))
    return node


def _scalar(node: yaml.Node) -> Data:
    value = str(node.value)
    match node.tag.removeprefix(_PREFIX):
        case "null":
            return None
        case "bool":
            return value.lower() == "true"
        case "int":
            return int(value)
        case "float":
            return float(value)
        case _:
            return value


class _Reading:
    """One package being read: grafts the files of items into the data and notes places on the way."""

    def __init__(self, source: Source, folder: Path | None) -> None:
        self.source, self.folder = source, folder

    def convert(self, node: yaml.Node, path: PathInPackage, file: Path) -> Data:
        self.source.places.setdefault(path, (file, node.start_mark.line + 1))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, file)
        if isinstance(node, yaml.SequenceNode):
            if path == ("items",) and self.folder is not None:
                return self._items(node, self.folder, file)
            return [self.convert(child, (*path, index), file) for index, child in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: PathInPackage, file: Path) -> Data:
        data: dict[str, Data] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.source.faults.append(fault(file, line, self.source.name(path), "bad-key"))
                continue
            key = str(key_node.value)
            if key in data:
                name = self.source.name((*path, key))
                self.source.faults.append(fault(file, line, name, "duplicate-key", key=key))
                continue
            self.source.places[(*path, key)] = (file, line)
            data[key] = self.convert(value_node, (*path, key), file)
        return data

    def _items(self, node: yaml.SequenceNode, folder: Path, file: Path) -> Data:
        items: list[Data] = []
        for child in node.value:
            if not isinstance(child, yaml.ScalarNode):
                items.append(self.convert(child, ("items", len(items)), file))
                continue
            line = child.start_mark.line + 1
            relative = PurePosixPath(str(child.value))
            target = folder / relative
            if relative.is_absolute() or not target.resolve().is_relative_to(folder.resolve()):
                self.source.faults.append(fault(file, line, "items", "outside-package", path=relative))
                continue
            if not target.is_file():
                self.source.faults.append(fault(file, line, f"items: {relative}", "unreadable"))
                continue
            items.extend(self._items_of(target, len(items)))
        return items

    def _items_of(self, file: Path, first: int) -> list[Data]:
        try:
            node = _compose(file)
        except _Unusable as unusable:
            self.source.faults.append(unusable.found)
            return []
        children = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [self.convert(child, ("items", first + index), file) for index, child in enumerate(children)]


def read(file: Path, *, graft_items_from: Path | None = None) -> Source:
    """Read a YAML file; with `graft_items_from`, entries of `items` that are paths within that folder are read too.

    Never raises for what an author may have got wrong: see `Source.faults`.
    """
    source = Source(file)
    try:
        node = _compose(file)
    except _Unusable as unusable:
        source.faults.append(unusable.found)
        return source
    source.data = _Reading(source, graft_items_from).convert(node, (), file)
    return source
