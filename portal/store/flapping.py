"""Providers of which the webhook was told that they flap, and what was found of them last."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record
from portal.store.providers import ProviderRecord


class FlappingRecord(Record):
    """A row there is only while a provider flaps. `outcome` and `category` are what it turned to, at `turned_at`."""

    __tablename__ = "flapping"

    provider_id: Mapped[UUID] = mapped_column(ForeignKey(ProviderRecord.id), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    turned_at: Mapped[datetime]


def find(session: Session, provider_id: UUID) -> FlappingRecord | None:
    """The row of a provider, held until the transaction ends."""
    query = select(FlappingRecord).where(FlappingRecord.provider_id == provider_id)
    return session.scalar(query.with_for_update())


def add(session: Session, record: FlappingRecord) -> bool:
    """Note that a provider flaps; False when another transaction did so in the same moment."""
    try:
        with session.begin_nested():
            session.add(record)
    except IntegrityError:
        return False
    return True


def quiet_since(session: Session, moment: datetime, most: int) -> Sequence[UUID]:
    """Those that have not turned since then."""
    query = select(FlappingRecord.provider_id).where(FlappingRecord.turned_at <= moment)
    return session.scalars(query.order_by(FlappingRecord.turned_at).limit(most)).all()


def forget(session: Session, provider_id: UUID) -> None:
    session.execute(delete(FlappingRecord).where(FlappingRecord.provider_id == provider_id))
