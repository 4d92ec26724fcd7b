"""When sessions and keys were last used, to the minute: many of them noted in one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Update, bindparam, or_, select, update

from portal.store.base import Session
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.sessions import SessionRecord
from portal.store.shared_keys import SharedKeyRecord

NOTED_EVERY = timedelta(minutes=1)
"""How often at most it is written, whichever process noted it: what is busy does not keep the database writing."""


class Used(Enum):
    """What is used, and where that is noted."""

    SESSION = SessionRecord.__table__.c.last_seen_at
    SHARED_KEY = SharedKeyRecord.__table__.c.last_used_at
    PERSONAL_KEY = PersonalKeyRecord.__table__.c.last_used_at


def write(session: Session, uses: Mapping[tuple[Used, UUID], datetime]) -> None:
    """Note these uses. It waits for nobody: a locked row is left as it is."""
    for kind, statement in _NOTE.items():
        of_kind = sorted((id, at) for (used, id), at in uses.items() if used is kind)
        if of_kind:
            session.connection().execute(
                statement, [{"used": id, "at": at, "since": at - NOTED_EVERY} for id, at in of_kind]
            )


def _note(column: Any) -> Update:
    table = column.table
    due = or_(column.is_(None), column <= bindparam("since"))
    free = select(table.c.id).where(table.c.id == bindparam("used"), due).with_for_update(skip_locked=True)
    return update(table).where(table.c.id.in_(free)).values({column: bindparam("at")})


_NOTE = {kind: _note(kind.value) for kind in Used}
