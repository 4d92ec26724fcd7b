"""Personal keys: what people entered for themselves, one for each provider, encrypted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Row, String, Text, UniqueConstraint, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record
from portal.store.encrypted_rows import EncryptedRows
from portal.store.people import UserRecord
from portal.store.providers import ProviderRecord


class PersonalKeyRecord(Record):
    """One key of one person. `destination` and `master_key_id` say without decryption whether it would open.

    Last use and last test are outside the catalog: they never raise its version.
    """

    __tablename__ = "personal_keys"
    __table_args__ = (UniqueConstraint("user_id", "provider_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40), default="key")
    encrypted: Mapped[str] = mapped_column("sealed", Text, key="encrypted")
    destination: Mapped[str] = mapped_column(String(1000))
    master_key_id: Mapped[str] = mapped_column(String(16), index=True)
    fingerprint: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    tested_at: Mapped[datetime | None]
    tested: Mapped[str] = mapped_column(String(30), default="", server_default="")


class RemovedKeyRecord(Record):
    """That somebody else removed a person's key: what its owner is told until they have read it, or saved another."""

    __tablename__ = "removed_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), primary_key=True, index=True)
    removed_at: Mapped[datetime]
    removed_by: Mapped[str] = mapped_column(String(254))


def find(session: Session, user_id: UUID, provider_id: UUID, *, lock: bool = False) -> PersonalKeyRecord | None:
    """A person's key for a provider."""
    record = PersonalKeyRecord
    query = select(record).where(record.user_id == user_id, record.provider_id == provider_id)
    return session.scalar(query.with_for_update() if lock else query)


def of_user(session: Session, user_id: UUID) -> dict[UUID, PersonalKeyRecord]:
    """A person's keys by provider; there are as many as providers at most."""
    record = PersonalKeyRecord
    # house: bounded-all because a person has as many keys as there are providers
    return {found.provider_id: found for found in session.scalars(select(record).where(record.user_id == user_id))}


def holders(session: Session, provider_id: UUID, limit: int, search: str = "") -> Sequence[Row[Any]]:
    """Who has a key for a provider: user_id, name, email, fingerprint, created_at, last_used_at; by name.

    `search` is looked for in names and e-mails.
    """
    record = PersonalKeyRecord
    query = (
        select(
            UserRecord.id.label("user_id"),
            UserRecord.name,
            UserRecord.email,
            record.fingerprint,
            record.created_at,
            record.last_used_at,
        )
        .join(UserRecord, UserRecord.id == record.user_id)
        .where(record.provider_id == provider_id)
        .order_by(UserRecord.name, UserRecord.id)
    )
    if search:
        sought = (column.icontains(search, autoescape=True) for column in (UserRecord.name, UserRecord.email))
        query = query.where(or_(*sought))
    return session.execute(query.limit(limit)).all()


def count_by_provider(session: Session, provider_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many people have a key for each of these providers; one without any is left out."""
    record = PersonalKeyRecord
    query = select(record.provider_id, func.count()).where(record.provider_id.in_(list(provider_ids)))
    return dict(session.execute(query.group_by(record.provider_id)).all())


def forget_of_provider(session: Session, provider_id: UUID) -> int:
    """Delete every personal key for a provider; how many there were."""
    gone = session.execute(delete(PersonalKeyRecord).where(PersonalKeyRecord.provider_id == provider_id))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def note_removal(session: Session, user_id: UUID, provider_id: UUID, by: str, now: datetime) -> None:
    """Keep for the owner who removed their key and when; the newest removal alone."""
    read_removal(session, user_id, provider_id)
    removed = RemovedKeyRecord(user_id=user_id, provider_id=provider_id, removed_at=now, removed_by=by)
    session.add(removed)
    session.flush()


def removals_of(session: Session, user_id: UUID) -> Sequence[Row[Any]]:
    """What a person was not told yet, the newest first: provider_id, name, label, removed_at, removed_by."""
    record = RemovedKeyRecord
    query = (
        select(record.provider_id, ProviderRecord.name, ProviderRecord.label, record.removed_at, record.removed_by)
        .join(ProviderRecord, ProviderRecord.id == record.provider_id)
        .where(record.user_id == user_id)
        .order_by(record.removed_at.desc(), record.provider_id)
    )
    # house: bounded-all because there is one for each provider at most
    return session.execute(query).all()


def read_removal(session: Session, user_id: UUID, provider_id: UUID) -> bool:
    """The owner knows now; False when there was nothing to know."""
    record = RemovedKeyRecord
    gone = delete(record).where(record.user_id == user_id, record.provider_id == provider_id)
    return int(session.execute(gone).rowcount) == 1  # type: ignore[attr-defined]


def note_test(session: Session, key_id: UUID, category: str, now: datetime) -> None:
    """Remember what the last test of a key found."""
    changed = update(PersonalKeyRecord).where(PersonalKeyRecord.id == key_id)
    session.execute(changed.values(tested=category, tested_at=now))


encrypted_rows = EncryptedRows(PersonalKeyRecord)
