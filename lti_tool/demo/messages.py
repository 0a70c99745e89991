"""The claims of the two LTI messages that the platform sends. Pure.

Spec: LTI core 1.3 §5, LTI Deep Linking 2.0 §4.4, LTI-AGS 2.0 §3.1, LTI-NRPS 2.0 §3.6.1.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.demo.model import Placement, Tool
from lti_tool.demo.persons import Person
from lti_tool.demo.platform import ID_TOKEN_SECONDS, Identity
from lti_tool.demo.registration import PRODUCT, SCOPE_ROSTER

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

CLASS_TITLE = "Classe de 6e B"
CLASS_LABEL = "6B"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody on their way into the tool."""

    person: Person
    language: str
    tool: Tool
    link_id: str
    link_title: str
    placement: Placement | None = None


def resource_link_claims(
    identity: Identity, visit: Visit, *, nonce: str, now: datetime, version: str
) -> dict[str, Any]:
    """An LtiResourceLinkRequest. What does not exist is not claimed: no line item, no `lineitem`."""
    placement = visit.placement
    claims = _common(identity, visit, nonce=nonce, now=now, version=version)
    claims[f"{LTI}message_type"] = "LtiResourceLinkRequest"
    claims[f"{LTI}target_link_uri"] = placement.url if placement else visit.tool.target_link_url
    claims[f"{LTI}resource_link"] = {"id": visit.link_id, "title": visit.link_title}
    if placement and placement.text:
        claims[f"{LTI}resource_link"]["description"] = placement.text
    custom = visit.tool.custom | (placement.custom if placement else {})
    if custom:
        claims[f"{LTI}custom"] = custom
    scopes = [scope for scope in visit.tool.scopes if "/lti-ags/" in scope]
    if scopes:
        claims[AGS] = {"scope": scopes, "lineitems": line_items_url(identity, visit.tool.id)}
        if placement and placement.line_item:
            claims[AGS]["lineitem"] = line_item_url(identity, visit.tool.id, placement.line_item.id)
    if SCOPE_ROSTER in visit.tool.scopes:
        claims[NRPS] = {"context_memberships_url": memberships_url(identity), "service_versions": ["2.0"]}
    return claims


def deep_linking_claims(
    identity: Identity, visit: Visit, *, return_url: str, nonce: str, now: datetime, version: str
) -> dict[str, Any]:
    """An LtiDeepLinkingRequest: several items at once, resource links alone, no `data` (as Moodle does)."""
    claims = _common(identity, visit, nonce=nonce, now=now, version=version)
    claims[f"{LTI}message_type"] = "LtiDeepLinkingRequest"
    claims[f"{LTI}target_link_uri"] = visit.tool.deep_linking_url or visit.tool.target_link_url
    claims[f"{DEEP_LINKING}deep_linking_settings"] = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_multiple": True,
        "auto_create": False,
        "deep_link_return_url": return_url,
        "title": CLASS_TITLE,
    }
    if visit.tool.custom:
        claims[f"{LTI}custom"] = dict(visit.tool.custom)
    return claims


def line_items_url(identity: Identity, tool_id: int) -> str:
    """The container of line items; like Moodle's, it carries a query string that must be kept."""
    return f"{identity.issuer}/ags/{identity.context_id}/lineitems?type_id={tool_id}"


def line_item_url(identity: Identity, tool_id: int, line_item_id: int) -> str:
    """A line item's own URL, which is also its `id`."""
    return f"{identity.issuer}/ags/{identity.context_id}/lineitems/{line_item_id}/lineitem?type_id={tool_id}"


def memberships_url(identity: Identity) -> str:
    """The class's roster."""
    return f"{identity.issuer}/nrps/{identity.context_id}/memberships"


def released_names(person: Person, tool: Tool) -> dict[str, str]:
    """The names that the tool asked for at its registration, and no other."""
    names = {"name": person.name, "given_name": person.given_name, "family_name": person.family_name}
    return {claim: value for claim, value in names.items() if claim in tool.claims}


def _common(identity: Identity, visit: Visit, *, nonce: str, now: datetime, version: str) -> dict[str, Any]:
    issued_at = int(now.timestamp())
    return {
        "iss": identity.issuer,
        "aud": visit.tool.client_id,
        "sub": visit.person.sub(identity.generation),
        "iat": issued_at,
        "exp": issued_at + ID_TOKEN_SECONDS,
        "nonce": nonce,
        **released_names(visit.person, visit.tool),
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": visit.tool.deployment_id,
        f"{LTI}roles": list(visit.person.roles),
        f"{LTI}context": {
            "id": identity.context_id,
            "label": CLASS_LABEL,
            "title": CLASS_TITLE,
            "type": ["CourseSection"],
        },
        f"{LTI}launch_presentation": {
            "locale": visit.language,
            "document_target": "iframe",
            "return_url": f"{identity.issuer}/return",
        },
        f"{LTI}tool_platform": {
            "guid": identity.guid,
            "name": "ENT de démonstration",
            "product_family_code": PRODUCT,
            "version": version,
        },
    }
