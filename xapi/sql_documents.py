"""Documents in SQL, inside the caller's own transaction.

A change asks, decides and writes in one transaction that no other change of the same document crosses: on
SQLite by the database's write lock, on PostgreSQL by an advisory lock of the document.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, delete, insert, select, text, update
from sqlalchemy.orm import Session

from xapi.documents import Document, Place, Precondition, check_json, merge
from xapi.sql_tables import document

_DOCUMENTS = 0x78415044  # PostgreSQL's advisory locks of documents: this number and a part of the document's digest
_ALONE = text("SELECT pg_advisory_xact_lock(:kind, :number)")


@dataclass(frozen=True, slots=True)
class Address:
    """One document: its place, its own id, and of a state the registration where it has one."""

    place: Place
    name: str
    registration: UUID | None = None

    @property
    def key(self) -> str:
        """A digest that no other document has."""
        return self.place.key_of(self.name, self.registration)


def get_document(session: Session, address: Address) -> Document | None:
    """The document that stands there."""
    row = session.execute(
        select(document.c.content, document.c.content_type, document.c.updated).where(document.c.key == address.key)
    ).one_or_none()
    return None if row is None else Document(bytes(row.content), row.content_type, row.updated)


def list_documents(
    session: Session, place: Place, *, registration: UUID | None, since: datetime | None
) -> list[tuple[str, datetime]]:
    """Ids and moments of change of the documents of a place, of any registration where none is given."""
    found = select(document.c.name, document.c.updated).where(document.c.place == place.key)
    if registration is not None:
        found = found.where(document.c.registration == registration)
    if since is not None:
        found = found.where(document.c.updated > since)
    rows = session.execute(found.order_by(document.c.updated, document.c.id))
    return list({row.name: (row.name, row.updated) for row in rows}.values())


def put_document(session: Session, address: Address, given: Document, precondition: Precondition) -> None:
    """Keep the document in the place of what stands there. Raises as `Precondition.check` and `check_json` do."""
    check_json(given)
    standing = _take(session, address)
    precondition.check(standing.etag if standing else None)
    _write(session, address, given, standing)


def post_document(session: Session, address: Address, given: Document, precondition: Precondition) -> None:
    """Merge the document into what stands there. Raises as `Precondition.check`, `check_json`, `merge` do."""
    check_json(given)
    standing = _take(session, address)
    precondition.check(standing.etag if standing else None)
    _write(session, address, given if standing is None else merge(standing, given), standing)


def delete_document(session: Session, address: Address, precondition: Precondition) -> None:
    """Remove what stands there, if anything does. Raises as `Precondition.check` does."""
    standing = _take(session, address)
    precondition.check(standing.etag if standing else None)
    session.execute(delete(document).where(document.c.key == address.key))


def delete_documents(session: Session, place: Place, *, registration: UUID | None) -> int:
    """Remove every document of a place, of any registration where none is given; how many there were."""
    removed = delete(document).where(document.c.place == place.key)
    if registration is not None:
        removed = removed.where(document.c.registration == registration)
    result = session.execute(removed)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _take(session: Session, address: Address) -> Document | None:
    """What stands there, and nobody else's to change until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(bytes.fromhex(address.key[:8]), signed=True)
        session.execute(_ALONE, {"kind": _DOCUMENTS, "number": number})
    return get_document(session, address)


def _write(session: Session, address: Address, given: Document, standing: Document | None) -> None:
    values = {"content": given.content, "content_type": given.content_type, "updated": given.updated}
    if standing is not None:
        session.execute(update(document).where(document.c.key == address.key).values(values))
        return
    place = address.place
    session.execute(
        insert(document).values(
            key=address.key,
            place=place.key,
            kind=place.kind.value,
            scope_platform=place.realm.platform,
            scope_context=place.realm.context,
            scope_school=place.realm.school,
            activity=place.activity,
            agent=place.agent,
            registration=address.registration,
            name=address.name,
            **values,
        )
    )
