"""Noting that a key served, alike for shared and personal keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from portal.store.base import Session
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.shared_keys import SharedKeyRecord


def note(session: Session, key_id: UUID, now: datetime, unless_since: datetime, *, personal: bool) -> None:
    """Note that a key served, unless that was noted since. It waits for nobody: a locked row is left as it is."""
    record = PersonalKeyRecord if personal else SharedKeyRecord
    due = or_(record.last_used_at.is_(None), record.last_used_at < unless_since)
    free = select(record.id).where(record.id == key_id, due).with_for_update(skip_locked=True)
    noted = update(record).where(record.id.in_(free)).values(last_used_at=now)
    session.execute(noted.execution_options(synchronize_session=False))
