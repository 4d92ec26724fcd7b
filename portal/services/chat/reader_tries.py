"""Tries at an e-mail to share a chat with: who writes ones that nobody has finds out slowly who is here."""

from datetime import datetime
from uuid import UUID

from portal.domain.attempts import READER, in_seconds, in_words
from portal.domain.errors import Throttled
from portal.store.base import transaction
from portal.store.sessions import count_try, lock_attempts


def count(user_id: UUID, now: datetime) -> None:
    """Count a try of this person before the e-mail is looked at, so that many at once count as many.

    Raises `Throttled` during a pause, whoever has the e-mail.
    """
    with transaction() as session:
        record = lock_attempts(session, _subject(user_id), now)
        until = record.blocked_until if record.blocked_until and record.blocked_until > now else None
        if until is None:
            count_try(record, READER, now)
    if until is not None:
        raise Throttled(
            f"Too many e-mails that nobody here has. Wait {in_words(until - now)}, then write the e-mail again.",
            retry_after=in_seconds(until - now),
        )


def give_back(user_id: UUID, now: datetime) -> None:
    """Somebody has the e-mail: this try counts for nothing. Those before it stay, or every second one would be free."""
    with transaction() as session:
        record = lock_attempts(session, _subject(user_id), now)
        record.failures = max(0, record.failures - 1)
        record.blocked_until = None


def _subject(user_id: UUID) -> str:
    return f"reader:{user_id}"
