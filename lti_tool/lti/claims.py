"""The claims of a verified token, type-checked and bounded, as our own frozen types. Pure.

Spec: LTI core 1.3 §5.3 and §5.4, Deep Linking 2.0 §4.4.1, AGS 2.0 §3.1, NRPS 2.0 §3.6.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NewType
from urllib.parse import unquote, urlsplit

from lti_tool.lti.errors import AnonymousLaunch, ClaimInvalid, TargetNotOurs
from lti_tool.lti.launch import Audience, Message
from lti_tool.lti.roles import Role, read_roles

VerifiedClaims = NewType("VerifiedClaims", Mapping[str, object])
"""Claims of a token whose signature, issuer, audience, times and nonce have been checked."""

CORE = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

ID_LIMIT = 255
TEXT_LIMIT = 255
URL_LIMIT = 2048
LIST_LIMIT = 100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BLANK = re.compile(r"[\s\x00-\x1f]")

_MESSAGES = {"LtiResourceLinkRequest": Message.RESOURCE, "LtiDeepLinkingRequest": Message.DEEP_LINKING}


@dataclass(frozen=True, slots=True)
class DeepLinkingSettings:
    """Where the chosen content is to be sent, and what the platform takes."""

    return_url: str
    data: str | None
    multiple: bool
    takes_line_items: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """All that the tool reads of a token."""

    message: Message
    subject: str
    deployment_id: str
    roles: frozenset[Role]
    target_link_uri: str
    kind: str | None
    target: str | None
    context_id: str | None
    context_title: str | None
    resource_link_id: str | None
    resource_title: str | None
    line_item: str | None
    line_items: str | None
    roster_url: str | None
    locale: str | None
    return_url: str | None
    name: str | None
    deep_linking: DeepLinkingSettings | None

    @property
    def audience(self) -> Audience:
        """Whom the pages speak to. A Learner, a Mentor, an Observer is a parent here."""
        if Role.ADMINISTRATOR in self.roles:
            return Audience.ADMINISTRATOR
        if self.roles & {Role.INSTRUCTOR, Role.DEVELOPER}:
            return Audience.TEACHER
        return Audience.PARENT


def read_claims(body: VerifiedClaims, *, base_url: str) -> Claims:
    """Every claim that we use, checked for presence, type and size.

    Raises `ClaimInvalid` naming the claim, `AnonymousLaunch` without `sub`, `TargetNotOurs`.
    """
    if _text(body, CORE + "version", limit=16) != "1.3.0":
        raise ClaimInvalid("version")
    message = _MESSAGES.get(_text(body, CORE + "message_type", limit=64))
    if message is None:
        raise ClaimInvalid("message_type")
    if body.get("sub") is None:
        raise AnonymousLaunch("sub")
    roles = read_roles(_texts(body, CORE + "roles"))
    link = _object(body, CORE + "resource_link", required=message is Message.RESOURCE)
    context = _object(body, CORE + "context")
    presentation = _object(body, CORE + "launch_presentation")
    custom = _object(body, CORE + "custom")
    grades = _object(body, AGS_ENDPOINT)
    target_uri = _text(body, CORE + "target_link_uri", limit=URL_LIMIT)
    kind, target = read_target(target_uri, custom, base_url=base_url)
    _object(body, CORE + "tool_platform")
    _object(body, CORE + "lis")
    return Claims(
        message=message,
        subject=_text(body, "sub", limit=ID_LIMIT),
        deployment_id=_text(body, CORE + "deployment_id", limit=ID_LIMIT),
        roles=roles,
        target_link_uri=target_uri,
        kind=kind,
        target=target,
        context_id=_text(context, "id", limit=ID_LIMIT) if context else None,
        context_title=_short(context, "title") or _short(context, "label"),
        resource_link_id=_text(link, "id", limit=ID_LIMIT) if message is Message.RESOURCE else None,
        resource_title=_short(link, "title"),
        line_item=_url(grades, "lineitem"),
        line_items=_url(grades, "lineitems"),
        roster_url=_url(_object(body, NRPS_SERVICE), "context_memberships_url"),
        locale=_short(presentation, "locale") or _short(body, "locale"),
        return_url=_url(presentation, "return_url", strict=False),
        name=_short(body, "name"),
        deep_linking=_deep_linking(body) if message is Message.DEEP_LINKING else None,
    )


def read_target(uri: str, custom: Mapping[str, object], *, base_url: str) -> tuple[str | None, str | None]:
    """What the launch names: from the path `/lti/launch/<kind>/<id>`, else from `custom`, else nothing.

    The path wins, for Moodle's course import keeps the URL and drops custom parameters.
    Raises `TargetNotOurs` for any other address.
    """
    segments = launch_segments(uri, base_url=base_url)
    if len(segments) == 2:
        return segments[0], segments[1]
    kind, target = custom.get("kind"), custom.get("id")
    if not isinstance(kind, str) or not isinstance(target, str) or not (storable(kind) and storable(target)):
        return None, None
    return (kind, target) if 0 < len(kind) <= 32 and 0 < len(target) <= 128 else (None, None)


def launch_segments(uri: str, *, base_url: str) -> tuple[str, ...]:
    """The path of one of our launch addresses after `/lti/launch`: nothing, or kind and id."""
    try:
        parts, ours = urlsplit(uri), urlsplit(base_url)
        same = (parts.scheme, parts.hostname, parts.port) == (ours.scheme, ours.hostname, ours.port)
    except ValueError as error:
        raise TargetNotOurs("target_link_uri") from error
    if not same or parts.username is not None:
        raise TargetNotOurs("target_link_uri")
    segments = parts.path.rstrip("/").split("/")[1:]
    if segments[:2] != ["lti", "launch"] or len(segments) not in {2, 4}:
        raise TargetNotOurs("target_link_uri")
    rest = tuple(unquote(segment) for segment in segments[2:])
    if any(not part or len(part) > 128 or "/" in part or not storable(part) for part in rest):
        raise TargetNotOurs("target_link_uri")
    if rest and len(rest[0]) > 32:
        raise TargetNotOurs("target_link_uri")
    return rest


def _deep_linking(body: Mapping[str, object]) -> DeepLinkingSettings:
    settings = _object(body, DEEP_LINKING_SETTINGS, required=True)
    types = _texts(settings, "accept_types")
    if "ltiResourceLink" not in types:
        raise ClaimInvalid("accept_types")
    _texts(settings, "accept_presentation_document_targets")
    return_url = _url(settings, "deep_link_return_url")
    if return_url is None:
        raise ClaimInvalid("deep_link_return_url")
    data = settings.get("data")
    if data is not None and (not isinstance(data, str) or len(data) > 8192 or not storable(data)):
        raise ClaimInvalid("data")
    return DeepLinkingSettings(
        return_url=return_url,
        data=data,
        multiple=settings.get("accept_multiple", False) in (True, "true"),
        takes_line_items=settings.get("accept_lineitem", True) in (True, "true"),
    )


def storable(text: str) -> bool:
    """Whether a database takes this text: JSON can write NUL and half a surrogate pair, which none can keep."""
    return _UNSTORABLE.search(text) is None


def _name(claim: str) -> str:
    return claim.rpartition("/")[2]


def _text(source: Mapping[str, object], claim: str, *, limit: int) -> str:
    value = source.get(claim)
    if not isinstance(value, str) or not value or len(value) > limit or not storable(value):
        raise ClaimInvalid(_name(claim))
    return value


def _short(source: Mapping[str, object], claim: str) -> str | None:
    """An optional text, shortened to what we keep."""
    value = source.get(claim)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 65536:
        raise ClaimInvalid(_name(claim))
    return value.encode("utf-8", "replace").decode().replace("\x00", "")[:TEXT_LIMIT] or None


def _url(source: Mapping[str, object], claim: str, *, strict: bool = True) -> str | None:
    """An http(s) address. Where not `strict`, another scheme (a mobile app's) counts as none."""
    value = source.get(claim)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > URL_LIMIT:
        raise ClaimInvalid(_name(claim))
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        usable = usable and storable(value)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable and not strict:
        return None
    if not usable or _BLANK.search(value):
        raise ClaimInvalid(_name(claim))
    return value


def _object(source: Mapping[str, object], claim: str, *, required: bool = False) -> Mapping[str, object]:
    """An object claim; an absent or null one is empty unless it is required (`custom: null` is a good launch)."""
    value = source.get(claim)
    if value is None and not required:
        return {}
    if not isinstance(value, dict):
        raise ClaimInvalid(_name(claim))
    return value


def _texts(source: Mapping[str, object], claim: str) -> Sequence[str]:
    value = source.get(claim)
    if not isinstance(value, list) or len(value) > LIST_LIMIT:
        raise ClaimInvalid(_name(claim))
    for entry in value:
        if not isinstance(entry, str) or len(entry) > URL_LIMIT:
            raise ClaimInvalid(_name(claim))
    return value
