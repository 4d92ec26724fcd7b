"""Keys that have ended: their secrets are wiped once nothing that they sign works any more."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.base import Session, reading, transaction

KEEP_DAYS = 90
"""Days for which a key that ended is remembered, so that the log can tell it from one that never was."""


def wipe_in(session: Session, application_id: UUID | None, now: datetime) -> None:
    """Wipe the secrets of an application's keys that have ended, or of every application's."""
    store.forget_ended(session, application_id, now, _long_ago(now))


def wipe(runtime: Runtime, application_id: UUID) -> None:
    """The same for one application, where its next token shows that there is such a key."""
    with transaction() as session:
        wipe_in(session, application_id, runtime.now())


def wipe_all(runtime: Runtime) -> None:
    """The same for every application. Nothing is written where there is nothing to wipe."""
    now = runtime.now()
    with reading() as session:
        due = store.is_any_ended(session, now, _long_ago(now))
    if due:
        with transaction() as session:
            wipe_in(session, None, now)


def _long_ago(now: datetime) -> datetime:
    return now - timedelta(days=KEEP_DAYS)
