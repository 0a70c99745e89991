"""What the ENT remembers: the only SQL of the demonstration. It has a database of its own, beside the tool's."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from sqlalchemy import delete, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.database import Database
from lti_tool.demo.content_items import ContentItem
from lti_tool.demo.gradebook import Score
from lti_tool.demo.model import (
    SCHEMA,
    AccessToken,
    DemoBase,
    EntRow,
    LineItem,
    Placement,
    Proposal,
    ScoreRow,
    Spent,
    Tool,
)
from lti_tool.demo.platform import Identity, make_private_key
from lti_tool.demo.registration import ToolRegistration

ACCESS_TOKEN_SECONDS = 3600


def database_url(tool_database_url: str) -> str:
    """Where the ENT's database is: next to the tool's file, or in `var/` when the tool's is elsewhere."""
    url = make_url(tool_database_url)
    on_disk = url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:"))
    folder = Path(url.database or "").parent if on_disk else Path("var")
    return f"sqlite:///{folder / 'demo.sqlite3'}"


def open_database(url: str, *, issuer: str, tool: str) -> Database:
    """Open the ENT's database, made at first start.

    One that was made by another version, or for other addresses, is thrown away: what it holds is a game, and
    its registration would be of no use.
    """
    database = Database(url)
    with database.write() as session:
        known = session.execute(text("PRAGMA user_version")).scalar_one()
        row = session.get(EntRow, 1) if known == SCHEMA else None
        if row is None or (row.issuer, row.tool) != (issuer, tool):
            session.expunge_all()
            connection = session.connection()
            DemoBase.metadata.drop_all(connection)
            DemoBase.metadata.create_all(connection)
            session.add(
                EntRow(
                    id=1,
                    issuer=issuer,
                    tool=tool,
                    private_key=make_private_key(),
                    secret=secrets.token_hex(32),
                    generation=str(uuid4()),
                )
            )
            session.execute(text(f"PRAGMA user_version = {SCHEMA:d}"))
    database.dispose()
    return database


def load_identity(session: Session) -> Identity:
    """Who the ENT is now."""
    row = session.get_one(EntRow, 1)
    return Identity(row.issuer, row.tool, row.private_key, row.secret, row.generation)


def start_afresh(session: Session) -> None:
    """Forget everything but the key: nobody has done anything, and no tool is installed."""
    for table in reversed(DemoBase.metadata.sorted_tables):
        if table is not EntRow.__table__:
            session.execute(delete(table))
    session.get_one(EntRow, 1).generation = str(uuid4())


def spend(session: Session, value: str, *, expires_at: datetime, now: datetime) -> bool:
    """Use up something that is good once; False when it was used already.

    The value's hash is what is kept, so its length is bounded whatever comes from outside.
    """
    session.execute(delete(Spent).where(Spent.expires_at < now - timedelta(minutes=5)))
    try:
        with session.begin_nested():
            session.add(Spent(value=sha256(value.encode()).hexdigest(), expires_at=expires_at))
    except IntegrityError:
        return False
    return True


# ---- tools


def latest_tool(session: Session) -> Tool | None:
    """The tool that « Mon espace » and the like open: the one that registered last."""
    return session.scalars(select(Tool).order_by(Tool.registered_at.desc(), Tool.id.desc()).limit(1)).first()


def all_tools(session: Session) -> Sequence[Tool]:
    """Every registered tool."""
    return session.scalars(select(Tool).order_by(Tool.id)).all()


def find_tool(session: Session, client_id: str) -> Tool | None:
    """The tool of a client_id."""
    return session.scalars(select(Tool).where(Tool.client_id == client_id)).one_or_none()


def save_tool(session: Session, registration: ToolRegistration, *, now: datetime) -> Tool:
    """Register a tool; the same domain again keeps its client_id and deployment, and everything else is overwritten."""
    tool = session.scalars(select(Tool).where(Tool.domain == registration.domain)).one_or_none()
    if tool is None:
        tool = Tool(client_id=secrets.token_hex(10), deployment_id=secrets.token_hex(4), domain=registration.domain)
        session.add(tool)
    tool.name = registration.name
    tool.description = registration.description
    tool.login_url = registration.login_url
    tool.redirect_urls = list(registration.redirect_urls)
    tool.jwks_url = registration.jwks_url
    tool.target_link_url = registration.target_link_url
    tool.deep_linking_url = registration.deep_linking_url
    tool.scopes = list(registration.scopes)
    tool.claims = list(registration.claims)
    tool.custom = dict(registration.custom)
    tool.registered_at = now
    session.flush()
    return tool


# ---- activities


def all_placements(session: Session) -> Sequence[Placement]:
    """The activities of the class, the oldest first."""
    return session.scalars(select(Placement).order_by(Placement.id)).unique().all()


def find_placement(session: Session, placement_id: int) -> Placement | None:
    """One activity."""
    return session.get(Placement, placement_id)


def find_placement_by_link(session: Session, resource_link_id: str) -> Placement | None:
    """The activity of a `resource_link.id`."""
    query = select(Placement).where(Placement.resource_link_id == resource_link_id)
    return session.scalars(query).unique().one_or_none()


def has_placement_of(session: Session, url: str) -> bool:
    """Whether something with this address is placed already."""
    return session.scalars(select(Placement.id).where(Placement.url == url).limit(1)).first() is not None


def place(session: Session, tool: Tool, item: ContentItem, *, now: datetime) -> Placement:
    """Make an activity, and its line item where the item asks for a grade."""
    placement = Placement(
        tool_id=tool.id,
        resource_link_id=str(uuid4()),
        title=item.title or tool.name,
        text=item.text,
        url=item.url or tool.target_link_url,
        custom=dict(item.custom),
        placed_at=now,
    )
    if item.maximum is not None:
        placement.line_item = LineItem(
            label=placement.title, maximum=item.maximum, resource_id=item.resource_id, tag=item.tag
        )
    session.add(placement)
    return placement


def save_proposal(session: Session, proposal_id: str, tool: Tool, items: Sequence[ContentItem], now: datetime) -> None:
    """Keep what the tool proposes until the teacher has said yes."""
    session.add(Proposal(id=proposal_id, tool_id=tool.id, items=[item.as_json() for item in items], made_at=now))


def accept_proposal(session: Session, proposal_id: str, *, now: datetime) -> bool:
    """Place all that was proposed, once; False when there is no such proposal any more."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None:
        return False
    tool = session.get_one(Tool, proposal.tool_id)
    for item in proposal.items:
        place(session, tool, ContentItem.from_json(item), now=now)
    session.delete(proposal)
    return True


# ---- services


def grant_token(session: Session, tool: Tool, scopes: Sequence[str], *, now: datetime) -> str:
    """A new access token of one hour."""
    session.execute(delete(AccessToken).where(AccessToken.expires_at < now))
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(seconds=ACCESS_TOKEN_SECONDS)
    session.add(AccessToken(hash=_hash(token), tool_id=tool.id, scopes=list(scopes), expires_at=expires_at))
    return token


def read_token(session: Session, token: str, *, now: datetime) -> AccessToken | None:
    """The grant of an access token that is still good."""
    grant = session.get(AccessToken, _hash(token))
    return grant if grant is not None and grant.expires_at > now else None


def line_items(session: Session, tool_id: int) -> Sequence[LineItem]:
    """The tool's line items."""
    query = select(LineItem).join(LineItem.placement).where(Placement.tool_id == tool_id).order_by(LineItem.id)
    return session.scalars(query).unique().all()


def find_line_item(session: Session, tool_id: int, line_item_id: int) -> LineItem | None:
    """One of the tool's line items."""
    item = session.get(LineItem, line_item_id)
    return item if item is not None and item.placement.tool_id == tool_id else None


def find_score(session: Session, line_item_id: int, sub: str) -> ScoreRow | None:
    """The score that is kept for somebody."""
    return session.get(ScoreRow, (line_item_id, sub))


def all_scores(session: Session) -> Sequence[ScoreRow]:
    """Every score."""
    return session.scalars(select(ScoreRow)).all()


def scores_of(session: Session, line_item_id: int) -> Sequence[ScoreRow]:
    """The scores of a line item."""
    return session.scalars(select(ScoreRow).where(ScoreRow.line_item_id == line_item_id).order_by(ScoreRow.sub)).all()


def save_score(session: Session, line_item: LineItem, score: Score, *, now: datetime) -> None:
    """Keep a score in place of the former: a post without comment erases the comment, as on Moodle."""
    row = session.get(ScoreRow, (line_item.id, score.user_id))
    if row is None:
        row = ScoreRow(line_item_id=line_item.id, sub=score.user_id)
        session.add(row)
    row.given = score.given if score.counts else None
    row.maximum = score.maximum
    row.comment = score.comment
    row.activity_progress = score.activity_progress
    row.grading_progress = score.grading_progress
    row.timestamp = score.timestamp
    row.received_at = now


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
