"""How an attempt ended: by the names of its columns, and as a reading of its row would find it."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from portal.dialects.conversation import Usage
from portal.domain.chats import State
from portal.domain.faults import Fault
from portal.domain.pricing import Prices, cost, saved
from portal.services.chat.view import AttemptView, TurnView, ready_again

Columns = dict[str, Any]
"""Values by the names of an attempt's columns."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, and what went wrong if something did."""

    state: State
    fault: Fault | None = None


def counted(usage: Usage, prices: Prices) -> Columns:
    """The tokens, and what they cost. The provider's own word counts more than list prices do."""
    listed = cost(
        prices,
        tokens_in=usage.input,
        tokens_out=usage.output,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        cache_write_long=usage.cache_write_long,
    )
    return {
        "tokens_in": usage.input,
        "tokens_out": usage.output,
        "tokens_cache_read": usage.cache_read,
        "tokens_cache_write": usage.cache_write,
        "tokens_cache_write_long": usage.cache_write_long,
        "tokens_reasoning": usage.reasoning,
        "cost": usage.cost if usage.cost is not None else listed,
        "saved": saved(prices, usage.cache_read),
    }


def faulted(fault: Fault, request_id: str) -> Columns:
    """What went wrong; `request_id` is what is known without it."""
    return {
        "category": fault.category.value,
        "status": fault.status,
        "detail": fault.detail,
        "hint": fault.hint,
        "retry_after": fault.retry_after,
        "request_id": (fault.request_id or request_id)[:200],
    }


def ended(turn: TurnView, outcome: Outcome, words: str, told: Columns, now: datetime) -> TurnView:
    """The turn once its last attempt ended so."""
    shown = {field.name for field in fields(AttemptView)}
    attempt = replace(
        turn.attempts[-1],
        **{name: value for name, value in told.items() if name in shown}
        | {
            "state": outcome.state,
            "text": words,
            "notes": tuple(told["notes"]),
            "finished_at": now,
            "ready_at": ready_again(told.get("retry_after"), now),
        },
    )
    return replace(turn, attempts=(*turn.attempts[:-1], attempt))
