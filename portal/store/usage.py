"""What was used: one row for each request that asked a model, kept however the request came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Index, Numeric, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Record
from portal.store.prepared import Prepared


class UsageRecord(Record):
    """One request. Names stand beside ids, so that a row says who and what also when those are gone.

    `api` is what the caller spoke, `chat` for the portal's own page; `client` and `session` are the caller's words.
    `state` is `complete`, `failed`, `left` (by the caller) or `refused` (by the portal); `status` what the caller was
    answered.
    Tokens and cost are None where they are not known.
    """

    __tablename__ = "usage"
    __table_args__ = (
        Index("ix_usage_at", "at"),
        Index("ix_usage_user", "user_id", "at"),
        Index("ix_usage_token", "token_id", "at"),
        Index("ix_usage_provider", "provider_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    api: Mapped[str] = mapped_column(String(20))
    client: Mapped[str] = mapped_column(String(60))
    session: Mapped[str] = mapped_column(String(100))
    context: Mapped[str] = mapped_column(String(60))
    language_model_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None]
    model: Mapped[str] = mapped_column(String(300))
    layer: Mapped[str] = mapped_column(String(40))
    key_source: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[UUID | None]
    streamed: Mapped[bool]
    passed: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    status: Mapped[int]
    category: Mapped[str] = mapped_column(String(30))
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    tokens_cache_read: Mapped[int | None]
    tokens_cache_write: Mapped[int | None]
    tokens_cache_write_long: Mapped[int | None]
    tokens_reasoning: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    first_ms: Mapped[int | None]
    total_ms: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(40))
    provider_request_id: Mapped[str] = mapped_column(String(200))


_INSERT = Prepared(insert(UsageRecord.__table__))  # type: ignore[arg-type]


Row = Mapping[str, Any]
"""One request's values by the names of `UsageRecord`'s columns."""


def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Store these rows, each with a value for every column."""
    _INSERT.execute(connection, rows)
