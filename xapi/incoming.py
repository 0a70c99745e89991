"""A request as the resources read it, whether it came plainly or in the alternate syntax."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from xapi import formats
from xapi.errors import ContentInvalid, ParameterInvalid, Rule, VersionMissing, VersionUnsupported
from xapi.validation import Version

VERSION_HEADER = "X-Experience-API-Version"
VERSIONS: tuple[Version, ...] = ("1.0.3", "2.0.0")
_FORM = "application/x-www-form-urlencoded"
_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_HEADERS_IN_FORM = frozenset(
    {
        "authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match",
        "accept", "accept-language",
    }
)  # fmt: skip
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Incoming:
    """Method, query parameters (each with all its values), headers by name in lower case, body."""

    method: str
    parameters: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header's value; None where it is missing."""
        return self.headers.get(name.lower())

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without its parameters."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()

    @property
    def is_alternate(self) -> bool:
        """Whether the real request is in the form: `POST …?method=…`."""
        return self.method == "POST" and "method" in self.parameters


def unfold(asked: Incoming) -> Incoming:
    """The request that one in the alternate syntax stands for.

    Raises `ParameterInvalid` or `ContentInvalid` for a method that there is not, parameters beside it, a body
    that is no form or has no `content` where there must be one. Version 2.0 has no such syntax.
    Spec: xAPI 1.0.3 Communication §1.3.
    """
    if formats.is_version(asked.header(VERSION_HEADER) or "", "2.0"):
        raise ParameterInvalid("method", Rule.UNKNOWN)
    methods = asked.parameters["method"]
    if len(asked.parameters) > 1:
        raise ParameterInvalid(next(name for name in asked.parameters if name != "method"), Rule.NOT_HERE)
    if len(methods) != 1 or methods[0] not in _METHODS:
        raise ParameterInvalid("method", Rule.CHOICE)
    form = _form(asked)
    headers = dict(asked.headers) | {"content-type": "application/json"}
    headers |= {name.lower(): form.pop(name)[0] for name in list(form) if name.lower() in _HEADERS_IN_FORM}
    if formats.is_version(headers.get(VERSION_HEADER.lower(), ""), "2.0"):
        raise ParameterInvalid("method", Rule.UNKNOWN)
    content = form.pop("content", None)
    if methods[0] in {"PUT", "POST"}:
        if content is None:
            raise ContentInvalid("content", Rule.REQUIRED)
        if len(content) > 1:
            raise ContentInvalid("content", Rule.REPEATED)
    elif content is not None:
        raise ContentInvalid("content", Rule.NOT_HERE)
    body = content[0].encode("utf-8", "surrogatepass") if content else b""
    return replace(asked, method=methods[0], parameters=form, headers=headers, body=body)


def negotiate(asked: Incoming) -> Version:
    """The version that the request speaks. Raises `VersionMissing`, `VersionUnsupported`.

    Spec: xAPI 1.0.3 Communication §3.3.
    """
    given = asked.header(VERSION_HEADER)
    if not given:
        raise VersionMissing
    for version in VERSIONS:
        if formats.is_version(given, version[:3]):
            return version
    raise VersionUnsupported


def _form(asked: Incoming) -> dict[str, list[str]]:
    if asked.media_type != _FORM:
        raise ContentInvalid("Content-Type", Rule.FORM)
    try:
        return parse_qs(
            asked.body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(asked.body),
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise ContentInvalid("body", Rule.FORM) from error
