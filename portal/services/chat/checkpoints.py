"""What arrived of all answers that this process writes, kept together: one transaction twice a second, not one each.

A thread of the process does it while anything streams. It renews the leases as well, and finds out which answers
somebody asked to stop. Each answer's own writer only says what arrived and looks what became of it; its end it writes
down itself.
"""

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog

from portal.domain.chats import LEASE
from portal.domain.errors import Unavailable
from portal.services.chat.messages import Sent
from portal.store import attempts as stored
from portal.store.base import Database, at, reading, this_database, transaction

EVERY = 0.5
"""Seconds from one checkpoint to the next: what a process that is killed may lose."""

RENEW_AFTER: timedelta = LEASE / 5

EMPTY_ROUNDS = 4
"""So many times the thread finds nothing that streams before it ends: the next answer may be about to come."""

log = structlog.get_logger("portal.checkpoints")


class Running:
    """One answer while it is written. `arrived` is its text and thinking so far: always replaced as a whole.

    `stop_asked` and `taken_away` say that it is to end: somebody asked for it, or found its lease passed. `wake` is
    called then, from another thread.
    """

    def __init__(self, sent: Sent, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self.attempt_id = sent.attempt_id
        self.now = now
        self.arrived = ("", "")
        self.stop_asked = self.taken_away = False
        self._wake = wake
        self._kept = (0, 0)
        self._renew_at = now() + RENEW_AFTER

    @property
    def is_over(self) -> bool:
        return self.stop_asked or self.taken_away

    def news(self) -> tuple[str, str] | None:
        """What is to be kept; None when nothing arrived since the last checkpoint."""
        arrived = self.arrived
        return None if _lengths(arrived) == self._kept else arrived

    def is_due(self) -> bool:
        """Whether its lease is to be renewed, news or not."""
        return self.now() >= self._renew_at

    def kept(self, arrived: tuple[str, str] | None) -> None:
        """So much of it is stored, and its lease is renewed."""
        self._kept = self._kept if arrived is None else _lengths(arrived)
        self._renew_at = self.now() + RENEW_AFTER

    def ends(self, *, stop_asked: bool) -> None:
        self.stop_asked, self.taken_away = stop_asked, not stop_asked
        self._wake()


def _lengths(arrived: tuple[str, str]) -> tuple[int, int]:
    return len(arrived[0]), len(arrived[1])


class Checkpoints:
    """All answers that this process writes into one database."""

    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database, self._every = database, every
        self._running: set[Running] = set()
        self._changing = threading.Lock()
        self._thread: threading.Thread | None = None

    def join(self, running: Running) -> None:
        """Keep this answer from now on, until it leaves."""
        with self._changing:
            self._running.add(running)
            if self._thread is None:
                # A daemon: how an answer ends is written by its own writer, which the process waits for.
                self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
                self._thread.start()

    def leave(self, running: Running) -> None:
        with self._changing:
            self._running.discard(running)

    def keep(self) -> None:
        """One checkpoint of all of them. What cannot be written is tried with the next: leases bear some seconds."""
        with self._changing:
            running = {one.attempt_id: one for one in self._running if not one.is_over}
        if not running:
            return
        news = {id: arrived for id, one in running.items() if (arrived := one.news()) is not None}
        due = {id for id, one in running.items() if id not in news and one.is_due()}
        try:
            with at(self._database):
                alive, held = self._write(running, news, due) if news or due else self._look(running)
        except Unavailable as error:
            log.warning("not_kept", answers=len(running), reason=str(error.__cause__))
            return
        for id, one in running.items():
            if id not in alive:
                one.ends(stop_asked=False)
            elif alive[id]:
                one.ends(stop_asked=True)
            if id in held and (id in news or id in due):
                one.kept(news.get(id))

    def _write(
        self, running: dict[UUID, Running], news: dict[UUID, tuple[str, str]], due: Collection[UUID]
    ) -> tuple[dict[UUID, bool], Collection[UUID]]:
        """Those that run, with whether a stop was asked for, and those of them that were kept."""
        with transaction() as session:
            held = stored.lock_running(session, running)
            missing = running.keys() - held.keys()  # over, or held by somebody else just now
            until = next(iter(running.values())).now() + LEASE
            stored.keep(session, {id: arrived for id, arrived in news.items() if id in held}, until)
            stored.renew(session, [id for id in due if id in held], until)
            return held | (stored.running_among(session, missing) if missing else {}), held

    def _look(self, running: dict[UUID, Running]) -> tuple[dict[UUID, bool], Collection[UUID]]:
        """The same where there is nothing to write: silence costs no more than a query."""
        with reading() as session:
            return stored.running_among(session, running), ()

    def _run(self) -> None:
        took, empty = 0.0, 0
        while empty < EMPTY_ROUNDS or not self._may_end():
            time.sleep(self._every - min(self._every / 2, took))
            began = time.monotonic()
            try:
                self.keep()
            except Exception:  # whatever broke: the words of all the others are to be kept with the next
                log.exception("checkpoint_broke")
            took = time.monotonic() - began
            empty = 0 if self._running else empty + 1

    def _may_end(self) -> bool:
        """True when nothing streams; from then on the next answer starts another thread."""
        with self._changing:
            if not self._running:
                self._thread = None
            return self._thread is None


_of: WeakKeyDictionary[Database, Checkpoints] = WeakKeyDictionary()
_one_at_a_time = threading.Lock()


def here() -> Checkpoints:
    """Those of the database that this thread works with."""
    database = this_database()
    with _one_at_a_time:
        if database not in _of:
            _of[database] = Checkpoints(database)
        return _of[database]
