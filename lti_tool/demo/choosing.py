"""Deep linking's return: check the tool's answer, keep it until the teacher says yes, then place.

Spec: LTI Deep Linking 2.0 §4.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.demo import storage
from lti_tool.demo.content_items import ContentItem, read_items
from lti_tool.demo.ent import Ent
from lti_tool.demo.errors import AnswerRejected, LinkSpent
from lti_tool.demo.messages import DEEP_LINKING, LTI
from lti_tool.demo.model import Tool
from lti_tool.demo.platform import Purpose, Ticket, read_ticket
from lti_tool.demo.tool_keys import LEEWAY_SECONDS, SignatureRefused, verify

EXAMPLE_ID = "mon-ent-et-educonnect"


@dataclass(frozen=True, slots=True)
class Choice:
    """What came back: the items to place, and what the tool says to the teacher."""

    items: tuple[ContentItem, ...]
    message: str


def receive(ent: Ent, ticket_token: str, answer_token: str) -> Choice:
    """Check an answer and keep its items, once.

    Raises `LinkSpent` (a return address used twice, forged or too old) or `AnswerRejected`.
    """
    now = ent.clock()
    identity = ent.identity()
    ticket = read_ticket(identity, ticket_token, Purpose.DEEP_LINKING, now=now)
    with ent.database.read() as session:
        tool = storage.find_tool(session, ticket.content["client"])
    if tool is None:
        raise LinkSpent("tool")
    try:
        claims = verify(
            ent.transport,
            tool.jwks_url,
            answer_token,
            issuer=tool.client_id,
            audience=identity.issuer,
            now=now,
        )
    except SignatureRefused as refusal:
        raise AnswerRejected(refusal.reason) from refusal
    items = _check(claims, tool, origin=ent.tool_origin)
    _keep(ent, ticket, tool, claims, items, now)
    message = claims.get(f"{DEEP_LINKING}msg")
    return Choice(items, message if isinstance(message, str) else "")


def confirm(ent: Ent, ticket_token: str) -> None:
    """Place what the answer proposed. Raises `LinkSpent` when that was done already."""
    now = ent.clock()
    with ent.database.write() as session:
        identity = storage.load_identity(session)
        ticket = read_ticket(identity, ticket_token, Purpose.DEEP_LINKING, now=now)
        if not storage.accept_proposal(session, ticket.id, now=now):
            raise LinkSpent("proposal")


def place_example(ent: Ent) -> bool:
    """Place the parcours that ships with the tool, without a grade, unless it is there; False without a tool."""
    item = ContentItem(
        title="Mon ENT et ÉduConnect",
        text="Se connecter, lire un message, justifier une absence : essayez, sans rien risquer.",
        url=f"{ent.tool_origin}/lti/launch/parcours/{EXAMPLE_ID}",
        custom={"kind": "parcours", "id": EXAMPLE_ID},
    )
    with ent.database.write() as session:
        tool = storage.latest_tool(session)
        if tool is None:
            return False
        if not storage.has_placement_of(session, item.url or ""):
            storage.place(session, tool, item, now=ent.clock())
    return True


def _check(claims: Mapping[str, Any], tool: Tool, *, origin: str) -> tuple[ContentItem, ...]:
    expected = {"message_type": "LtiDeepLinkingResponse", "version": "1.3.0", "deployment_id": tool.deployment_id}
    for name, value in expected.items():
        if claims.get(f"{LTI}{name}") != value:
            raise AnswerRejected(name)
    if not isinstance(claims.get("nonce"), str) or not claims["nonce"]:
        raise AnswerRejected("nonce")
    return read_items(claims.get(f"{DEEP_LINKING}content_items"), origin=origin)


def _keep(
    ent: Ent,
    ticket: Ticket,
    tool: Tool,
    claims: Mapping[str, Any],
    items: tuple[ContentItem, ...],
    now: datetime,
) -> None:
    nonce_until = datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, tz=now.tzinfo)
    with ent.database.write() as session:
        if not storage.spend(session, f"answer:{ticket.id}", expires_at=ticket.expires_at, now=now):
            raise LinkSpent("used")
        if not storage.spend(session, f"nonce:{tool.client_id}:{claims['nonce']}", expires_at=nonce_until, now=now):
            raise AnswerRejected("nonce")
        if items:
            storage.save_proposal(session, ticket.id, tool, items, now)
