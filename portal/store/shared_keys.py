"""Shared keys: what an administrator entered for everybody, sealed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Row, String, Text, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class SharedKeyRecord(Record):
    """One sealed key. `destination` and `master_key_id` say without decryption whether it would open.

    Position orders the pool. Rest, last use and the last check are outside the catalog: they never raise its version.
    """

    __tablename__ = "shared_keys"
    __table_args__ = (Index("ix_shared_keys_provider_position", "provider_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    position: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[str] = mapped_column(Text)
    destination: Mapped[str] = mapped_column(String(1000))
    master_key_id: Mapped[str] = mapped_column(String(16), index=True)
    fingerprint: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    last_used_at: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    rest_strikes: Mapped[int] = mapped_column(default=0)


def of_providers(session: Session, provider_ids: Iterable[UUID]) -> list[Row]:
    """Every column of the keys of these providers, in order of position."""
    table = SharedKeyRecord.__table__
    query = select(table).where(table.c.provider_id.in_(list(provider_ids)))
    return list(session.execute(query.order_by(table.c.position, table.c.created_at, table.c.id)))


def of_provider(session: Session, provider_id: UUID) -> list[Row]:
    """The same for one provider."""
    return of_providers(session, [provider_id])


def lock_of_provider(session: Session, provider_id: UUID) -> list[SharedKeyRecord]:
    """A provider's keys in order of position, as they are until the transaction ends.

    They are locked in order of id, as a rotation of the master key swaps them: so neither waits for the other in turn.
    """
    query = select(SharedKeyRecord).where(SharedKeyRecord.provider_id == provider_id)
    keys = session.scalars(query.order_by(SharedKeyRecord.id).with_for_update())
    return sorted(keys, key=lambda key: (key.position, key.created_at, key.id))


def delete_of_provider(session: Session, provider_id: UUID) -> int:
    """Delete a provider's keys for good; how many there were. Lock them first."""
    return session.execute(delete(SharedKeyRecord).where(SharedKeyRecord.provider_id == provider_id)).rowcount


def was_used_since(session: Session, key_id: UUID, moment: datetime) -> bool:
    used = session.execute(select(SharedKeyRecord.last_used_at).where(SharedKeyRecord.id == key_id)).one_or_none()
    return used is None or (used.last_used_at is not None and used.last_used_at >= moment)


def note_use(session: Session, key_id: UUID, moment: datetime) -> None:
    """Move the time of last use forward, never back."""
    session.execute(
        update(SharedKeyRecord)
        .where(
            SharedKeyRecord.id == key_id,
            or_(SharedKeyRecord.last_used_at.is_(None), SharedKeyRecord.last_used_at < moment),
        )
        .values(last_used_at=moment)
        .execution_options(synchronize_session=False)
    )


def count_by_master_key(session: Session) -> dict[str, int]:
    """How many keys are sealed under each master key."""
    query = select(SharedKeyRecord.master_key_id, func.count()).group_by(SharedKeyRecord.master_key_id)
    return dict(session.execute(query).all())


def sealed_under_another(
    session: Session, master_key_id: str, after: UUID | None, limit: int
) -> list[tuple[UUID, str]]:
    """Ids and sealed texts that are not under this master key, in order of id."""
    query = select(SharedKeyRecord.id, SharedKeyRecord.sealed).where(SharedKeyRecord.master_key_id != master_key_id)
    if after is not None:
        query = query.where(SharedKeyRecord.id > after)
    return list(session.execute(query.order_by(SharedKeyRecord.id).limit(limit)))


def swap_sealed(session: Session, key_id: UUID, old: str, new: str, master_key_id: str) -> bool:
    """Compare and set: False when somebody changed or deleted the key in the meantime."""
    changed = session.execute(
        update(SharedKeyRecord)
        .where(SharedKeyRecord.id == key_id, SharedKeyRecord.sealed == old)
        .values(sealed=new, master_key_id=master_key_id)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1
