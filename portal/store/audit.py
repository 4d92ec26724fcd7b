"""The audit trail: rows that are only ever added, each chained to the one before."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, Integer, Row, Select, String, Text, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.audit import AuditValues, Filters, spellings
from portal.store.audit_labels import called
from portal.store.base import Record


class AuditRecord(Record):
    """Who did what to what, when, from where, before and after. `mac` covers this row and the previous `mac`."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject_kind", "subject_id"),)

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64), default="")
    verb: Mapped[str] = mapped_column(String(60), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64), default="")
    subject: Mapped[str] = mapped_column(String(254), default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    previous: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class AuditHeadRecord(Record):
    """The newest row's number and mac: one row, locked by every writer so that the chain never forks."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    mac: Mapped[str] = mapped_column(Text)


def lock_head(session: Session) -> tuple[int, str]:
    """The newest row's number and mac, kept as they are until this transaction ends: writers queue here."""
    head = session.execute(
        select(AuditHeadRecord.seq, AuditHeadRecord.mac).where(AuditHeadRecord.id == 1).with_for_update()
    ).one()
    return head.seq, head.mac


class AuditRow(TypedDict):
    """A row as it is written: what its mac covers, and the mac."""

    seq: int
    at: datetime
    actor_id: UUID | None
    actor: str
    address: str
    verb: str
    subject_kind: str
    subject_id: str
    subject: str
    before: AuditValues | None
    after: AuditValues | None
    previous: str
    mac: str


def append(session: Session, row: AuditRow) -> None:
    """Add a row and make it the head."""
    session.execute(insert(AuditRecord.__table__).values(**row))
    session.execute(
        update(AuditHeadRecord.__table__)
        .where(AuditHeadRecord.__table__.c.id == 1)
        .values(seq=row["seq"], mac=row["mac"])
    )


def head(session: Session) -> tuple[int, str]:
    """The newest row's number and mac, as this reading sees them; (0, "") when even the head is gone."""
    found = session.execute(select(AuditHeadRecord.seq, AuditHeadRecord.mac)).first()
    return (found.seq, found.mac) if found else (0, "")


def in_order(session: Session, after: int, limit: int) -> list[Row]:
    """Rows with a number above `after`, oldest first."""
    table = AuditRecord.__table__
    return list(session.execute(select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)))


def newest(
    session: Session, filters: Filters, limit: int, *, before: int | None = None, after: int | None = None
) -> list[Row]:
    """Rows that pass the filters, newest first: the newest of all, those just older than `before`, or just newer than
    `after`."""
    table = AuditRecord.__table__
    query = _passing(select(table), filters)
    if after is not None:
        rows = session.execute(query.where(table.c.seq > after).order_by(table.c.seq).limit(limit))
        return list(rows)[::-1]
    if before is not None:
        query = query.where(table.c.seq < before)
    return list(session.execute(query.order_by(table.c.seq.desc()).limit(limit)))


def count(session: Session, filters: Filters) -> int:
    """How many rows pass. All of them are as many as the newest one's number says: none is ever taken out."""
    if filters == Filters():
        return session.scalar(select(func.max(AuditRecord.seq))) or 0
    return session.execute(_passing(select(func.count()).select_from(AuditRecord.__table__), filters)).scalar_one()


def last_actor(session: Session, verbs: Collection[str], kind: str, subject_id: str) -> str:
    """Who did one of these to this subject last; "" for nobody."""
    table = AuditRecord.__table__.c
    query = select(table.actor).where(table.subject_kind == kind, table.subject_id == subject_id, table.verb.in_(verbs))
    return session.scalar(query.order_by(table.seq.desc()).limit(1)) or ""


def verbs(session: Session) -> list[str]:
    """Every verb that occurs, found by stepping from one to the next in the index: DISTINCT would read every row."""
    first = select(func.min(AuditRecord.verb).label("verb")).cte("verbs", recursive=True)
    following = select(func.min(AuditRecord.verb)).where(AuditRecord.verb > first.c.verb).scalar_subquery()
    stepped = first.union_all(select(following).where(first.c.verb.is_not(None)))
    # house: bounded-all because the verbs are those of the code, some dozens
    return list(session.scalars(select(stepped.c.verb).where(stepped.c.verb.is_not(None)).order_by(stepped.c.verb)))


def _passing(query: Select[Any], filters: Filters) -> Select[Any]:
    columns = AuditRecord.__table__.c
    if filters.verb:
        query = query.where(columns.verb.in_(spellings(filters.verb)))
    if filters.actor:
        query = query.where(columns.actor.icontains(filters.actor, autoescape=True))
    if filters.subject:
        query = query.where(
            or_(
                columns.subject.icontains(filters.subject, autoescape=True),
                columns.subject_id == filters.subject,
                columns.subject_kind == filters.subject.lower(),
                *called(columns, filters.subject),
            )
        )
    if filters.since:
        query = query.where(columns.at >= filters.since)
    if filters.until:
        query = query.where(columns.at < filters.until)
    return query
