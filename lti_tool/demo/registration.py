"""Dynamic registration: what the platform says of itself, and reading what a tool says of itself. Pure.

Spec: LTI Dynamic Registration 1.0, RFC 7591.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_tool.demo.content_items import origin_of, read_custom
from lti_tool.demo.errors import AnswerRejected, MetadataInvalid, RedirectInvalid

SCOPE_LINE_ITEM_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
SCOPE_RESULT = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCOPE_SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
SCOPE_ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (SCOPE_LINE_ITEM_READ, SCOPE_RESULT, SCOPE_SCORE, SCOPE_ROSTER)

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
NAME_CLAIMS = ("name", "given_name", "family_name")
PRODUCT = "passerelle-demo"


@dataclass(frozen=True, slots=True)
class ToolRegistration:
    """A tool as it describes itself, checked."""

    domain: str
    name: str
    description: str
    login_url: str
    redirect_urls: tuple[str, ...]
    jwks_url: str
    target_link_url: str
    deep_linking_url: str | None
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    custom: Mapping[str, str]


def configuration(issuer: str, *, version: str) -> dict[str, Any]:
    """The discovery document. Spec: LTI Dynamic Registration 1.0 §3.4, OpenID Connect Discovery §3."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/auth",
        "token_endpoint": f"{issuer}/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{issuer}/jwks",
        "registration_endpoint": f"{issuer}/register",
        "scopes_supported": ["openid", *SCOPES],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", *NAME_CLAIMS],
        PLATFORM_CONFIGURATION: {
            "product_family_code": PRODUCT,
            "version": version,
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
            ],
            "variables": [],
        },
    }


def registration_url(pasted: str, *, issuer: str, token: str, tool_origin: str) -> str | None:
    """The address that opens the tool's registration page; None when it is not one of this tool's.

    Spec: LTI Dynamic Registration 1.0 §3.3.
    """
    parts = urlsplit(pasted.strip())
    if f"{parts.scheme}://{parts.netloc}" != tool_origin:
        return None
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [("openid_configuration", f"{issuer}/.well-known/openid-configuration"), ("registration_token", token)]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def read_registration(body: object, *, tool_origin: str) -> ToolRegistration:
    """Check a tool's registration request. Raises `MetadataInvalid` or `RedirectInvalid` naming the field.

    Spec: LTI Dynamic Registration 1.0 §3.5; what Moodle requires is required, and every address must be on
    the one origin that the demonstration is for.
    """
    if not isinstance(body, Mapping):
        raise MetadataInvalid("body")
    tool = body.get(TOOL_CONFIGURATION)
    if not isinstance(tool, Mapping):
        raise MetadataInvalid(TOOL_CONFIGURATION)
    if "id_token" not in _texts(body, "response_types"):
        raise MetadataInvalid("response_types")
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        raise MetadataInvalid("token_endpoint_auth_method")
    target = _address(tool, "target_link_uri", tool_origin)
    if tool.get("domain") != urlsplit(target).netloc:
        raise MetadataInvalid("domain")
    redirects = _texts(body, "redirect_uris")
    if not redirects or any(origin_of(url) != tool_origin for url in redirects):
        raise RedirectInvalid("redirect_uris")
    try:
        custom = read_custom(tool.get("custom_parameters"))
    except AnswerRejected as error:
        raise MetadataInvalid("custom_parameters") from error
    description = tool.get("description")
    return ToolRegistration(
        domain=_text(tool, "domain"),
        name=_text(body, "client_name"),
        description=description if isinstance(description, str) else "",
        login_url=_address(body, "initiate_login_uri", tool_origin),
        redirect_urls=redirects,
        jwks_url=_address(body, "jwks_uri", tool_origin),
        target_link_url=target,
        deep_linking_url=_deep_linking(tool, target, tool_origin),
        scopes=tuple(scope for scope in SCOPES if scope in str(body.get("scope") or "").split()),
        claims=tuple(claim for claim in NAME_CLAIMS if claim in _texts(tool, "claims")),
        custom=custom,
    )


def answer(
    body: Mapping[str, Any], registration: ToolRegistration, *, client_id: str, deployment_id: str
) -> dict[str, Any]:
    """What was registered, with the client_id and the deployment. Spec: LTI Dynamic Registration 1.0 §3.6."""
    tool = dict(body[TOOL_CONFIGURATION]) | {"deployment_id": deployment_id, "claims": list(registration.claims)}
    return dict(body) | {"client_id": client_id, "scope": " ".join(registration.scopes), TOOL_CONFIGURATION: tool}


def _deep_linking(tool: Mapping[Any, Any], target: str, origin: str) -> str | None:
    messages = tool.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        raise MetadataInvalid("messages")
    for message in messages:
        if message.get("type") == "LtiDeepLinkingRequest":
            return _address(message, "target_link_uri", origin) if message.get("target_link_uri") else target
    return None


def _text(body: Mapping[Any, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise MetadataInvalid(name)
    return value


def _texts(body: Mapping[Any, Any], name: str) -> tuple[str, ...]:
    value = body.get(name, ())
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        raise MetadataInvalid(name)
    return tuple(value)


def _address(body: Mapping[Any, Any], name: str, origin: str) -> str:
    value = _text(body, name)
    if origin_of(value) != origin:
        raise MetadataInvalid(name)
    return value
