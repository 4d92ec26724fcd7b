"""Deliveries to the webhook: written with what they tell of, so that a crash loses none, and kept with what became."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, Row, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record

WAITING, DELIVERED, GIVEN_UP, OVERTAKEN = "waiting", "delivered", "given_up", "overtaken"


class DeliveryRecord(Record):
    """One message to the webhook. `body` is sent as it stands; `said` is what came of the last try, in a sentence.

    `subject` is whom it tells the state of: of one subject only the newest message is true. None for a test.
    """

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_due", "state", "next_at"), Index("ix_deliveries_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    subject: Mapped[UUID | None]
    about: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String(120), default="")
    status: Mapped[int | None]
    said: Mapped[str] = mapped_column(String(600), default="")
    finished_at: Mapped[datetime | None]


def add(session: Session, delivery: DeliveryRecord) -> None:
    session.add(delivery)


def find(session: Session, delivery_id: UUID) -> DeliveryRecord | None:
    return session.get(DeliveryRecord, delivery_id)


def waiting(session: Session, most: int) -> list[Row[Any]]:
    """Those that are still to be delivered, the soonest first."""
    columns = DeliveryRecord.__table__.c
    return list(
        session.execute(
            select(columns.id, columns.next_at, columns.claimed_until)
            .where(columns.state == WAITING)
            .order_by(columns.next_at)
            .limit(most)
        )
    )


def newest(session: Session, most: int) -> list[DeliveryRecord]:
    return list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.at.desc()).limit(most)))


def newest_body_of(session: Session, subject: UUID) -> str | None:
    """The newest message that tells of a subject, whatever became of it."""
    columns = DeliveryRecord.__table__.c
    query = select(columns.body).where(columns.subject == subject).order_by(columns.at.desc()).limit(1)
    return session.scalar(query)


def count_since(session: Session, subject: UUID, event: str, moment: datetime) -> int:
    """How many messages of this event tell of a subject since then, whatever became of them."""
    columns = DeliveryRecord.__table__.c
    query = select(func.count()).where(columns.subject == subject, columns.event == event, columns.at >= moment)
    return session.scalar(query) or 0


def claim(
    session: Session, delivery_id: UUID, seen: datetime, by: str, until: datetime, now: datetime, never_beyond: datetime
) -> bool:
    """Take the try that is due at `seen`; False when somebody else took it, or has tried already."""
    changed = session.execute(
        update(DeliveryRecord)
        .where(
            DeliveryRecord.id == delivery_id,
            DeliveryRecord.state == WAITING,
            DeliveryRecord.next_at == seen,
            or_(
                DeliveryRecord.claimed_until.is_(None),
                DeliveryRecord.claimed_until <= now,
                DeliveryRecord.claimed_until > never_beyond,
            ),
        )
        .values(claimed_by=by, claimed_until=until)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1


def is_overtaken(session: Session, delivery: DeliveryRecord) -> bool:
    """Whether a newer message tells of the same subject."""
    columns = DeliveryRecord.__table__.c
    newer = select(columns.id).where(columns.subject == delivery.subject, columns.at > delivery.at).limit(1)
    return delivery.subject is not None and session.execute(newer).first() is not None


def is_behind(session: Session, delivery: DeliveryRecord, now: datetime) -> bool:
    """Whether an older message of the same subject is on its way this moment: it would be heard after this one."""
    columns = DeliveryRecord.__table__.c
    older = (
        select(columns.id)
        .where(
            columns.subject == delivery.subject,
            columns.at < delivery.at,
            columns.state == WAITING,
            columns.claimed_until > now,
        )
        .limit(1)
    )
    return delivery.subject is not None and session.execute(older).first() is not None


def finish(session: Session, delivery_id: UUID, by: str, *, tried: bool = True, **values: Any) -> bool:
    """Write down what came of it, and let go; False when the claim was lost in the meantime."""
    changed = session.execute(
        update(DeliveryRecord)
        .where(DeliveryRecord.id == delivery_id, DeliveryRecord.claimed_by == by)
        .values(claimed_by="", claimed_until=None, tries=DeliveryRecord.tries + int(tried), **values)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1


def forget_before(session: Session, moment: datetime, most: int) -> int:
    """Delete at most so many that are done and older than this."""
    old = (
        select(DeliveryRecord.id).where(DeliveryRecord.at < moment, DeliveryRecord.state != WAITING).limit(most)
    ).scalar_subquery()
    return session.execute(
        delete(DeliveryRecord).where(DeliveryRecord.id.in_(old)).execution_options(synchronize_session=False)
    ).rowcount
