"""Shared keys: what an administrator entered for everybody, sealed."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

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
