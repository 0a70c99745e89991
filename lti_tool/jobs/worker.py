"""Doing what was queued: one job at a time, outside of any transaction, and again when it did not work.

A job is taken by writing into its row until when the worker holds it (`locked_until`, the lease, to which `run_at`
is moved too). A worker that dies leaves a lease that runs out; another then takes the job. So a handler may run more
than once for one job, never twice at the same time, as long as it ends within the lease.
"""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from lti_tool.clock import Clock
from lti_tool.database import Database
from lti_tool.errors import ToolError
from lti_tool.jobs.model import Job
from lti_tool.reference import new_reference

log = logging.getLogger("lti_tool.jobs")

LEASE = timedelta(minutes=10)
"""How long a worker holds a job. Handlers' own timeouts must add up to less."""
MAX_ATTEMPTS = 24
"""With the pauses below: three days of trying, so that a platform's week-end does not lose a grade."""
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=6)
KEEP_DONE = timedelta(days=30)
_SWEEP_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Done:
    """The job has been done."""


@dataclass(frozen=True, slots=True)
class Later:
    """To be done at `at`, not before; it does not count as a failure."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """It did not work this time; `reason` is for the row and the log: a code, never anybody's data."""

    reason: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It will never work; `reason` as in `Again`."""

    reason: str


Outcome = Done | Later | Again | GivenUp
Handler = Callable[[Database, Mapping[str, object]], Outcome]
"""Does a job of one kind, in transactions of its own. An exception counts as `Again`."""


@dataclass(frozen=True, slots=True)
class _Taken:
    id: int
    kind: str
    payload: Mapping[str, object]
    attempts: int
    until: datetime


class Worker:
    """Runs the jobs of the kinds that it has handlers for; several may run side by side."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        lease: timedelta = LEASE,
        max_attempts: int = MAX_ATTEMPTS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`jitter` gives numbers of [0, 1): it spreads the retries of jobs that failed together."""
        self._database = database
        self._handlers = dict(handlers)
        self._clock = clock
        self._lease = lease
        self._max_attempts = max_attempts
        self._jitter = jitter
        self._stop = Event()
        self._swept: datetime | None = None

    def run_forever(self, poll: float = 0.5) -> None:
        """Run jobs until `stop`, looking for due ones every `poll` seconds. A database that is away is waited for."""
        while not self._stop.is_set():
            try:
                busy = self.run_once()
                self._sweep_sometimes()
            except Exception:
                log.exception("worker", extra={"reference": new_reference()})
                busy = False
                self._stop.wait(5)
            if not busy:
                self._stop.wait(poll)

    def stop(self) -> None:
        """End `run_forever` once the job in hand is done. Safe from a signal handler and from other threads."""
        self._stop.set()

    def run_once(self) -> bool:
        """Run one due job, if there is one; whether there was."""
        taken = self._take()
        if taken is None:
            return False
        if taken.attempts > self._max_attempts:
            # Its workers died one after the other: the job itself may be what kills them.
            self._finish(taken, GivenUp("lease-expired"))
            return True
        try:
            outcome = self._handlers[taken.kind](self._database, taken.payload)
        except Exception as error:
            outcome = Again(self._explain(taken, error))
        self._finish(taken, outcome)
        return True

    def sweep(self) -> int:
        """Delete the jobs done more than `KEEP_DONE` ago; how many."""
        with self._database.write() as session:
            gone = session.execute(delete(Job).where(Job.done_at < self._clock() - KEEP_DONE).returning(Job.id))
            return len(gone.all())

    def _sweep_sometimes(self) -> None:
        now = self._clock()
        if self._swept is None or now - self._swept >= _SWEEP_EVERY:
            self._swept = now
            self.sweep()

    def _due(self, now: datetime) -> ColumnElement[bool]:
        return and_(
            Job.done_at.is_(None),
            Job.failed_at.is_(None),
            Job.run_at <= now,
            Job.kind.in_(self._handlers),
            or_(Job.locked_until.is_(None), Job.locked_until <= now),
        )

    def _take(self) -> _Taken | None:
        """Claim the job that has been due for longest. Looks first without the right to write."""
        now = self._clock()
        with self._database.read() as session:
            if session.scalar(select(Job.id).where(self._due(now)).limit(1)) is None:
                return None
        with self._database.write() as session:
            first = select(Job).where(self._due(now)).order_by(Job.run_at, Job.id).limit(1)
            job = session.scalar(first.with_for_update(skip_locked=True))
            if job is None:
                return None
            until = now + self._lease
            job.attempts += 1
            job.locked_until = job.run_at = until
            return _Taken(job.id, job.kind, dict(job.payload), job.attempts, until)

    def _finish(self, taken: _Taken, outcome: Outcome) -> None:
        """Write down how it ended, unless the lease has run out and the job is another worker's."""
        now = self._clock()
        mine = and_(Job.id == taken.id, Job.attempts == taken.attempts, Job.locked_until == taken.until)
        values = self._values(taken, outcome, now)
        with self._database.write() as session:
            asked_again = session.scalar(select(Job.run_at).where(mine).with_for_update())
            if asked_again is None:
                log.warning("job lost", extra={"kind": taken.kind, "job": taken.id})
                return
            if "key" in values and asked_again != taken.until:
                # Asked for anew while it ran: what was decided since has not been done yet.
                values = {"run_at": asked_again, "attempts": 0, "last_error": values.get("last_error")}
            session.execute(update(Job).where(mine).values(locked_until=None, **values))
        name = type(outcome).__name__.lower()
        log.info("job", extra={"kind": taken.kind, "job": taken.id, "outcome": name, "attempt": taken.attempts})

    def _values(self, taken: _Taken, outcome: Outcome, now: datetime) -> dict[str, object]:
        match outcome:
            case Done():
                return {"done_at": now, "key": None, "last_error": None}
            case Later(at):
                return {"run_at": at, "attempts": taken.attempts - 1}
            case Again(reason) if taken.attempts < self._max_attempts:
                return {"run_at": now + self.pause(taken.attempts), "last_error": reason}
            case Again(reason) | GivenUp(reason):
                return {"failed_at": now, "key": None, "last_error": reason}

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after this many failed attempts: doubling, capped, and spread by ±20 %."""
        pause: timedelta = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
        return pause * (0.8 + 0.4 * self._jitter())

    def _explain(self, taken: _Taken, error: Exception) -> str:
        code = error.code if isinstance(error, ToolError) else type(error).__name__
        reference = new_reference()
        log.exception("job failed", extra={"kind": taken.kind, "job": taken.id, "code": code, "reference": reference})
        return f"{code} ({reference})"


def queue_depths(database: Database) -> dict[str, int]:
    """How many jobs of each kind wait or run."""
    waiting = (
        select(Job.kind, func.count().label("waiting"))
        .where(Job.done_at.is_(None), Job.failed_at.is_(None))
        .group_by(Job.kind)
    )
    with database.read() as session:
        return {row.kind: row.waiting for row in session.execute(waiting)}
