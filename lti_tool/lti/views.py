"""The front door's pages: login, launch, hand-over, registration, keys."""

from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Request, Response, g, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.errors import ToolError
from lti_tool.lti import cookies, errors, launch_log, login, reception, registration, sessions
from lti_tool.lti.door import Door, current_door
from lti_tool.lti.launch import Audience, Message
from lti_tool.lti.platforms import frameable, get_platform, origin

blueprint = Blueprint("lti", __name__, template_folder="templates")

STATE_SECONDS = 600
TOP, PROBED = "passerelle_top", "passerelle_probed"


@blueprint.get("/.well-known/jwks.json")
def jwks() -> Response:
    """The tool's public keys, current and previous."""
    response = jsonify(current_door().keys.jwks())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.route("/lti/login", methods=["GET", "POST"])
def start_login() -> AnyResponse:
    """Third-party initiated login: probe for cookies, then send the browser to the platform."""
    door = current_door()
    values = _values(request)
    known = login.recognise(door, login.read_request(values, base_url=door.settings.base_url))
    g.frame_ancestors = known.frame_ancestors
    g.platform_id = known.platform_id
    if cookies.probe_name(door.settings) not in request.cookies:
        return _probe(door, known, probed=PROBED in values, top=TOP in values)
    started = login.start(door, known)
    response = redirect(started.url, 302)
    cookies.set_cookie(
        response,
        door.settings,
        cookies.state_name(door.settings, started.state_id),
        started.binding,
        seconds=STATE_SECONDS,
    )
    return response


def _probe(door: Door, known: login.KnownLogin, *, probed: bool, top: bool) -> AnyResponse:
    """Set a cookie and look whether it comes back; where it does not, offer a tab of the tool's own."""
    parameters = dict(known.request.parameters)
    if not probed:
        again = {**parameters, PROBED: "1"} | ({TOP: "1"} if top else {})
        response = redirect(login.with_query(f"{door.settings.base_url}/lti/login", again), 303)
        cookies.set_cookie(
            response, door.settings, cookies.probe_name(door.settings), "1", seconds=cookies.PROBE_SECONDS
        )
        return response
    if top:
        raise errors.CookiesBlocked("at top level")
    way_out = login.with_query(f"{door.settings.base_url}/lti/login", {**parameters, TOP: "1"})
    return make_response(render_template("lti/new_tab.html", way_out=way_out))


@blueprint.post("/lti/launch")
@blueprint.post("/lti/launch/<kind>/<target>")
def launch(kind: str = "", target: str = "") -> AnyResponse:
    """The platform's answer: check everything, then one redirect to a page that can be reloaded."""
    door = current_door()
    form = _values(request)
    arrival = reception.open_arrival(door, form)
    g.frame_ancestors = arrival.frame_ancestors
    g.platform_id = arrival.platform_id
    name = cookies.state_name(door.settings, arrival.state.id)
    binding = request.cookies.get(name)
    received = reception.receive(door, arrival, form, binding=binding, reference=g.get("reference", ""))
    response = redirect(f"/l/{received.launch_id}/{first_page(received)}", 303)
    cookies.drop_cookie(response, door.settings, name)
    sessions.open_session(response, request, door, received.launch_id)
    return response


@blueprint.get("/lti/launch")
@blueprint.get("/lti/launch/<kind>/<target>")
def launch_address(kind: str = "", target: str = "") -> AnyResponse:
    """Somebody opened a launch address by itself (a copied link, a reload): say where to go.

    A platform that refuses may answer so too, whatever `response_mode` was asked for.
    """
    if "error" in request.args:
        raise errors.PlatformRefused("error parameter, by GET")
    raise errors.StateRejected("opened by itself")


def first_page(received: reception.Received) -> str:
    """Where a launch begins: placing, the named resource, the administrator's page, or Mon espace."""
    if received.message is Message.DEEP_LINKING:
        return "choisir"
    if received.kind and received.target:
        return f"{quote(received.kind, safe='')}/{quote(received.target, safe='')}"
    if received.audience is Audience.ADMINISTRATOR:
        return "administration/"
    return ""


@blueprint.get("/lti/continue/<token>")
def take_over(token: str) -> AnyResponse:
    """Go on with a launch in another tab, once."""
    door = current_door()
    launch_id, rest = sessions.take_handover(door, token)
    response = redirect(f"/l/{launch_id}/{rest}", 303)
    sessions.open_session(response, request, door, launch_id)
    return response


@blueprint.get("/lti/register")
def register_page() -> str:
    """What the administrator sees when the platform opens the registration URL: one button."""
    door = current_door()
    configuration = request.args.get("openid_configuration", "")
    _frame_for_registration(configuration)
    with door.database.read() as session:
        registration.check_invitation(session, request.args.get("invitation", ""), now=door.clock())
    if not configuration:
        return render_template("lti/register_alone.html")
    return render_template(
        "lti/register.html",
        platform=origin(configuration),
        invitation=request.args["invitation"],
        configuration=configuration,
        registration_token=request.args.get("registration_token", ""),
    )


@blueprint.post("/lti/register")
def register() -> str:
    """Register at the platform, then say what remains to be done there."""
    door = current_door()
    configuration = request.form.get("openid_configuration", "")
    _frame_for_registration(configuration)
    issuer = registration.register(
        door,
        invitation=request.form.get("invitation", ""),
        configuration_url=configuration,
        registration_token=request.form.get("registration_token") or None,
        description=_("Parcours de culture numérique pour les parents, résultats en xAPI."),
    )
    with door.database.read() as session:
        platform = get_platform(session, issuer)
    return render_template("lti/registered.html", platform=platform)


def note_refusal(error: ToolError) -> None:
    """Add a refused login or launch to its platform's launch log, under the reference that the page shows."""
    platform_id = error.platform_id if isinstance(error, errors.PlatformDisabled) else g.get("platform_id")
    if platform_id is not None:
        door = current_door()
        with door.database.write() as session:
            launch_log.note(
                session,
                platform_id=platform_id,
                outcome=error.code,
                message=None,
                reference=g.get("reference", ""),
                now=door.clock(),
            )


def _values(incoming: Request) -> Mapping[str, str]:
    """The fields of a login or launch, by GET or POST; the first of each name counts."""
    return incoming.form if incoming.method == "POST" else incoming.args


def _frame_for_registration(configuration: str) -> None:
    """The platform that registers us frames the page: its origin comes in the request."""
    g.frame_ancestors = frameable([origin(configuration)])
