"""Reading the deep linking answer's content items. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any, Self
from urllib.parse import urlsplit

from lti_tool.demo.errors import AnswerRejected

MAX_ITEMS = 50


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One `ltiResourceLink` to place."""

    title: str
    text: str = ""
    url: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict)
    maximum: float | None = None
    """The line item's `scoreMaximum`; None asks for no grade."""
    resource_id: str | None = None
    tag: str | None = None

    def as_json(self) -> dict[str, object]:
        """What is stored while the teacher thinks it over."""
        return asdict(self) | {"custom": dict(self.custom)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Back from `as_json`."""
        return cls(**value)


def read_items(value: object, *, origin: str) -> tuple[ContentItem, ...]:
    """Check the answer's items; none at all is fine. Raises `AnswerRejected` naming the member.

    Only what was asked for is accepted (`ltiResourceLink`), on the tool's own origin, with scalar custom
    parameters. Spec: LTI Deep Linking 2.0 §3.1, §4.5.
    """
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_ITEMS:
        raise AnswerRejected("content_items")
    return tuple(_item(item, origin) for item in value)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _item(value: object, origin: str) -> ContentItem:
    if not isinstance(value, Mapping) or value.get("type") != "ltiResourceLink":
        raise AnswerRejected("type")
    url = _text(value, "url")
    if url is not None and origin_of(url) != origin:
        raise AnswerRejected("url")
    line_item = value.get("lineItem")
    maximum = resource_id = tag = None
    if line_item is not None:
        if not isinstance(line_item, Mapping):
            raise AnswerRejected("lineItem")
        maximum = _maximum(line_item)
        resource_id, tag = _text(line_item, "resourceId"), _text(line_item, "tag")
    return ContentItem(
        title=_text(value, "title") or "",
        text=_text(value, "text") or "",
        url=url,
        custom=read_custom(value.get("custom")),
        maximum=maximum,
        resource_id=resource_id,
        tag=tag,
    )


def read_custom(value: object) -> dict[str, str]:
    """Custom parameters: names and scalars, given back as strings. Raises `AnswerRejected` for anything nested."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise AnswerRejected("custom")
    custom = {}
    for name, scalar in value.items():
        if isinstance(scalar, bool):
            custom[str(name)] = "true" if scalar else "false"
        elif isinstance(scalar, str | int | float):
            custom[str(name)] = str(scalar)
        else:
            raise AnswerRejected("custom")
    return custom


def _text(value: Mapping[Any, object], name: str) -> str | None:
    text = value.get(name)
    if text is not None and not isinstance(text, str):
        raise AnswerRejected(name)
    return text


def _maximum(line_item: Mapping[Any, object]) -> float:
    value = line_item.get("scoreMaximum")
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value <= 0:
        raise AnswerRejected("lineItem.scoreMaximum")
    return float(value)
