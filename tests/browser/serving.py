"""The tool as `passerelle serve --demo` serves it, in a process of its own; over TLS on two sites when asked."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import trustme

PROGRAM = str(Path(sys.executable).with_name("passerelle"))
START_SECONDS = 60
TOOL_HOST, ENT_HOST = "passerelle.localhost", "ent.localhost"


@dataclass(frozen=True, slots=True)
class Served:
    """A running tool: its own address, its demonstration ENT's, and the plain address behind any TLS."""

    tool: str
    ent: str
    plain: str
    environment: Mapping[str, str]

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over https, the tool and the ENT on two sites."""
        return self.tool.startswith("https://")

    def command(self, *words: str) -> str:
        """What `passerelle <words>` writes, on the same database and keys."""
        done = subprocess.run(
            [PROGRAM, *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def statements(self, **query: str) -> list[dict[str, Any]]:
        """Every statement that the query finds, read through the LRS API page by page, oldest first."""
        key, secret = _credential(self)
        parameters: dict[str, str] = {"ascending": "true", **query}
        path, found = "/xapi/statements", []
        while path:
            answer = requests.get(
                self.plain + path,
                params=parameters,
                auth=(key, secret),
                headers={"X-Experience-API-Version": "1.0.3"},
                timeout=20,
            )
            answer.raise_for_status()
            body = answer.json()
            found += body["statements"]
            path, parameters = body.get("more", ""), {}
        return found


_credentials: dict[str, tuple[str, str]] = {}


def _credential(served: Served) -> tuple[str, str]:
    if served.plain not in _credentials:
        line = served.command("lrs", "credential", "create", "--name", "t", "--scope", "statements/read").strip()
        key, _, secret = line.partition(":")
        _credentials[served.plain] = key, secret
    return _credentials[served.plain]


@contextmanager
def serve_plainly(folder: Path) -> Iterator[Served]:
    """The tool and its ENT on one loopback address over http, as `make run` gives them."""
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    with _process(folder, port, {}) as environment:
        yield Served(root, f"{root}/demo", root, environment)


@contextmanager
def serve_two_sites(folder: Path) -> Iterator[Served]:
    """The tool and its ENT on two sites over https, so that the ENT's page and the tool in it are third parties."""
    authority = trustme.CA()
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(TOOL_HOST, ENT_HOST).configure_cert(context)
    port = free_port()
    with _tls_in_front(port, context, count=2) as (tool_port, ent_port):
        tool, ent = f"https://{TOOL_HOST}:{tool_port}", f"https://{ENT_HOST}:{ent_port}/demo"
        settings = {"PASSERELLE_BASE_URL": tool, "PASSERELLE_DEMO_URL": ent, "REQUESTS_CA_BUNDLE": str(bundle)}
        with _process(folder, port, settings) as environment:
            yield Served(tool, ent, f"http://127.0.0.1:{port}", environment)


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _process(folder: Path, port: int, settings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")}
    environment |= {
        "PASSERELLE_DATABASE_URL": f"sqlite:///{folder}/passerelle.sqlite3",
        "PASSERELLE_KEYS_DIR": str(folder / "keys"),
        "PASSERELLE_ALLOW_PRIVATE_ADDRESSES": "1",
        **settings,
    }
    log = folder / "serve.log"
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [PROGRAM, "serve", "--demo", "--bind", f"127.0.0.1:{port}"],
            env=environment,
            stdout=lines,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{port}/readyz", log)
        yield environment
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(url, timeout=5).ok:
                return
        time.sleep(0.1)
    raise AssertionError(f"the tool did not start:\n{log.read_text()}")


@contextmanager
def _tls_in_front(port: int, context: ssl.SSLContext, *, count: int) -> Iterator[list[int]]:
    """`count` TLS ports that all lead to one plain one. They run on an event loop of their own, in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tls", daemon=True)
    thread.start()

    async def open_ports() -> list[asyncio.Server]:
        return [
            await asyncio.start_server(lambda r, w: _relay(r, w, port), "127.0.0.1", 0, ssl=context)
            for _ in range(count)
        ]

    async def close_ports() -> None:
        for server in servers:
            server.close()
        ours = asyncio.current_task()
        open_relays = [task for task in asyncio.all_tasks() if task is not ours]
        for task in open_relays:
            task.cancel()
        await asyncio.gather(*open_relays, return_exceptions=True)

    servers = asyncio.run_coroutine_threadsafe(open_ports(), loop).result(10)
    try:
        yield [server.sockets[0].getsockname()[1] for server in servers]
    finally:
        asyncio.run_coroutine_threadsafe(close_ports(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    try:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(_copy(reader, behind_writer), _copy(behind_reader, writer))
    finally:
        behind_writer.close()
        writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # ssl.SSLError too: browsers leave without a word
        while chunk := await source.read(65536):
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()
