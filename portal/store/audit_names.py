"""What people, teams and providers are called, also those that are gone: the audit trail keeps the name that each was
deleted by."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.store.audit import AuditRecord
from portal.store.people import TeamRecord, UserRecord
from portal.store.providers import ProviderRecord


def people(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these people, by id. Two queries at most."""
    return _names(session, "user", UserRecord.id, UserRecord.name, ids)


def teams(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The same of teams."""
    return _names(session, "team", TeamRecord.id, TeamRecord.name, ids)


def providers(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The same of providers."""
    return _names(session, "provider", ProviderRecord.id, ProviderRecord.name, ids)


def _names(
    session: Session, kind: str, id: InstrumentedAttribute[Any], name: InstrumentedAttribute[Any], ids: Collection[UUID]
) -> dict[UUID, str]:
    if not ids:
        return {}
    found: dict[UUID, str] = dict(iter(session.execute(select(id, name).where(id.in_(ids)))))
    gone = {str(id): id for id in ids if id not in found}
    if gone:
        deleted = select(AuditRecord.subject_id, AuditRecord.subject).where(
            AuditRecord.subject_kind == kind,
            AuditRecord.subject_id.in_(list(gone)),
            AuditRecord.verb == f"{kind}.delete",
        )
        found |= {gone[id]: name for id, name in session.execute(deleted)}
    return found
