"""Asking for something to be done later, within the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.errors import Conflict
from lti_tool.jobs.model import Job

_TRIES = 3
"""Another process may queue, and even finish, a job of the same key between our update and our insert."""


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, object],
    *,
    now: datetime,
    run_at: datetime | None = None,
    key: str | None = None,
) -> None:
    """Queue a job. With a `key`, a job of that key that still waits stands for this one too.

    The row commits with the caller's transaction: what was decided and what is to be done are one. A job of that
    key that is already running may have read what stood before, so it is marked (by its `run_at`) to run once more.
    The update also keeps a worker from taking the waiting job until the caller's transaction has ended.
    """
    wanted = run_at or now
    for _ in range(_TRIES):
        if key is not None and _join(session, key, wanted):
            return
        try:
            with session.begin_nested():
                session.add(Job(kind=kind, key=key, payload=dict(payload), run_at=wanted, created_at=now))
            return
        except IntegrityError:
            if key is None:
                raise
    raise Conflict("job key")


def _join(session: Session, key: str, wanted: datetime) -> bool:
    running = Job.locked_until.is_not(None)
    joined = update(Job).where(Job.key == key).values(run_at=case((running, wanted), else_=Job.run_at))
    return session.scalar(joined.returning(Job.id).execution_options(synchronize_session=False)) is not None
