"""Chats, their turns, and each attempt at answering one."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, Numeric, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Record


class ChatRecord(Record):
    __tablename__ = "chats"
    __table_args__ = (Index("ix_chats_user", "user_id", "changed_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200), default="")
    titled_by: Mapped[str] = mapped_column(String(20), default="words")
    language_model_id: Mapped[UUID | None]
    system_prompt: Mapped[str] = mapped_column(Text, default="")
    leaf_id: Mapped[UUID | None]
    """The turn whose branch is shown."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class TurnRecord(Record):
    """What a person asked. Editing makes a sibling: another turn with the same parent."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("chat_id", "client_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class AttemptRecord(Record):
    """One try at an answer. While `streaming` it is read as incomplete once `lease_until` has passed."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_running",
            "chat_id",
            unique=True,
            sqlite_where=text("state = 'streaming'"),
            postgresql_where=text("state = 'streaming'"),
        ),
        Index("ix_attempts_turn", "turn_id", "created_at"),
        Index("ix_attempts_provider", "provider_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20))
    stop_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    text: Mapped[str] = mapped_column(Text, default="")
    thinking: Mapped[str] = mapped_column(Text, default="")
    context: Mapped[str] = mapped_column(String(60), default="root")
    language_model_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None]
    requested_model: Mapped[str] = mapped_column(String(300), default="")
    selected_model: Mapped[str] = mapped_column(String(300), default="")
    display_name: Mapped[str] = mapped_column(String(200), default="")
    reported_model: Mapped[str] = mapped_column(String(300), default="")
    layer: Mapped[str] = mapped_column(String(40), default="")
    trail: Mapped[list[Any]] = mapped_column(JSON, default=list)
    key_source: Mapped[str] = mapped_column(String(20), default="")
    key_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(8), default="")
    finish: Mapped[str] = mapped_column(String(20), default="")
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    tokens_cache_read: Mapped[int | None]
    tokens_cache_write: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    first_ms: Mapped[int | None]
    total_ms: Mapped[int | None]
    category: Mapped[str] = mapped_column(String(30), default="")
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    retry_after: Mapped[float | None]
    request_id: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
