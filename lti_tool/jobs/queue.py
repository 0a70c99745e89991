"""Asking for something to be done later, within the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.jobs.model import Job


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

    The row commits with the caller's transaction: what was decided and what is to be done are one.
    """
    if key is not None and session.scalar(select(Job.id).where(Job.key == key)) is not None:
        return
    job = Job(kind=kind, key=key, payload=dict(payload), run_at=run_at or now, created_at=now)
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:
        if key is None:
            raise
