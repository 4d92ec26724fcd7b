"""What a provider answered lately, counted over everybody's chats, without a word of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.store.attempts import AttemptRecord
from portal.store.chats import ChatRecord

ANSWERED = ("complete", "incomplete", "stopped")
FAILED = ("failed", "fallback")


@dataclass(frozen=True)
class Use:
    """Answers and failures since a moment, for how many people, with how many tokens. `cost` is of the priced ones."""

    answers: int = 0
    failed: int = 0
    people: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None
    priced: int = 0


def use_since(session: Session, provider_id: UUID, moment: datetime) -> Use:
    """One query, by the index of a provider's attempts."""
    attempt = AttemptRecord
    answered = attempt.state.in_(ANSWERED)
    row = session.execute(
        select(
            func.coalesce(func.sum(case((answered, 1), else_=0)), 0),
            func.coalesce(func.sum(case((attempt.state.in_(FAILED), 1), else_=0)), 0),
            func.count(func.distinct(ChatRecord.user_id)),
            func.coalesce(func.sum(attempt.tokens_in), 0),
            func.coalesce(func.sum(attempt.tokens_out), 0),
            func.sum(attempt.cost),
            func.coalesce(func.sum(case((answered & attempt.cost.is_not(None), 1), else_=0)), 0),
        )
        .join(ChatRecord, ChatRecord.id == attempt.chat_id)
        .where(attempt.provider_id == provider_id, attempt.created_at >= moment)
    ).one()
    answers, failed, people, tokens_in, tokens_out, cost, priced = row
    return Use(int(answers), int(failed), people, int(tokens_in), int(tokens_out), cost, int(priced))
