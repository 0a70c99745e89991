"""`passerelle serve` and `passerelle worker`."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click
from gunicorn.app.base import BaseApplication

from lti_tool.app import create_app, create_worker
from lti_tool.content.faults import PackageInvalid
from lti_tool.database import Database
from lti_tool.schema import upgrade
from lti_tool.settings import Settings, SettingsInvalid, is_loopback, load_settings
from lti_tool.web.logs import init_logging

THREADS = 8


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Adresse et port d’écoute, HOTE:PORT.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processus web.")
@click.option("--no-worker", is_flag=True, help="Ne pas traiter la file d’attente ici (voir « passerelle worker »).")
@click.option("--demo", is_flag=True, help="Servir aussi l’ENT de démonstration (boucle locale seulement).")
def serve(bind: str, workers: int, no_worker: bool, demo: bool) -> None:
    """Servir l’outil ; une base vide reçoit ses tables."""
    settings = _settings(bind, demo=demo)
    os.environ.update(_as_environment(settings))
    metrics = tempfile.mkdtemp(prefix="passerelle-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
    try:
        _check(settings)
        click.echo(f"Passerelle : {settings.base_url}" + (f"   ENT de démonstration : {settings.demo_root}/" * demo))
        _Server(settings, bind=bind, workers=workers, with_queue=not no_worker).run()
    finally:
        shutil.rmtree(metrics, ignore_errors=True)


@click.command()
@click.pass_obj
def worker(context: Any) -> None:
    """Traiter la file d’attente : notes à renvoyer, et ce qui suivra."""
    init_logging(context.settings.log_level)
    running = create_worker(context.tool)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    running.run_forever()


def _settings(bind: str, *, demo: bool) -> Settings:
    """The settings; on loopback, an address that nobody set follows `--bind`."""
    overrides: dict[str, object] = {}
    host = urlsplit(f"//{bind}").hostname or ""
    if "PASSERELLE_BASE_URL" not in os.environ and is_loopback(host):
        overrides["base_url"] = f"http://{bind}"
    if demo:
        overrides |= {"demo": True, "allow_private_addresses": True}
    try:
        return load_settings(**overrides)
    except SettingsInvalid as error:
        _stop(error.faults)


def _as_environment(settings: Settings) -> dict[str, str]:
    """What this process decided beyond the environment, for the queue's process."""
    decided = {"PASSERELLE_BASE_URL": settings.base_url}
    if settings.demo:
        decided |= {"PASSERELLE_DEMO": "1", "PASSERELLE_ALLOW_PRIVATE_ADDRESSES": "1"}
    return decided


def _check(settings: Settings) -> None:
    """Migrate, make keys and read the packages before any process forks, so that a fault is said once."""
    database = Database(settings.database_url)
    upgrade(database)
    database.dispose()
    try:
        app = create_app(settings)
    except SettingsInvalid as error:
        _stop(error.faults)
    except PackageInvalid as error:
        _stop([str(fault) for fault in error.faults])
    app.extensions["passerelle"].database.dispose()


def _stop(faults: list[str]) -> NoReturn:
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(1)


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads; each process makes its own application after the fork."""

    def __init__(self, settings: Settings, *, bind: str, workers: int, with_queue: bool) -> None:
        self._settings = settings
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": 10,
            "timeout": 60,
            "keepalive": 5,
            "limit_request_line": 8190,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "child_exit": _forget_process,
        }
        self._queue: subprocess.Popen[bytes] | None = None
        if with_queue:
            self._options["when_ready"] = self._start_queue
            self._options["on_exit"] = self._stop_queue
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        init_logging(self._settings.log_level)
        return create_app(self._settings)

    def _start_queue(self, _server: Any) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
        self._queue = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "lti_tool.cli.queue", str(os.getpid())], env=environment
        )

    def _stop_queue(self, _server: Any) -> None:
        if self._queue is not None:
            self._queue.terminate()
            self._queue.wait(timeout=30)


def _forget_process(_server: Any, ended: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(ended.pid)  # type: ignore[no-untyped-call]
