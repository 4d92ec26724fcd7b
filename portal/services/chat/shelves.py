"""Where chats stand: pinned, in the list, in the archive, or deleted a moment ago."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.domain.shelves import DELETED, DELETED_FOR, MOST_PINNED, PINNED, SHELVES
from portal.services.chat import attachments, ownership
from portal.services.runtime import Runtime
from portal.store import attempts as stored_attempts
from portal.store import settings as stored_settings
from portal.store import shelves as stored
from portal.store import usage
from portal.store.base import reading, transaction

DAYS_SETTING = "archive_chats_after_days"
DAYS_ALLOWED = (1, 3650)
"""After how many days without a message a chat goes to the archive; without the setting none does."""

AT_ONCE = 100
"""Chats in one transaction: on SQLite nobody else writes meanwhile."""

TOO_MANY_PINNED = f"{MOST_PINNED} of your chats are pinned already. Take one down first."


def move(actor: Actor, runtime: Runtime, chat_id: UUID, shelf: str) -> str:
    """Put a chat on another shelf; from that of the deleted ones it comes back. Returns what it is called.

    Raises `NotFound` for somebody else's chat and one that is gone, `Conflict` when too many are pinned.
    """
    with transaction() as session:
        chat, owned = ownership.find(session, actor, chat_id, lock=True, deleted=True)
        if shelf not in SHELVES:
            raise Invalid({"": "A chat can be pinned, archived, deleted, or stand in the list."})
        if chat.shelf == shelf:
            return chat.title
        if shelf == PINNED and stored.count_on(session, chat.user_id, PINNED) >= MOST_PINNED:
            raise Conflict(TOO_MANY_PINNED)
        if shelf == DELETED and (running := stored_attempts.running_attempt(session, owned)):
            stored_attempts.ask_to_stop(session, owned, running.id)
        chat.shelf, chat.shelved_at = shelf, runtime.now()
        return chat.title


def archive_days() -> int | None:
    """After how many days without a message chats are archived; None when they are not."""
    with reading() as session:
        return stored_settings.find(session, DAYS_SETTING) or None


def archive_old(runtime: Runtime, *, pause: Callable[[], bool] = lambda: False) -> int:
    """Put the chats away in which nothing was said for as long as the deployment says; how many they were."""
    days = archive_days()
    if days is None:
        return 0
    moment, total = runtime.now() - timedelta(days=days), 0
    while True:
        with transaction() as session:
            moved = stored.shelve_unused(session, moment, runtime.now(), AT_ONCE)
        total += moved
        if moved < AT_ONCE or pause():
            return total


def clear_away(runtime: Runtime, *, pause: Callable[[], bool] = lambda: False) -> int:
    """Delete for good what was deleted longer ago than it can be brought back; how many chats they were."""
    moment, total = runtime.now() - DELETED_FOR, 0
    with reading() as session:
        if not stored.is_any_deleted_before(session, moment):
            return 0
    while True:
        with transaction() as session:
            due = stored.deleted_before(session, moment, AT_ONCE)
            for chat in due:
                usage.add_cut_short(session, chat.id)
                session.delete(chat)
        for user_id in sorted({chat.user_id for chat in due}):
            attachments.forget_unused(user_id)
        total += len(due)
        if len(due) < AT_ONCE or pause():
            return total
