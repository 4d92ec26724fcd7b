"""What people are called, also those whose account is gone: the audit trail keeps the name that each was deleted by."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store.audit import AuditRecord
from portal.store.people import UserRecord


def people(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these people, by id. Two queries at most."""
    if not ids:
        return {}
    living = select(UserRecord.id, UserRecord.name).where(UserRecord.id.in_(ids))
    found: dict[UUID, str] = dict(iter(session.execute(living)))
    gone = {str(id): id for id in ids if id not in found}
    if gone:
        deleted = select(AuditRecord.subject_id, AuditRecord.subject).where(
            AuditRecord.subject_kind == "user",
            AuditRecord.subject_id.in_(list(gone)),
            AuditRecord.verb == "user.delete",
        )
        found |= {gone[id]: name for id, name in session.execute(deleted)}
    return found
