"""The doctor's checks of the tool itself: address, keys, database, queue, packages, names."""

import json
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib import invalidate_caches
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select, text

from lti_tool.administration.findings import Finding
from lti_tool.content.faults import PackageInvalid
from lti_tool.content.library import Library
from lti_tool.database import Database
from lti_tool.errors import Unavailable
from lti_tool.jobs.model import Job
from lti_tool.lti.keys import KeyRing, Secrets
from lti_tool.lti.transport import Transport
from lti_tool.people.pseudonyms import remembered_fingerprint
from lti_tool.settings import Settings, is_loopback
from lti_tool.web.readiness import database_answers, migrations_at_head

OVERDUE = timedelta(minutes=10)
"""A job that has been due for longer than this has no worker."""
RECENT = timedelta(days=7)
NAMES = ("lti_tool", "xapi", "content_packages")
DISTRIBUTION = "passerelle"


def check_address(settings: Settings, issuers: Sequence[str]) -> Finding:
    """Whether the public address is one that the platforms can reach: https, or all of it on this machine."""
    values = {"url": settings.base_url}
    local = [is_loopback(urlsplit(issuer).hostname or "") for issuer in issuers]
    if settings.secure or settings.demo or (local and all(local)):
        return Finding("address", detail=settings.base_url)
    return Finding("address", "address-loopback", detail=settings.base_url, values=values)


def check_public_url(settings: Settings, transport: Transport) -> Finding:
    """Whether the public address leads to this tool: `/livez` there answers as ours does."""
    url = f"{settings.base_url}/livez"
    values = {"url": settings.base_url}
    try:
        answer = transport.get(url)
    except Unavailable as error:
        return Finding("public-url", "url-unreachable", detail=f"{url}: {error.code}, {error.detail}", values=values)
    if answer.ok and _json(answer.body) == {"status": "ok"}:
        return Finding("public-url", detail=url)
    return Finding("public-url", "url-other", detail=f"{url}: HTTP {answer.status}", values=values)


def check_own_keys(settings: Settings, keys: KeyRing, transport: Transport) -> Finding:
    """Whether platforms, at our public address, find the keys that this installation signs with."""
    url = f"{settings.base_url}/.well-known/jwks.json"
    values = {"url": url}
    try:
        answer = transport.get(url)
    except Unavailable as error:
        return Finding("own-keys", "own-keys-unreachable", detail=f"{url}: {error.code}", values=values)
    if not answer.ok:
        return Finding("own-keys", "own-keys-unreachable", detail=f"{url}: HTTP {answer.status}", values=values)
    if _json(answer.body) != keys.jwks():
        return Finding("own-keys", "own-keys-differ", detail=url, values=values)
    return Finding("own-keys", detail=", ".join(pair.kid for pair in keys.pairs()))


def check_key_files(folder: Path) -> list[Finding]:
    """Whether the key files are there, readable by their owner alone, in a folder where new ones can be made."""
    if not folder.is_dir() or not any(folder.glob("lti-*.pem")):
        return [Finding("key-files", "keys-missing", detail=str(folder), values={"folder": folder})]
    files = sorted([*folder.glob("lti-*.pem"), *folder.glob("*.secret")])
    open_to_others = [file.name for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077]
    found = Finding("key-files", detail=str(folder))
    if open_to_others:
        names = ", ".join(open_to_others)
        found = Finding("key-files", "keys-readable", detail=names, values={"folder": folder, "names": names})
    writable = os.access(folder, os.W_OK | os.X_OK)
    fault = "" if writable else "keys-folder-closed"
    return [found, Finding("keys-folder", fault, detail=str(folder), values={"folder": folder})]


def check_actor_secret(database: Database, folder: Path) -> Finding:
    """Whether the secret that pseudonyms come from is the one that the database remembers."""
    values = {"folder": folder}
    file = folder / "actor.secret"
    if not file.is_file():
        return Finding("actor-secret", "actor-missing", values=values)
    with database.read() as session:
        remembered = remembered_fingerprint(session)
    fingerprint = Secrets(session=b"", actor=file.read_bytes().strip()).actor_fingerprint
    if remembered is not None and remembered != fingerprint:
        return Finding("actor-secret", "actor-changed", detail=f"{fingerprint} ≠ {remembered}", values=values)
    return Finding("actor-secret", detail=fingerprint)


def check_database(database: Database) -> list[Finding]:
    """Whether the database answers, is at the version of the code, and (SQLite) lets readers and writers work."""
    kind = database.url.get_backend_name()
    try:
        database_answers(database)
    except Exception as error:  # whatever the driver raises, it is what is to be told
        return [Finding("database", "database-away", detail=f"{kind}: {type(error).__name__}")]
    found = [Finding("database", detail=kind)]
    found.append(Finding("migrations", "" if migrations_at_head(database) else "migrations-missing"))
    if database.is_sqlite:
        with database.read() as session:
            mode = str(session.scalar(text("PRAGMA journal_mode")))
        found.append(Finding("wal", "" if mode == "wal" else "wal-off", detail=mode))
    return found


def check_queue(database: Database, now: datetime) -> list[Finding]:
    """Whether due jobs are taken, and whether some were given up lately."""
    waiting = (Job.done_at.is_(None), Job.failed_at.is_(None))
    with database.read() as session:
        oldest = session.scalar(select(func.min(Job.run_at)).where(*waiting))
        count = session.scalar(select(func.count()).select_from(Job).where(*waiting)) or 0
        failed = session.execute(
            select(Job.kind, func.count(), func.max(Job.last_error))
            .where(Job.failed_at > now - RECENT)
            .group_by(Job.kind)
            .order_by(Job.kind)
        ).all()
    late = int((now - oldest) / timedelta(minutes=1)) if oldest is not None and now - oldest > OVERDUE else 0
    values = {"minutes": late, "count": count}
    found = [Finding("queue", "queue-stuck" if late else "", detail=str(count), values=values)]
    total = sum(number for _kind, number, _error in failed)
    detail = "; ".join(f"{kind} × {number}: {error or ''}" for kind, number, error in failed)
    found.append(Finding("failed-jobs", "jobs-failed" if total else "", detail=detail, values={"count": total}))
    return found


def check_packages(folders: Sequence[Path]) -> Finding:
    """Whether every package of content can be read."""
    try:
        library = Library.load(folders)
    except PackageInvalid as invalid:
        detail = "; ".join(str(fault) for fault in invalid.faults[:3])
        return Finding("packages", "packages-invalid", detail=detail, values={"count": len(invalid.faults)})
    return Finding("packages", detail=", ".join(parcours.id for parcours in library.all_parcours()))


def check_names(path: Sequence[str] | None = None) -> Finding:
    """Whether our top-level names lead to our own code, and no other installed package claims them."""
    home = Path(__file__).resolve().parents[2]
    invalidate_caches()
    shadows = {name: place for name in NAMES if (place := _found_at(name, path)) and place.parent != home}
    claims = _claims(packages_distributions())
    detail = "; ".join([*(f"{name}: {place}" for name, place in shadows.items()), *claims])
    names = ", ".join(sorted({*shadows, *(claim.partition(":")[0] for claim in claims)}))
    return Finding("names", "names-shadowed" if detail else "", detail=detail, values={"names": names})


def _found_at(name: str, path: Sequence[str] | None) -> Path | None:
    """The folder or file that `import name` would take; None where only an import hook knows it."""
    spec = PathFinder.find_spec(name, list(path if path is not None else sys.path))
    if spec is None:
        return None
    if spec.origin is None:  # a folder without __init__.py
        places = list(spec.submodule_search_locations or ())
        return Path(places[0]).resolve() if places else None
    origin = Path(spec.origin).resolve()
    return origin.parent if origin.name == "__init__.py" else origin


def _claims(distributions: Mapping[str, Sequence[str]]) -> list[str]:
    """`name: distribution` for every other distribution that installs one of our names."""
    return [f"{name}: {owner}" for name in NAMES for owner in sorted({*distributions.get(name, ())} - {DISTRIBUTION})]


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
