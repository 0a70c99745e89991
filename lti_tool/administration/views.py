"""The administrator's pages, the same for an LTI administrator and for the operator (see `access`)."""

import secrets
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lti_tool.administration import connecting, doctor, rights, service
from lti_tool.administration.access import current_administrator, make_blueprints, page
from lti_tool.administration.findings import Finding
from lti_tool.administration.rights import RoleNotForPlacement
from lti_tool.administration.service import SchoolNameMissing, UaiInvalid
from lti_tool.administration.wording import ROLES, line, reason, report
from lti_tool.errors import BadRequest
from lti_tool.lti import cookies, launch_log
from lti_tool.lti.model import DeploymentState
from lti_tool.lti.platforms import decide_deployment
from lti_tool.people.model import GrantRole
from lti_tool.web.tool import current_tool

PROBE = "sonde"
PROBE_SECONDS = 60


def add_pages(blueprint: Blueprint) -> None:
    """Put every page on one of the two blueprints."""
    blueprint.add_url_rule("/", view_func=connect)
    blueprint.add_url_rule("/deploiements", view_func=deployments)
    blueprint.add_url_rule("/deploiements/<int:deployment_pk>", view_func=decide, methods=["POST"])
    blueprint.add_url_rule("/etablissements", view_func=schools)
    blueprint.add_url_rule("/etablissements/<int:context_id>", view_func=tie, methods=["POST"])
    blueprint.add_url_rule("/droits", view_func=grants)
    blueprint.add_url_rule("/droits", endpoint="give", view_func=give, methods=["POST"])
    blueprint.add_url_rule("/droits/<int:grant_id>/retirer", view_func=withdraw, methods=["POST"])
    blueprint.add_url_rule("/journal", view_func=log)
    blueprint.add_url_rule("/verifier", view_func=examine)


def connect() -> str:
    """*Connecter*: what to paste where; for an LTI administrator, that their own launch worked."""
    tool, admin = current_tool(), current_administrator()
    product = admin.launch.platform_product if admin.launch else None
    kind = connecting.kind_of(request.args.get("plateforme"), product)
    with tool.database.read() as session:
        brought = service.brought(session, admin.launch) if admin.launch else None
        waiting = service.waiting_count(session, admin.platform_id)
    return page(
        "connect.html",
        kind=kind,
        sections=connecting.sections(kind, tool.settings),
        canvas=connecting.canvas_configuration(
            tool.settings, _("Parcours de culture numérique pour les parents, résultats en xAPI.")
        ),
        addresses=connecting.addresses(tool.settings),
        brought=brought,
        waiting=waiting,
    )


def deployments() -> str:
    """Every deployment seen, those that wait first."""
    with current_tool().database.read() as session:
        found = service.deployments(session, current_administrator().platform_id)
    return page("deployments.html", lines=found, states=DeploymentState)


def decide(deployment_pk: int) -> Response:
    """Let a deployment in, or not."""
    tool, admin = current_tool(), current_administrator()
    decision = request.form.get("decision")
    if decision not in {"accept", "refuse"}:
        raise BadRequest("decision")
    with tool.database.write() as session:
        decide_deployment(
            session, deployment_pk, accept=decision == "accept", platform_id=admin.platform_id, now=tool.clock()
        )
    return redirect(admin.path("deploiements"), 303)


def schools() -> str:
    """Which school each context belongs to."""
    return _schools_page()


def tie(context_id: int) -> Response | tuple[str, int]:
    """Tie a context to a school, or to none."""
    tool, admin = current_tool(), current_administrator()
    uai = "" if request.form.get("action") == "untie" else request.form.get("uai", "")
    if request.form.get("action") != "untie" and not uai.strip():
        return _schools_page(fault=_("Écrivez le code UAI de l’établissement."), faulty=context_id), 400
    try:
        with tool.database.write() as session:
            service.tie(
                session,
                tool.statements,
                context_id,
                uai=uai,
                name=request.form.get("name", ""),
                platform_id=admin.platform_id,
            )
    except UaiInvalid:
        fault = _("Un code UAI a sept chiffres et une lettre, par exemple 0951234A.")
        return _schools_page(fault=fault, faulty=context_id), 400
    except SchoolNameMissing:
        fault = _("Cet établissement n’est pas encore connu : écrivez aussi son nom.")
        return _schools_page(fault=fault, faulty=context_id), 400
    return redirect(f"{admin.path('etablissements')}#contexte-{context_id}", 303)


def _schools_page(fault: str | None = None, faulty: int | None = None) -> str:
    words = request.args.get("q", "")[:100]
    with current_tool().database.read() as session:
        found = service.contexts(session, current_administrator().platform_id, words=words)
        known = service.schools(session)
    return page(
        "schools.html",
        lines=found[: service.SHOWN],
        more=len(found) > service.SHOWN,
        schools=known,
        words=words,
        fault=fault,
        faulty=faulty,
        given=request.form,
    )


def grants() -> str:
    """Who has which right, and giving one."""
    return _grants_page()


def give() -> Response | tuple[str, int]:
    """Give a right."""
    tool, admin = current_tool(), current_administrator()
    form = request.form
    if not form.get("holder") or not form.get("role"):
        return _grants_page(fault=_("Choisissez à qui donner le droit, et lequel.")), 400
    try:
        with tool.database.write() as session:
            rights.give(
                session,
                holder=form["holder"],
                role=form["role"],
                scope=form.get("scope", "platform"),
                platform_id=admin.platform_id,
                given_by=admin.person_id,
                now=tool.clock(),
            )
    except RoleNotForPlacement:
        fault = _("Le droit d’administrer se donne à une personne, pour toute la plateforme.")
        return _grants_page(fault=fault), 400
    return redirect(admin.path("droits"), 303)


def withdraw(grant_id: int) -> Response:
    """Take a right back."""
    tool, admin = current_tool(), current_administrator()
    with tool.database.write() as session:
        rights.withdraw(session, grant_id, platform_id=admin.platform_id, now=tool.clock())
    return redirect(admin.path("droits"), 303)


def _grants_page(fault: str | None = None) -> str:
    admin, words = current_administrator(), request.args.get("q", "")[:100]
    with current_tool().database.read() as session:
        held = rights.listed(session, admin.platform_id)
        choices = rights.choices(session, admin.platform_id, words=words)
    return page(
        "grants.html",
        lines=held,
        choices=choices,
        roles=ROLES,
        role_of=GrantRole,
        words=words,
        fault=fault,
        given=request.form,
    )


def log() -> str:
    """The last launches and refused logins, with the reason in words."""
    tool, admin = current_tool(), current_administrator()
    lines = launch_log.latest(tool.door, platform_id=admin.platform_id)
    with tool.database.read() as session:
        names = {platform.id: platform.name for platform in service.platforms(session, admin.platform_id)}
    return page("log.html", lines=lines, names=names, reason=reason)


def examine() -> str | Response:
    """The doctor. It first sets a cookie and comes back to itself, to see whether this very browser returns it."""
    tool, admin = current_tool(), current_administrator()
    probe = request.args.get(PROBE, "")
    if not _fresh(probe, tool.clock()):
        return _set_probe()
    installation = doctor.Installation(tool.settings, tool.database, tool.clock)
    findings = [_read_probe(probe), *doctor.examine(installation, platform_id=admin.platform_id)]
    if admin.launch is not None:
        findings = [_for_lti_administrator(finding) for finding in findings]
    lines = [line(finding) for finding in findings]
    about = [f"{tool.clock():%Y-%m-%d %H:%M} UTC", *doctor.about(tool.settings, tool.database)]
    return page("examine.html", lines=lines, report=report(lines, about))


def _for_lti_administrator(finding: Finding) -> Finding:
    """What is seen of the server itself, and of other platforms' tasks, is the operator's."""
    return finding if finding.subject or finding.check == "cookies" else replace(finding, detail="")


def _fresh(probe: str, now: datetime) -> bool:
    """Whether a probe was made less than a minute ago: a page reloaded later makes a new one."""
    moment = probe.partition(".")[0]
    return moment.isascii() and moment.isdigit() and len(moment) < 12 and now.timestamp() - int(moment) < PROBE_SECONDS


def _set_probe() -> Response:
    tool, admin = current_tool(), current_administrator()
    value = f"{int(tool.clock().timestamp())}.{secrets.token_urlsafe(9)}"
    response = redirect(f"{admin.path('verifier')}?{PROBE}={value}", 303)
    secure = tool.settings.secure
    cookies.set_cookie(response, tool.settings, _probe_cookie("pl-doctor"), value, seconds=PROBE_SECONDS)
    if secure:  # and one as it was before Partitioned, to tell what this browser blocks
        response.set_cookie(
            _probe_cookie("pl-doctor-plain"),
            value,
            max_age=PROBE_SECONDS,
            path="/",
            secure=True,
            httponly=True,
            samesite="None",
        )
    return response


def _read_probe(probe: str) -> Finding:
    kept = request.cookies.get(_probe_cookie("pl-doctor")) == probe
    if not current_tool().settings.secure:
        return Finding("cookies", "" if kept else "cookies-blocked", detail=f"SameSite=Lax: {_mark(kept)}")
    plain = request.cookies.get(_probe_cookie("pl-doctor-plain")) == probe
    detail = f"Partitioned: {_mark(kept)}; SameSite=None: {_mark(plain)}"
    return Finding("cookies", "" if kept else "cookies-blocked", detail=detail)


def _mark(kept: bool) -> str:
    return "✓" if kept else "✗"


def _probe_cookie(name: str) -> str:
    return f"__Host-{name}" if current_tool().settings.secure else name


blueprints = make_blueprints(add_pages)
