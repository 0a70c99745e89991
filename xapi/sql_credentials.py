"""Credentials in SQL."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.orm import Session

from xapi.credentials import AccessScope, Credential
from xapi.sql_tables import credential
from xapi.store import Scope

_REMEMBERED_EVERY = timedelta(hours=1)


def insert_credential(
    session: Session,
    *,
    key: str,
    secret_hash: str,
    name: str,
    scopes: Collection[AccessScope],
    restrict: Scope,
    now: datetime,
) -> None:
    """Keep a new credential; its key must be new."""
    session.execute(
        insert(credential).values(
            key=key,
            secret_hash=secret_hash,
            name=name,
            scopes=sorted(scope.value for scope in scopes),
            scope_platform=restrict.platform,
            scope_context=restrict.context,
            scope_school=restrict.school,
            created_at=now,
        )
    )


def find_credential(session: Session, key: str) -> tuple[Credential, str] | None:
    """The credential of this key, revoked or not, and the hash of its secret."""
    row = session.execute(select(credential).where(credential.c.key == key)).one_or_none()
    return None if row is None else (_credential(row), row.secret_hash)


def list_credentials(session: Session) -> list[Credential]:
    """Every credential, the oldest first."""
    return [_credential(row) for row in session.execute(select(credential).order_by(credential.c.id))]


def revoke_credential(session: Session, key: str, *, now: datetime) -> bool:
    """Take a credential out of use; whether there was one in use."""
    revoked = session.execute(
        update(credential)
        .where(credential.c.key == key, credential.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(credential.c.id)
    )
    return revoked.first() is not None


def remember_use(session: Session, key: str, *, now: datetime) -> None:
    """Note that a credential was used, once an hour at most: reading must not become writing."""
    session.execute(
        update(credential)
        .where(
            credential.c.key == key,
            or_(credential.c.last_used_at.is_(None), credential.c.last_used_at < now - _REMEMBERED_EVERY),
        )
        .values(last_used_at=now)
    )


def use_is_worth_remembering(found: Credential, *, now: datetime) -> bool:
    """Whether `remember_use` would change anything."""
    return found.last_used_at is None or found.last_used_at < now - _REMEMBERED_EVERY


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        key=row.key,
        name=row.name,
        scopes=frozenset(AccessScope(scope) for scope in row.scopes),
        restrict=Scope(row.scope_platform, row.scope_context, row.scope_school),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
