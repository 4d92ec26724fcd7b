"""Shared keys: what an administrator entered for everybody, encrypted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Row, String, Text, Uuid, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.cooldown import Cooldown
from portal.store.base import Record
from portal.store.encrypted_rows import EncryptedRows


class SharedKeyRecord(Record):
    """One encrypted key. `destination` and `master_key_id` say without decryption whether it would open.

    `kind` names the shape of what is encrypted. Position orders the pool. Cooldown (the columns `rest_…`), last use and
    the last check are outside the catalog: they never raise its version. A key with `retired_at` was deleted and is a
    tombstone: nothing is encrypted in it any more.
    """

    __tablename__ = "shared_keys"
    __table_args__ = (Index("ix_shared_keys_provider_position", "provider_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"))
    kind: Mapped[str] = mapped_column(String(40), default="key", server_default="key")
    position: Mapped[int] = mapped_column(default=0)
    encrypted: Mapped[str] = mapped_column("sealed", Text, key="encrypted")
    destination: Mapped[str] = mapped_column(String(1000))
    master_key_id: Mapped[str] = mapped_column(String(16), index=True)
    fingerprint: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    last_used_at: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    rest_strikes: Mapped[int] = mapped_column(default=0)
    rest_category: Mapped[str] = mapped_column(String(30), default="", server_default="")
    rest_told: Mapped[datetime | None]
    """When the provider itself said to come back."""
    rest_since: Mapped[datetime | None]
    """When the first of its failures in a row was."""
    tested_at: Mapped[datetime | None]
    tested: Mapped[str] = mapped_column(String(30), default="", server_default="")
    """The category of its own last check."""
    check_id: Mapped[UUID | None]
    replaces: Mapped[UUID | None]
    """The key whose place it is to take, while that one is being rotated."""
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[str] = mapped_column(String(254), default="", server_default="")


_living = SharedKeyRecord.retired_at.is_(None)


_TABLE = SharedKeyRecord.__table__
# Every page asks this for its menu; put together once, for that took longer than asking. What is put in says its type:
# that of a column with a foreign key is known only when the other table is loaded as well.
_OF_PROVIDERS = (
    select(_TABLE)
    .where(
        _TABLE.c.provider_id.in_(bindparam("providers", expanding=True, type_=Uuid())), _TABLE.c.retired_at.is_(None)
    )
    .order_by(_TABLE.c.position, _TABLE.c.created_at, _TABLE.c.id)
)


def of_providers(session: Session, provider_ids: Iterable[UUID]) -> list[Row]:
    """Every column of the keys of these providers that are not deleted, in order of position."""
    # house: bounded-all because keys are entered by hand, a few for each provider
    return list(session.execute(_OF_PROVIDERS, {"providers": list(provider_ids)}))


def of_provider(session: Session, provider_id: UUID) -> list[Row]:
    """The same for one provider."""
    return of_providers(session, [provider_id])


def retired_of(session: Session, provider_id: UUID, limit: int) -> list[Row]:
    """The tombstones of a provider's deleted keys, newest first."""
    table = SharedKeyRecord.__table__
    query = select(table).where(table.c.provider_id == provider_id, table.c.retired_at.is_not(None))
    return list(session.execute(query.order_by(table.c.retired_at.desc(), table.c.id).limit(limit)))


def lock_of_provider(session: Session, provider_id: UUID) -> list[SharedKeyRecord]:
    """A provider's keys in order of position, the deleted aside, as they are until the transaction ends.

    They are locked in order of id, as a rotation of the master key swaps them: so neither waits for the other in turn.
    """
    query = select(SharedKeyRecord).where(SharedKeyRecord.provider_id == provider_id, _living)
    keys = session.scalars(query.order_by(SharedKeyRecord.id).with_for_update())
    # house: bounded-all because keys are pasted one by one
    return sorted(keys, key=lambda key: (key.position, key.created_at, key.id))


def delete_of_provider(session: Session, provider_id: UUID) -> int:
    """Delete a provider's keys for good, tombstones included; how many there were to serve. Lock them first."""
    mine = SharedKeyRecord.provider_id == provider_id
    session.execute(delete(SharedKeyRecord).where(mine, ~_living))
    return session.execute(delete(SharedKeyRecord).where(mine)).rowcount


def change_cooldown(session: Session, key_id: UUID, seen: Cooldown, cooldown: Cooldown) -> bool:
    """Compare and set: False when another request changed the cooldown since it was `seen`, or took the key first."""
    changed = session.execute(
        update(SharedKeyRecord)
        .where(
            SharedKeyRecord.id == key_id,
            SharedKeyRecord.rest_strikes == seen.failures,
            SharedKeyRecord.rest_until.is_not_distinct_from(seen.until),
        )
        .values(
            rest_strikes=cooldown.failures,
            rest_until=cooldown.until,
            rest_category=cooldown.category,
            rest_told=cooldown.retry_at,
            rest_since=cooldown.since,
        )
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1


def note_check(session: Session, key_id: UUID, check_id: UUID, moment: datetime, category: str) -> None:
    """Keep the verdict of a key's newest check beside it."""
    session.execute(
        update(SharedKeyRecord)
        .where(
            SharedKeyRecord.id == key_id,
            or_(SharedKeyRecord.tested_at.is_(None), SharedKeyRecord.tested_at <= moment),
        )
        .values(tested_at=moment, tested=category, check_id=check_id)
        .execution_options(synchronize_session=False)
    )


def cooldown_of(row: Any) -> Cooldown:
    """The cooldown of a key with these columns."""
    return Cooldown(row.rest_strikes, row.rest_until, row.rest_category, row.rest_told, row.rest_since)


encrypted_rows = EncryptedRows(SharedKeyRecord, _living)
