"""What is allowed to providers, people, roles, teams and tokens: a row for each that has a limit or a budget."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.allowances import Allowance, Allowances, Kind
from portal.store import catalog, settings
from portal.store.access_tokens import AccessTokenRecord
from portal.store.applications import ApplicationRecord
from portal.store.base import Record
from portal.store.people import RoleRecord, TeamRecord, UserRecord
from portal.store.providers import ProviderRecord

UNPRICED_SETTING = "unpriced_with_budget"
"""The setting that says whether people with a budget may use models of unknown price."""


class AllowanceRecord(Record):
    """`kind` is of `portal.domain.allowances.Kind`, `subject_id` the id of one of that kind."""

    __tablename__ = "allowances"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    per_minute: Mapped[int | None]
    per_day: Mapped[int | None]
    budget: Mapped[int | None] = mapped_column(BigInteger)
    raised_to: Mapped[int | None] = mapped_column(BigInteger)
    raised_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


_NAMED: Mapping[Kind, Any] = {
    Kind.PROVIDER: (ProviderRecord.id, ProviderRecord.label),
    Kind.USER: (UserRecord.id, UserRecord.name),
    Kind.ROLE: (RoleRecord.id, RoleRecord.name),
    Kind.TEAM: (TeamRecord.id, TeamRecord.name),
    Kind.MEMBER: (TeamRecord.id, TeamRecord.name),
    Kind.TOKEN: (AccessTokenRecord.id, AccessTokenRecord.name),
    Kind.APPLICATION: (ApplicationRecord.id, ApplicationRecord.name),
}


def read(session: Session) -> Allowances:
    """All that is allowed, and the version of the catalog that it belongs to."""
    record = AllowanceRecord
    columns = record.per_minute, record.per_day, record.budget, record.raised_to, record.raised_until
    found = session.execute(select(record.kind, record.subject_id, *columns))
    unpriced = settings.find(session, UNPRICED_SETTING)
    return Allowances(
        catalog.version_in(session),
        # house: bounded-all because each request needs them: what administrators typed in
        {(Kind(kind), id): Allowance(*values) for kind, id, *values in found},
        unpriced=unpriced is None or bool(unpriced),
    )


def find(session: Session, kind: Kind, subject_id: UUID) -> Allowance:
    """What is set for this one; an empty allowance where nothing is."""
    row = session.get(AllowanceRecord, (kind.value, subject_id))
    if row is None:
        return Allowance()
    return Allowance(row.per_minute, row.per_day, row.budget, row.raised_to, row.raised_until)


def put(session: Session, kind: Kind, subject_id: UUID, allowance: Allowance, now: datetime) -> None:
    """Set it; an empty one takes the row away."""
    row = session.get(AllowanceRecord, (kind.value, subject_id))
    if allowance == Allowance():
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = AllowanceRecord(kind=kind.value, subject_id=subject_id)
        session.add(row)
    row.per_minute, row.per_day, row.budget = allowance.per_minute, allowance.per_day, allowance.budget
    row.raised_to, row.raised_until, row.changed_at = allowance.raised_to, allowance.raised_until, now


def forget_unheld(session: Session) -> int:
    """Delete what is set for whoever is no longer there; how many rows those were."""
    record, gone = AllowanceRecord, 0
    for kind, (id, _) in _NAMED.items():
        left = delete(record).where(record.kind == kind.value, record.subject_id.not_in(select(id)))
        gone += session.execute(left.execution_options(synchronize_session=False)).rowcount
    return gone


def name_of(session: Session, kind: Kind, subject_id: UUID) -> str | None:
    """What it is called for which something may be set; None where there is no such."""
    id, name = _NAMED[kind]
    return session.scalar(select(name).where(id == subject_id))


_ELSEWHERE: Mapping[Kind, Any] = {
    Kind.PROVIDER: (ProviderRecord.id, ProviderRecord.name),
    Kind.USER: (UserRecord.id, UserRecord.email),
    Kind.ROLE: (RoleRecord.id, RoleRecord.name),
    Kind.TEAM: (TeamRecord.id, TeamRecord.name),
    Kind.MEMBER: (TeamRecord.id, TeamRecord.name),
}
"""The names that hold in another portal too. A token has none."""


def by_name(session: Session) -> list[tuple[Kind, str, Allowance]]:
    """All that is set for whoever has a name that holds elsewhere, by kind and name."""
    record, found = AllowanceRecord, []
    columns = record.per_minute, record.per_day, record.budget, record.raised_to, record.raised_until
    for kind, (id, name) in _ELSEWHERE.items():
        query = select(name, *columns).join(record, record.subject_id == id).where(record.kind == kind.value)
        if kind is Kind.PROVIDER:
            query = query.where(ProviderRecord.deleted_at.is_(None))
        # house: bounded-all because administrators typed each of them in
        found += [(kind, name, Allowance(*values)) for name, *values in session.execute(query.order_by(name))]
    return found


def count(session: Session, kind: Kind) -> int:
    """For how many of this kind something is set."""
    record = AllowanceRecord
    return session.scalar(select(func.count()).select_from(record).where(record.kind == kind.value)) or 0


def listed(session: Session, kind: Kind, limit: int, offset: int = 0) -> Sequence[tuple[UUID, str, Allowance]]:
    """Those of this kind that have something set, by name, so many at most."""
    id, name = _NAMED[kind]
    record = AllowanceRecord
    columns = record.per_minute, record.per_day, record.budget, record.raised_to, record.raised_until
    query = select(id, name, *columns).join(record, record.subject_id == id).where(record.kind == kind.value)
    rows = session.execute(query.order_by(func.lower(name), id).limit(limit).offset(offset))
    return [(id, name, Allowance(*values)) for id, name, *values in rows]


def found(session: Session, kind: Kind, words: str, limit: int) -> Sequence[tuple[UUID, str]]:
    """Those of this kind whose name begins so, by name, so many at most."""
    id, name = _NAMED[kind]
    query = select(id, name).where(func.lower(name).startswith(words.lower(), autoescape=True))
    if kind is Kind.PROVIDER:
        query = query.where(ProviderRecord.deleted_at.is_(None))
    if kind is Kind.TOKEN:
        query = query.where(AccessTokenRecord.revoked_at.is_(None))
    if kind is Kind.APPLICATION:
        query = query.where(ApplicationRecord.deleted_at.is_(None))
    return [(id, name) for id, name in session.execute(query.order_by(func.lower(name), id).limit(limit))]
