"""How much of what its model can read a chat takes."""

from dataclasses import dataclass

from portal.domain.compaction import State as Made
from portal.services.chat.events import Answered
from portal.services.chat.selector import Offer
from portal.services.chat.view import AttemptView, ChatView


@dataclass(frozen=True)
class ContextUse:
    """How much of what its model can read a chat takes: `used` tokens. `assumed`: how much that is was guessed."""

    percent: int
    used: int
    limit: int
    assumed: bool = False


def context_use(chat: ChatView, offer: Offer) -> ContextUse | None:
    """By the newest answer whose tokens were counted; None when there is none yet.

    What a summary took away, or gave back when it was undone, since that answer was asked for is counted in.
    """
    for turn in reversed(chat.turns):
        for attempt in reversed(turn.attempts):
            model_id = attempt.language_model_id
            limit = offer.limits.get(model_id) if model_id else None
            if _is_counted(attempt, limit or 0):
                change = _since_then(chat, attempt)
                return _use_by(attempt, limit or 0, assumed=model_id in offer.assumed, change=change)
    return None


def _since_then(chat: ChatView, attempt: AttemptView) -> int:
    """How many tokens more, or less, a model reads now than when this answer was asked for."""
    change = 0
    for turn in chat.turns:
        for made in chat.summaries.get(turn.id, ()):
            if made.state is Made.COMPLETE:
                read_then = made.made_at < attempt.created_at
                saved = made.tokens_before - made.tokens_after
                if read_then and made.undone_at is not None and made.undone_at > attempt.created_at:
                    change += saved
                elif not read_then and made.undone_at is None:
                    change -= saved
    return change


def use_of(answered: Answered) -> ContextUse | None:
    """The same by an answer that was just written; None when its tokens were not counted."""
    attempt = answered.turn.attempts[-1]
    return _use_by(attempt, answered.context_limit, assumed=answered.limit_is_assumed)


def _use_by(attempt: AttemptView, limit: int, *, assumed: bool, change: int = 0) -> ContextUse | None:
    if not _is_counted(attempt, limit):
        return None
    used = max(0, (attempt.tokens_in or 0) + (attempt.tokens_out or 0) + change)
    return ContextUse(min(100, max(1, round(100 * used / limit))), used, limit, assumed)


def _is_counted(attempt: AttemptView, limit: int) -> bool:
    return attempt.tokens_in is not None and limit > 0
