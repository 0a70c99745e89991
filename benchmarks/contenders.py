"""The tools that are compared: each started under gunicorn with the settings of `passerelle serve`, and stopped."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from browsers import Target
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from lms import CLIENT_ID, DEPLOYMENT_ID, Lms
from sqlalchemy import func, select

from lti_tool.cli.serve import THREADS
from lti_tool.database import Database
from lti_tool.lti.model import LaunchRecord, SpentToken
from lti_tool.lti.platforms import ClientDetails, save_client
from lti_tool.people.model import Context, Person, Placement
from lti_tool.schema import upgrade

PARCOURS = "mon-ent-et-educonnect"
QUIET_SECONDS = 0.05
"""Less processor time than this in a second is a tool that waits for somebody to come."""
KEPT = {"launches": LaunchRecord, "nonces": SpentToken, "people": Person, "contexts": Context, "placements": Placement}


@dataclass(frozen=True, slots=True)
class Contender:
    """A tool to start: its command, environment and folder; `besides` are processes that work for it (a database)."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    alive: str
    target: Target
    database_url: str | None = None
    besides: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """A Flask application built on the library: which Python runs it, in which folder, and its page's mark."""

    name: str
    python: str
    folder: Path
    application: str
    proof: bytes


def passerelle(
    name: str, folder: Path, lms: Lms, database_url: str, *, workers: int, besides: tuple[int, ...] = ()
) -> Contender:
    """Our own tool on one engine, the platform registered and its deployment accepted."""
    folder.mkdir(parents=True)
    database = Database(database_url)
    upgrade(database)
    with database.write() as session:
        details = ClientDetails(
            issuer=lms.endpoints.issuer,
            client_id=CLIENT_ID,
            authorization_url=lms.endpoints.authorization,
            token_url=lms.endpoints.token,
            jwks_url=lms.endpoints.jwks,
            deployment_id=DEPLOYMENT_ID,
        )
        save_client(session, details, now=datetime.now(UTC))
    database.dispose()
    bind = f"127.0.0.1:{_free_port()}"
    root = f"http://{bind}"
    environment = {
        "PASSERELLE_BASE_URL": root,
        "PASSERELLE_DATABASE_URL": database_url,
        "PASSERELLE_KEYS_DIR": str(folder / "keys"),
        "PASSERELLE_ALLOW_PRIVATE_ADDRESSES": "1",
    }
    return Contender(
        name=name,
        command=(str(Path(sys.executable).with_name("passerelle")), "serve", "--bind", bind, "--workers", str(workers)),
        environment=environment,
        folder=folder,
        alive=f"{root}/livez",
        target=Target(root, "/lti/login", f"{root}/lti/launch/parcours/{PARCOURS}", b'data-test="start"'),
        database_url=database_url,
        besides=besides,
    )


def plain(folder: Path, lms: Lms, *, workers: int) -> Contender:
    """PyLTI1p3 as its documentation says, in this folder's `plain_pylti1p3.py`."""
    folder.mkdir(parents=True)
    config = folder / "platform.json"
    config.write_text(json.dumps(_configuration(lms, folder, lms.endpoints.jwks)))
    here = Path(__file__).parent
    environment = {"PEER_CONFIG": str(config)}
    peer = Peer("plain PyLTI1p3", sys.executable, here, "plain_pylti1p3:app", b"data-launch")
    return _under_gunicorn(peer, folder, environment, workers=workers)


def example(checkout: Path, python: str, folder: Path, lms: Lms, *, workers: int, distant: bool) -> Contender:
    """The library's own Flask example, from a checkout that is copied, with a configuration for our platform.

    It fetches the platform's keys at each launch: from loopback, or from a platform that is `distant`.
    """
    shutil.copytree(checkout / "game", folder / "game")
    (folder / "configs").mkdir()
    keys_url = lms.endpoints.distant_jwks if distant else lms.endpoints.jwks
    configuration = _configuration(lms, folder / "configs", keys_url)
    (folder / "configs" / "game.json").write_text(json.dumps(configuration))
    name = "PyLTI1p3's example" + f", keys in {lms.endpoints.key_delay * 1000:.0f} ms" * distant
    peer = Peer(name, python, folder / "game", "app:app", b"launchId = ")
    return _under_gunicorn(peer, folder, {}, workers=workers)


def _configuration(lms: Lms, folder: Path, keys_url: str) -> dict[str, object]:
    """The library's description of the platform, as in its example: keys by URL, a key pair in files."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "private.key").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "public.key").write_bytes(public)
    client = {
        "default": True,
        "client_id": CLIENT_ID,
        "auth_login_url": lms.endpoints.authorization,
        "auth_token_url": lms.endpoints.token,
        "auth_audience": None,
        "key_set_url": keys_url,
        "key_set": None,
        "private_key_file": "private.key",
        "public_key_file": "public.key",
        "deployment_ids": [DEPLOYMENT_ID],
    }
    return {lms.endpoints.issuer: [client]}


def _under_gunicorn(peer: Peer, folder: Path, environment: dict[str, str], *, workers: int) -> Contender:
    """The peer under the gunicorn settings that `passerelle serve` has."""
    bind = f"127.0.0.1:{_free_port()}"
    root = f"http://{bind}"
    options = f"--worker-class gthread --threads {THREADS} --workers {workers} --keep-alive 5 --timeout 60"
    options += f" --graceful-timeout 10 --log-level warning --bind {bind} --chdir {peer.folder}"
    return Contender(
        name=peer.name,
        command=(peer.python, "-m", "gunicorn", *options.split(), peer.application),
        environment=environment,
        folder=folder,
        alive=f"{root}/",  # any answer, a 404 too
        target=Target(root, "/login/", f"{root}/launch/", peer.proof),
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A started tool."""

    contender: Contender
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time that the tool's processes, and its database's, have had."""
        return _cpu_of((self.pid, *self.contender.besides))


@contextmanager
def started(contender: Contender, cores: set[int]) -> Iterator[Running]:
    """Start a tool on these cores, wait until it answers, stop it at the end."""
    log = contender.folder / "server.log"
    with log.open("ab") as output, on_cores(cores):
        process = subprocess.Popen(
            contender.command, env={**os.environ, **contender.environment}, stdout=output, stderr=output
        )
    try:
        _await(contender, process, log)
        running = Running(contender, process.pid)
        _await_quiet(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Processes started within run on these cores; where the system can't say so, on any."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def kept(contender: Contender) -> dict[str, int]:
    """How many rows the database of one of our own holds, by what they are."""
    if contender.database_url is None:
        return {}
    database = Database(contender.database_url)
    with database.read() as session:
        found = {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in KEPT.items()}
    database.dispose()
    return found


def _await(contender: Contender, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urlopen(contender.alive, timeout=2).close()
        except HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{contender.name} did not start:\n{log.read_text()[-3000:]}")


def _await_quiet(running: Running) -> None:
    """Wait until no process of the tool is still starting (a queue's, beside the web ones)."""
    before, until = running.cpu(), time.monotonic() + 20
    while time.monotonic() < until:
        time.sleep(1.0)
        now = running.cpu()
        if now - before < QUIET_SECONDS:
            return
        before = now


def _cpu_of(roots: Iterable[int]) -> float:
    """Processor seconds of these processes and all that descend from them (Linux; 0 elsewhere)."""
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        pid = int(entry.parent.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        ticks[pid] = sum(map(int, fields[11:15]))
    waiting, total = list(roots), 0
    while waiting:
        pid = waiting.pop()
        total += ticks.get(pid, 0)
        waiting += parents.get(pid, [])
    return total / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
