"""Answers whose process went without a word: they are incomplete, and were asked for all the same."""

from datetime import datetime

from portal.domain.chats import OwnedChatId
from portal.store import attempts, usage
from portal.store.base import Session


def expire(session: Session, chat_id: OwnedChatId, now: datetime) -> None:
    """Write down which of a chat's answers have lost their lease, and that they were asked for."""
    if attempts.expire_attempts(session, chat_id, now):
        usage.add_expired(session, chat_id, now)
