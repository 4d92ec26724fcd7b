"""When and from where tokens were last used: noted for all of a process together, and no token more than once a minute.

No request waits for that. A process that is killed loses the notes of a few seconds.
"""

import threading
import time
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog

from portal.domain.errors import Unavailable
from portal.store import access_tokens as store
from portal.store.base import Database, at, this_database, transaction

NOTE_EVERY = timedelta(minutes=1)
"""How often at most a token's last use is written."""

EVERY = 2.0
"""Seconds from one write to the next, while there is something to write."""

log = structlog.get_logger("portal.access_tokens")


def is_due(noted: datetime | None, now: datetime) -> bool:
    """Whether a use is worth a write."""
    return noted is None or noted <= now - NOTE_EVERY


class LastUse:
    """The uses that this process has still to write into one database."""

    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database, self._every = database, every
        self._waiting: dict[UUID, tuple[datetime, str]] = {}
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, token_id: UUID, now: datetime, address: str) -> None:
        """Write this use soon."""
        with self._changing:
            self._waiting[token_id] = now, address
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="last-use", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write all that waits, in one transaction. What cannot be written is left: the next use notes it again."""
        with self._changing:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            with at(self._database), transaction() as session:
                store.note_use(session, waiting)
        except Unavailable as error:
            log.warning("last_use_not_noted", tokens=len(waiting), reason=str(error.__cause__ or error))

    def _run(self) -> None:
        while not self._may_end():
            time.sleep(self._every)
            try:
                self.write()
            except Exception:  # whatever broke: later uses are to be noted all the same
                log.exception("last_use_broke")

    def _may_end(self) -> bool:
        """True when nothing waits; from then on the next use starts another thread."""
        with self._changing:
            if not self._waiting:
                self._thread = None
            return self._thread is None


_of: WeakKeyDictionary[Database, LastUse] = WeakKeyDictionary()
_one_at_a_time = threading.Lock()


def here() -> LastUse:
    """Those of the database that this thread works with."""
    database = this_database()
    with _one_at_a_time:
        if database not in _of:
            _of[database] = LastUse(database)
        return _of[database]
