"""What the tool calls without a browser: registration, access tokens, line items, scores, results, roster.

Answers are JSON; refusals too. Specs: LTI Dynamic Registration 1.0, 1EdTech security framework §4, LTI-AGS 2.0,
LTI-NRPS 2.0.
"""

import json
from datetime import datetime
from typing import Any

import jwt
from flask import Blueprint, Response, request

from lti_tool.demo import storage
from lti_tool.demo.ent import Ent, current_ent
from lti_tool.demo.errors import (
    ClientInvalid,
    GrantUnsupported,
    LinkSpent,
    MediaTypeNotOffered,
    MediaTypeWrong,
    MetadataInvalid,
    RegistrationTokenUsed,
    ResourceUnknown,
    ScopeInvalid,
    ScopeMissing,
    ScoreInvalid,
    ScoreStale,
    ServiceRefused,
    TokenInvalid,
)
from lti_tool.demo.gradebook import read_score, scaled
from lti_tool.demo.messages import line_item_url
from lti_tool.demo.model import AccessToken, LineItem, Tool
from lti_tool.demo.persons import find_by_sub
from lti_tool.demo.platform import Identity, Purpose, public_jwk, read_ticket
from lti_tool.demo.registration import (
    SCOPE_LINE_ITEM_READ,
    SCOPE_RESULT,
    SCOPE_ROSTER,
    SCOPE_SCORE,
    answer,
    configuration,
    read_registration,
)
from lti_tool.demo.roster import roster_page
from lti_tool.demo.tool_keys import LEEWAY_SECONDS, SignatureRefused, verify

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
ROSTER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


def attach(blueprint: Blueprint) -> None:
    """Add the services to the ENT's blueprint."""
    blueprint.add_url_rule("/.well-known/openid-configuration", view_func=openid_configuration)
    blueprint.add_url_rule("/jwks", view_func=jwks)
    blueprint.add_url_rule("/register", view_func=register, methods=["POST"])
    blueprint.add_url_rule("/token", view_func=token, methods=["POST"])
    items = "/ags/<context_id>/lineitems"
    blueprint.add_url_rule(items, view_func=line_items)
    blueprint.add_url_rule(f"{items}/<int:item_id>/lineitem", view_func=line_item)
    blueprint.add_url_rule(f"{items}/<int:item_id>/lineitem/scores", view_func=scores, methods=["POST"])
    blueprint.add_url_rule(f"{items}/<int:item_id>/lineitem/results", view_func=results)
    blueprint.add_url_rule("/nrps/<context_id>/memberships", view_func=memberships)
    blueprint.register_error_handler(ServiceRefused, refuse)


def refuse(error: Exception) -> Response:
    """The JSON of a refusal."""
    refusal = error if isinstance(error, ServiceRefused) else ServiceRefused("error")
    response = _json({"error": refusal.code, "error_description": refusal.detail}, status=refusal.status)
    if isinstance(refusal, TokenInvalid | ScopeMissing):
        response.headers["WWW-Authenticate"] = f'Bearer error="{refusal.code}"'
    return response


# ---- registration and keys


def openid_configuration() -> Response:
    """The discovery document."""
    ent = current_ent()
    return _json(configuration(ent.root, version=ent.version))


def jwks() -> Response:
    """The ENT's public key. Spec: RFC 7517 §5."""
    return _json({"keys": [public_jwk(current_ent().identity())]})


def register() -> Response:
    """Register a tool. The token is used up only by a registration that succeeds. Spec: LTI DR 1.0 §3.5, §3.6."""
    ent, now = current_ent(), current_ent().clock()
    try:
        ticket = read_ticket(ent.identity(), _bearer(), Purpose.REGISTRATION, now=now)
    except LinkSpent as error:
        raise TokenInvalid("registration_token") from error
    body = _read_json()
    if not isinstance(body, dict):
        raise MetadataInvalid("body")
    registration = read_registration(body, tool_origin=ent.tool_origin)
    with ent.database.write() as session:
        if not storage.spend(session, f"registration:{ticket.id}", expires_at=ticket.expires_at, now=now):
            raise RegistrationTokenUsed("registration_token")
        tool = storage.save_tool(session, registration, now=now)
    registered = answer(body, registration, client_id=tool.client_id, deployment_id=tool.deployment_id)
    return _json(registered, status=201)


# ---- access tokens


def token() -> Response:
    """An access token for the scopes that were both asked for and registered. Spec: security framework §4.1."""
    ent, now = current_ent(), current_ent().clock()
    if request.form.get("grant_type") != "client_credentials":
        raise GrantUnsupported("grant_type")
    tool = _authenticate(ent)
    asked = request.form.get("scope", "").split()
    granted = [scope for scope in tool.scopes if scope in asked]
    if not granted:
        raise ScopeInvalid("scope")
    with ent.database.write() as session:
        value = storage.grant_token(session, tool, granted, now=now)
    return _json(
        {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": storage.ACCESS_TOKEN_SECONDS,
            "scope": " ".join(granted),
        }
    )


def _authenticate(ent: Ent) -> Tool:
    """Who asks, proven by a token that they signed, which is good once. Spec: RFC 7523 §3, security framework §4.1."""
    if request.form.get("client_assertion_type") != ASSERTION_TYPE:
        raise ClientInvalid("client_assertion_type")
    assertion, now = request.form.get("client_assertion", ""), ent.clock()
    with ent.database.read() as session:
        tool = storage.find_tool(session, _claimed_client(assertion))
    if tool is None:
        raise ClientInvalid("iss")
    try:
        claims = verify(
            ent.transport, tool.jwks_url, assertion, issuer=tool.client_id, audience=ent.url("token"), now=now
        )
    except SignatureRefused as refusal:
        raise ClientInvalid(refusal.reason) from refusal
    jti = claims.get("jti")
    if claims.get("sub") != tool.client_id:
        raise ClientInvalid("sub")
    if not isinstance(jti, str) or not jti:
        raise ClientInvalid("jti")
    expires_at = datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, tz=now.tzinfo)
    with ent.database.write() as session:
        if not storage.spend(session, f"assertion:{tool.client_id}:{jti}", expires_at=expires_at, now=now):
            raise ClientInvalid("jti already used")
    return tool


def _claimed_client(assertion: str) -> str:
    """The `iss` that an assertion claims, before anything is believed: only to know whose keys to ask for."""
    try:
        claimed = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except (jwt.PyJWTError, ValueError) as error:
        raise ClientInvalid("malformed") from error
    return claimed if isinstance(claimed, str) else ""


# ---- assignments and grades


def line_items(context_id: str) -> Response:
    """The tool's line items, filtered. Spec: LTI-AGS 2.0 §3.2.4."""
    ent = current_ent()
    _offers(LINE_ITEMS)
    grant, identity = _granted(SCOPE_LINE_ITEM_READ), _context(context_id)
    members = {"resource_link_id": "resourceLinkId", "resource_id": "resourceId", "tag": "tag"}
    filters = {member: request.args[name] for name, member in members.items() if name in request.args}
    with ent.database.read() as session:
        found = [_line_item_json(identity, item) for item in storage.line_items(session, grant.tool_id)]
    kept = [item for item in found if all(item.get(member) == value for member, value in filters.items())]
    return _json(kept, media_type=LINE_ITEMS)


def line_item(context_id: str, item_id: int) -> Response:
    """One line item. There is no way to change or delete it: the ENT's teacher made it."""
    _offers(LINE_ITEM)
    grant, identity = _granted(SCOPE_LINE_ITEM_READ), _context(context_id)
    return _json(_line_item_json(identity, _line_item(grant, item_id)), media_type=LINE_ITEM)


def scores(context_id: str, item_id: int) -> Response:
    """Take a score. Spec: LTI-AGS 2.0 §3.4."""
    ent = current_ent()
    grant, identity = _granted(SCOPE_SCORE), _context(context_id)
    item = _line_item(grant, item_id)
    if request.headers.get("Content-Type") != SCORE:
        raise MediaTypeWrong("Content-Type")
    score = read_score(_read_json())
    person = find_by_sub(score.user_id, identity.generation)
    if person is None:
        raise ResourceUnknown("userId")
    if not person.can_be_graded:
        raise ScoreInvalid("userId")
    with ent.database.write() as session:
        kept = storage.find_score(session, item.id, score.user_id)
        if not score.follows(kept.timestamp if kept else None):
            raise ScoreStale("timestamp")
        storage.save_score(session, item, score, now=ent.clock())
    return Response(status=200, content_type="application/json")


def results(context_id: str, item_id: int) -> Response:
    """The grades of a line item, in its own scale. Spec: LTI-AGS 2.0 §3.3."""
    ent = current_ent()
    _offers(RESULTS)
    grant, identity = _granted(SCOPE_RESULT), _context(context_id)
    item, wanted = _line_item(grant, item_id), request.args.get("user_id")
    own_url = line_item_url(identity, grant.tool_id, item.id)
    path, _, query = own_url.partition("?")
    with ent.database.read() as session:
        rows = storage.scores_of(session, item.id)
    body = [
        {
            "id": f"{path}/results/{row.sub}?{query}",
            "scoreOf": own_url,
            "userId": row.sub,
            "resultScore": scaled(row.given, row.maximum, item.maximum),
            "resultMaximum": item.maximum,
            "comment": row.comment,
        }
        for row in rows
        if row.given is not None and (wanted is None or wanted == row.sub)
    ]
    return _json(body, media_type=RESULTS)


def _line_item(grant: AccessToken, item_id: int) -> LineItem:
    if request.args.get("type_id") != str(grant.tool_id):
        raise ResourceUnknown("type_id")
    with current_ent().database.read() as session:
        item = storage.find_line_item(session, grant.tool_id, item_id)
    if item is None:
        raise ResourceUnknown("lineitem")
    return item


def _line_item_json(identity: Identity, item: LineItem) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": line_item_url(identity, item.placement.tool_id, item.id),
        "label": item.label,
        "scoreMaximum": item.maximum,
        "resourceLinkId": item.placement.resource_link_id,
    }
    return body | {name: value for name, value in (("resourceId", item.resource_id), ("tag", item.tag)) if value}


# ---- names and roles


def memberships(context_id: str) -> Response:
    """The roster, by pages. Spec: LTI-NRPS 2.0 §2."""
    ent = current_ent()
    _offers(ROSTER)
    grant, identity = _granted(SCOPE_ROSTER), _context(context_id)
    rlid = request.args.get("rlid")
    with ent.database.read() as session:
        tool = session.get_one(Tool, grant.tool_id)
        placement = storage.find_placement_by_link(session, rlid) if rlid else None
    if rlid and (placement is None or placement.tool_id != tool.id):
        raise ResourceUnknown("rlid")
    limit = _whole("limit", least=1)
    start = _whole("from", least=0) or 0
    page = roster_page(identity, tool, limit=limit, start=start, role=request.args.get("role"), placement=placement)
    response = _json(page.body, media_type=ROSTER)
    if page.next_url:
        response.headers["Link"] = f'<{page.next_url}>; rel="next"'
    return response


def _whole(name: str, *, least: int) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 6 or int(text) < least:
        raise ServiceRefused(name)
    return int(text)


# ---- what they share


def _granted(scope: str) -> AccessToken:
    """The access token of the request, with this scope. Spec: RFC 6750 §2.1, §3.1."""
    ent = current_ent()
    with ent.database.read() as session:
        grant = storage.read_token(session, _bearer(), now=ent.clock())
    if grant is None:
        raise TokenInvalid("access_token")
    if scope not in grant.scopes:
        raise ScopeMissing(scope)
    return grant


def _context(context_id: str) -> Identity:
    identity = current_ent().identity()
    if context_id != identity.context_id:
        raise ResourceUnknown("context")
    return identity


def _bearer() -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not value.strip():
        raise TokenInvalid("Authorization")
    return value.strip()


def _offers(media_type: str) -> None:
    """Refuse a call that wants something else than what the service gives (none said: anything goes)."""
    if request.headers.get("Accept") and not request.accept_mimetypes.quality(media_type):
        raise MediaTypeNotOffered("Accept")


def _read_json() -> object:
    try:
        body: object = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise ServiceRefused("body") from error
    return body


def _json(body: object, *, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type=media_type)
