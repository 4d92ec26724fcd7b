"""When sessions, keys and tokens were last used, written down by the process together: one transaction a second.

A request only says so, and waits for nothing. What a process that is killed had not written is lost: a second of it.
One that ends in an orderly way writes it first.
"""

import threading
from datetime import datetime
from uuid import UUID

import structlog

from portal.domain.errors import Unavailable
from portal.store import last_used as stored
from portal.store.base import Database, at, one_for, transaction
from portal.store.last_used import NOTED_EVERY, Use
from portal.store.last_used import Used as Used

EVERY = 1.0
"""Seconds from the first note to the transaction that writes it, with all that were made meanwhile."""

TRIES = 5
"""So many times a database that cannot write is tried; then the notes are dropped. The next use makes new ones."""

log = structlog.get_logger("portal.last_used")

_Notes = dict[tuple[Used, UUID], Use]


def is_due(noted: datetime | None, now: datetime) -> bool:
    """Whether a use is worth a note."""
    return noted is None or noted <= now - NOTED_EVERY


class LastUsed:
    """All notes of this process for one database."""

    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database, self._every = database, every
        self._notes: _Notes = {}
        self._changing, self._writing = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, kind: Used, id: UUID, now: datetime, address: str = "") -> None:
        """Remember that it was used; it is written within a second or so."""
        with self._changing:
            use = Use(now, address)
            self._notes[kind, id] = max(use, self._notes.get((kind, id), use))
            if self._thread is None:
                # No daemon: the process waits for it to end, which it does at once when the main thread has ended.
                self._thread = threading.Thread(target=self._run, name="last-used")
                self._thread.start()

    def write(self) -> None:
        """Write everything noted so far, in one transaction. Raises `Unavailable` and keeps it when that fails.

        It waits for one that is under way, so that everything is written when it returns.
        """
        with self._writing:
            with self._changing:
                notes, self._notes = self._notes, {}
            if not notes:
                return
            try:
                with at(self._database), transaction() as session:
                    stored.write(session, notes)
            except Unavailable:
                with self._changing:
                    self._notes = notes | self._notes
                raise

    def _run(self) -> None:
        main, failed = threading.main_thread(), 0
        while not self._may_end(drop=failed == TRIES or (failed > 0 and not main.is_alive())):
            main.join(self._every)
            try:
                self.write()
                failed = 0
            except Exception as error:  # whatever broke: a note is no reason to end the process or the thread
                failed += 1
                log.warning("not_noted", reason=str(error.__cause__ or error))

    def _may_end(self, *, drop: bool) -> bool:
        """True when nothing is noted; from then on the next note starts another thread."""
        with self._changing:
            if drop:
                self._notes = {}
            if not self._notes:
                self._thread = None
            return self._thread is None


def here() -> LastUsed:
    """Those of the database that this thread works with."""
    return one_for(LastUsed)
