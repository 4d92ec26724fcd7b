"""When sessions, keys and tokens were last used, to the minute: many of them noted in one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Update, bindparam, or_, select, update

from portal.store.access_tokens import AccessTokenRecord
from portal.store.applications import ApplicationKeyRecord, ApplicationRecord
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
    ACCESS_TOKEN = AccessTokenRecord.__table__.c.last_used_at
    APPLICATION = ApplicationRecord.__table__.c.last_used_at
    APPLICATION_KEY = ApplicationKeyRecord.__table__.c.last_used_at


_ADDRESS = {
    Used.ACCESS_TOKEN: AccessTokenRecord.__table__.c.last_address,
    Used.APPLICATION: ApplicationRecord.__table__.c.last_address,
}
"""Where it is noted from which address; of other kinds that is not noted."""


class Use(NamedTuple):
    """When it was used, and from which address."""

    at: datetime
    address: str = ""


def write(session: Session, uses: Mapping[tuple[Used, UUID], Use]) -> None:
    """Note these uses. It waits for nobody: a locked row is left as it is."""
    for kind, statement in _NOTE.items():
        of_kind = sorted((id, use) for (used, id), use in uses.items() if used is kind)
        if of_kind:
            session.connection().execute(
                statement,
                [
                    {"used": id, "at": use.at, "since": use.at - NOTED_EVERY, "address": use.address}
                    for id, use in of_kind
                ],
            )


def _note(kind: Used) -> Update:
    column = kind.value
    table = column.table
    noted = {column: bindparam("at")}
    if kind in _ADDRESS:
        noted[_ADDRESS[kind]] = bindparam("address")
    due = or_(column.is_(None), column <= bindparam("since"))
    free = select(table.c.id).where(table.c.id == bindparam("used"), due).with_for_update(skip_locked=True)
    return update(table).where(table.c.id.in_(free)).values(noted)


_NOTE = {kind: _note(kind) for kind in Used}
