"""The pages of the demonstration ENT, in French, and the blueprint that serves them under `/demo`."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.clock import Clock, utcnow
from lti_tool.demo import choosing, launching, services, storage
from lti_tool.demo.ent import Ent, current_ent
from lti_tool.demo.errors import ForeignForm, FormInvalid, PageRefused, WrongPerson
from lti_tool.demo.launching import LANGUAGES, PLACES
from lti_tool.demo.messages import CLASS_TITLE
from lti_tool.demo.persons import BY_SLUG, PERSONS, Part, Person
from lti_tool.demo.platform import REGISTRATION_SECONDS, Purpose, make_ticket
from lti_tool.demo.registration import registration_url
from lti_tool.demo.roster import roster_page
from lti_tool.errors import NotFound, ToolError
from lti_tool.settings import Settings, is_loopback

COOKIE = "demo_who"
MAX_BODY_BYTES = 1 << 18
LANGUAGE_NAMES = {"fr": "français", "en": "anglais", "ar": "arabe"}
FROM_THE_TOOL = frozenset({"demo.authorize", "demo.receive_choice", "demo.register", "demo.token", "demo.scores"})
"""What the tool, or a page of it, posts to; every other form is the ENT's own."""


def create_blueprint(settings: Settings, make_invitation: Callable[[], str], *, clock: Clock = utcnow) -> Blueprint:
    """The demonstration ENT, to be registered with the tool's application.

    `make_invitation` gives a fresh registration URL of the tool. The ENT's database is made here, at first start.
    Raises `SettingsInvalid` when the tool or the ENT is not on loopback.
    """
    ent = Ent(settings, make_invitation, clock)
    blueprint = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates", static_folder="static")
    ent.attach(blueprint)
    blueprint.before_request(_guard)
    blueprint.after_request(_secure)
    blueprint.context_processor(_page_context)
    blueprint.register_error_handler(ToolError, _refuse)
    services.attach(blueprint)
    _attach_pages(blueprint)
    return blueprint


def _attach_pages(blueprint: Blueprint) -> None:
    get, post = ["GET"], ["POST"]
    for rule, view, methods in (
        ("/", front, get),
        ("/who", choose_person, post),
        ("/reset", reset, post),
        ("/class", class_page, get),
        ("/example", place_example, post),
        ("/activity/<int:placement_id>", activity, get),
        ("/open/<what>", open_place, get),
        ("/launch/<what>", launch, get),
        ("/auth", authorize, ["GET", "POST"]),
        ("/return", return_page, get),
        ("/deep-links/<ticket>", receive_choice, post),
        ("/deep-links/<ticket>/confirm", confirm_choice, post),
        ("/gradebook", gradebook, get),
        ("/members", members, get),
        ("/tools", tools, get),
        ("/tools", install_pasted, post),
        ("/install", install_at_once, post),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=methods)


# ---- before and after every page


def _guard() -> AnyResponse | None:
    ent = current_ent()
    request.max_content_length = MAX_BODY_BYTES
    if request.remote_addr and not is_loopback(request.remote_addr):
        raise WrongPerson("not loopback")
    if request.host != ent.host and request.method == "GET":
        return redirect(ent.origin + request.full_path.rstrip("?"))
    if request.method == "POST" and request.endpoint not in FROM_THE_TOOL:
        _check_own_form(ent)
    return None


def _check_own_form(ent: Ent) -> None:
    """The cookie is Lax, yet the tool's pages may be of the same site: a form of theirs is not one of ours."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise ForeignForm("Sec-Fetch-Site")
    if request.headers.get("Origin", ent.origin) != ent.origin:
        raise ForeignForm("Origin")


def _secure(response: Response) -> Response:
    tool = current_ent().tool_origin
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-src 'self' {tool}; form-action 'self' {tool}; frame-ancestors 'self'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin"
    if request.endpoint != "demo.static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _refuse(error: Exception) -> AnyResponse:
    refusal = error if isinstance(error, ToolError) else ToolError()
    detail = refusal.detail if isinstance(refusal, PageRefused) else ""
    return make_response(render_template("demo/refused.html", code=refusal.code, detail=detail), refusal.status)


def _page_context() -> dict[str, Any]:
    ent = current_ent()
    return {"url": ent.url, "who": current_person(), "Part": Part, "languages": LANGUAGE_NAMES, "language": _language()}


# ---- who is there


def _cookie() -> dict[str, str]:
    """What the cookie says; read once a request."""
    if "demo_cookie" not in g:
        signer = URLSafeSerializer(current_ent().identity().secret, salt=COOKIE)
        try:
            content = signer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            content = {}
        g.demo_cookie = content if isinstance(content, dict) else {}
    cookie: dict[str, str] = g.demo_cookie
    return cookie


def current_person() -> Person | None:
    """Who the visitor has chosen to be."""
    return BY_SLUG.get(_cookie().get("who", ""))


def _language() -> str:
    language = _cookie().get("language", "fr")
    return language if language in LANGUAGES else "fr"


def _require(*parts: Part) -> Person:
    person = current_person()
    if person is None or (parts and person.part not in parts):
        raise WrongPerson("role")
    return person


def _go(path: str) -> AnyResponse:
    return redirect(current_ent().url(path), code=303)


# ---- pages


def front() -> str:
    """Choose who to be, and in which language."""
    return render_template("demo/front.html", persons=PERSONS)


def choose_person() -> AnyResponse:
    """Become somebody."""
    ent = current_ent()
    person, language = BY_SLUG.get(request.form.get("who", "")), request.form.get("language", "fr")
    if person is None or language not in LANGUAGES:
        raise FormInvalid("who")
    signer = URLSafeSerializer(ent.identity().secret, salt=COOKIE)
    response = _go("tools" if person.part is Part.ADMINISTRATOR else "class")
    response.set_cookie(
        COOKIE,
        str(signer.dumps({"who": person.slug, "language": language})),
        path="/demo",
        httponly=True,
        secure=ent.secure,
        samesite="Lax",
    )
    return response


def reset() -> AnyResponse:
    """Start afresh: nobody has done anything yet, and no tool is installed."""
    with current_ent().database.write() as session:
        storage.start_afresh(session)
    response = _go("")
    response.delete_cookie(COOKIE, path="/demo")
    return response


def class_page() -> str:
    """The class, and what is placed in it."""
    _require()
    with current_ent().database.read() as session:
        tool, placements = storage.latest_tool(session), storage.all_placements(session)
    return render_template("demo/class.html", title=CLASS_TITLE, tool=tool, placements=placements)


def place_example() -> AnyResponse:
    """Place the shipped parcours, so that a parent alone at the demonstration has something to open."""
    _require(Part.PARENT, Part.TEACHER)
    if not choosing.place_example(current_ent()):
        raise NotFound("tool")
    return _go("class")


def activity(placement_id: int) -> str:
    """An activity: the tool in a frame."""
    _require()
    with current_ent().database.read() as session:
        _, placement = launching.find_target(session, f"{launching.ACTIVITY}-{placement_id}")
    title = placement.title if placement else ""
    return render_template("demo/framed.html", title=title, what=f"{launching.ACTIVITY}-{placement_id}")


def open_place(what: str) -> str:
    """« Mon espace », the administration, certification, or choosing what to place: the tool in a frame."""
    if what not in PLACES:
        raise NotFound("place")
    _require(*PLACES[what].parts)
    with current_ent().database.read() as session:
        launching.find_target(session, what)
    return render_template("demo/framed.html", title=PLACES[what].title, what=what)


def launch(what: str) -> str:
    """In the frame: the login initiation, which posts itself to the tool."""
    form = launching.start(current_ent(), _require(), what, _language())
    return render_template("demo/autopost.html", form=form)


def authorize() -> str:
    """The authorization endpoint: no cookie is needed, the signed hint says who and what."""
    form = launching.authorize(current_ent(), request.values.to_dict())
    return render_template("demo/autopost.html", form=form)


def return_page() -> str:
    """Where the tool sends back who is done (`launch_presentation.return_url`). Spec: LTI core §5.4.4."""
    return render_template(
        "demo/return.html", message=request.args.get("lti_errormsg") or request.args.get("lti_msg") or ""
    )


def receive_choice(ticket: str) -> str:
    """The tool's deep linking answer: show what would be placed."""
    choice = choosing.receive(current_ent(), ticket, request.form.get("JWT", ""))
    return render_template("demo/choice.html", choice=choice, ticket=ticket)


def confirm_choice(ticket: str) -> AnyResponse:
    """Yes: place it all."""
    choosing.confirm(current_ent(), ticket)
    return _go("class")


def gradebook() -> str:
    """The scores as they came."""
    _require(Part.TEACHER)
    ent = current_ent()
    with ent.database.read() as session:
        generation = storage.load_identity(session).generation
        items = [placement.line_item for placement in storage.all_placements(session) if placement.line_item]
        scores = {(row.line_item_id, row.sub): row for row in storage.all_scores(session)}
    rows = [(person, person.sub(generation)) for person in PERSONS if person.can_be_graded]
    return render_template("demo/gradebook.html", items=items, rows=rows, scores=scores)


def members() -> str:
    """The roster as it is served."""
    _require(Part.TEACHER)
    with current_ent().database.read() as session:
        identity, tool = storage.load_identity(session), storage.latest_tool(session)
    roster = roster_page(identity, tool).body["members"] if tool else []
    return render_template("demo/members.html", roster=roster, tool=tool)


def tools() -> str:
    """The administrator's list of tools."""
    _require(Part.ADMINISTRATOR)
    return _tools_page()


def _tools_page(*, invalid: str | None = None) -> str:
    with current_ent().database.read() as session:
        registered = storage.all_tools(session)
    return render_template("demo/tools.html", tools=registered, invalid=invalid)


def install_pasted() -> str | AnyResponse:
    """Register a tool from the URL that its operator gave."""
    _require(Part.ADMINISTRATOR)
    pasted = request.form.get("url", "")
    page = _install_page(pasted, next_path="tools")
    return page if page is not None else make_response(_tools_page(invalid=pasted), 400)


def install_at_once() -> str:
    """Register the tool that serves this demonstration, with an invitation that it makes."""
    person, ent = _require(), current_ent()
    next_path = "tools" if person.part is Part.ADMINISTRATOR else "class"
    page = _install_page(ent.make_invitation(), next_path=next_path)
    if page is None:
        raise NotFound("invitation")
    return page


def _install_page(address: str, *, next_path: str) -> str | None:
    """The tool's registration page in a frame; None when the address is not the tool's."""
    ent = current_ent()
    registration_token = make_ticket(
        ent.identity(),
        Purpose.REGISTRATION,
        ticket_id=str(uuid4()),
        sub="registration",
        seconds=REGISTRATION_SECONDS,
        now=ent.clock(),
    )
    try:
        source = registration_url(address, issuer=ent.root, token=registration_token, tool_origin=ent.tool_origin)
    except ValueError:
        return None
    if source is None or not urlsplit(source).path.strip("/"):
        return None
    return render_template("demo/install.html", source=source, next_url=ent.url(next_path), tool_origin=ent.tool_origin)
