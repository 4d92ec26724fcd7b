"""Checks: every recorded look at a provider."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Record


class CheckRecord(Record):
    """One look. It keeps a snapshot of names and address, for the provider may be changed, deleted, or not saved yet.

    `about` is what was looked at: `provider`, `key`, `model` or `form`. Only checks with `counts` true (saved
    provider; shared, environment or no key) speak for the provider.
    """

    __tablename__ = "checks"
    __table_args__ = (
        Index("ix_checks_at", "at", "id"),
        Index("ix_checks_provider", "provider_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(String(254), default="")
    scheduled: Mapped[bool] = mapped_column(default=False, server_default=false())
    about: Mapped[str] = mapped_column(String(20))
    counts: Mapped[bool] = mapped_column(default=False, server_default=false())
    provider_id: Mapped[UUID | None]
    provider_name: Mapped[str] = mapped_column(String(64), default="")
    provider_type: Mapped[str] = mapped_column(String(40), default="")
    url: Mapped[str] = mapped_column(String(600), default="")
    model: Mapped[str] = mapped_column(String(300), default="")
    reported_model: Mapped[str] = mapped_column(String(300), default="")
    key_source: Mapped[str] = mapped_column(String(20), default="none")
    key_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(8), default="")
    outcome: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(30))
    status: Mapped[int | None]
    latency_ms: Mapped[int | None]
    sentence: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(200), default="")
