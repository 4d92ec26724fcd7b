"""What tests about usage begin with: rows of requests, made as the gateway makes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.store import usage
from portal.store.base import reading, transaction
from portal.store.usage import UsageRecord


def usage_row(at: datetime, user_id: UUID | None = None, **columns: Any) -> dict[str, Any]:
    """The row of one request that was answered."""
    return {
        "id": uuid4(),
        "at": at,
        "user_id": user_id,
        "team_id": None,
        "token_id": None,
        "application_id": None,
        "end_user": "",
        "api": "chat_completions",
        "client": "codex",
        "session": "s-1",
        "context": "root",
        "language_model_id": None,
        "provider_id": None,
        "model": "acme:gpt-5.2",
        "layer": "explicit",
        "key_source": "shared",
        "key_id": None,
        "streamed": True,
        "passed": True,
        "state": "complete",
        "status": 200,
        "category": "",
        "tokens_in": 100,
        "tokens_out": 10,
        "tokens_cache_read": 40,
        "tokens_cache_write": 20,
        "tokens_cache_write_long": 5,
        "tokens_reasoning": 3,
        "cost": Decimal("0.25"),
        "saved": Decimal("0.0625"),
        "first_ms": 80,
        "total_ms": 900,
        "request_id": "req_1",
        "provider_request_id": "up_1",
    } | columns


UNKNOWN: Mapping[str, None] = dict.fromkeys(
    ("tokens_in", "tokens_out", "tokens_cache_read", "tokens_cache_write", "tokens_cache_write_long", "cost", "saved")
)
"""The columns of which nothing is known where a provider counts nothing."""


def ago(days: float) -> datetime:
    """So many days before now: asked anew each time, for a run may go on past midnight."""
    return datetime.now(UTC) - timedelta(days=days)


def use(at: datetime, user_id: UUID | None = None, times: int = 1, **columns: Any) -> None:
    """Store so many requests, alike but for their ids."""
    with transaction() as session:
        usage.add(session.connection(), [usage_row(at, user_id, **columns) for _ in range(times)])


def used() -> list[UsageRecord]:
    """Every request that is stored, oldest first."""
    with reading() as session:
        return list(session.scalars(select(UsageRecord).order_by(UsageRecord.at, UsageRecord.id)))
