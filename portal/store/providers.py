"""Providers: one row for each configured upstream account. A deleted one stays as a tombstone."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Record


class ProviderRecord(Record):
    """`destination` is the sorted origins its calls may go to, joined by spaces; keys are sealed for exactly that.

    `proven_from` is when its key or destination last changed: a check older than that says nothing about today.
    """

    __tablename__ = "providers"
    __table_args__ = (
        Index(
            "uq_providers_living_name",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(40))
    base_url: Mapped[str] = mapped_column(String(500), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    destination: Mapped[str] = mapped_column(String(1000), default="")
    default_model: Mapped[str] = mapped_column(String(200), default="")
    connect_timeout: Mapped[float] = mapped_column(default=5.0)
    read_timeout: Mapped[float] = mapped_column(default=180.0)
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    changed_at: Mapped[datetime]
    proven_from: Mapped[datetime]
    discovered_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
