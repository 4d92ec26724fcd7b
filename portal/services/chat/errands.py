"""What a process does once an answer has been handed out: by a few threads of its own, for as long as there is some.

Nobody waits for it, so nobody's thread is held. What is beyond the bound is not taken, and whoever sends it says what
stands instead. When the process ends it is given up: cancelled, and waited for as long as a cancelled request takes.
"""

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakSet

import structlog

from portal.services.chat.asides import Cancel
from portal.store.base import Database, at, one_for

AT_ONCE = 3
ROOM = 64
"""So many wait at most."""

PARTING = 3.0
"""Seconds that a process which ends waits for what it gives up."""

log = structlog.get_logger("portal.errands")

Work = Callable[[Cancel], None]


class Errands:
    """Those of this process for one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changing = threading.Condition()
        self._waiting: deque[Work] = deque()
        self._under_way: set[Cancel] = set()
        self._threads = 0
        self._over = False
        _all.add(self)

    def take(self, work: Work) -> bool:
        """Do this when its turn comes. False where too much waits already, or the process is about to go."""
        with self._changing:
            if self._over or len(self._waiting) >= ROOM:
                return False
            self._waiting.append(work)
            if self._threads < AT_ONCE:
                self._threads += 1
                # A daemon: a model that takes a minute is no reason for a process not to end.
                threading.Thread(target=self._run, name="errands", daemon=True).start()
        return True

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; False when something still was by then."""
        with self._changing:
            return self._changing.wait_for(lambda: not self._threads, seconds)

    def give_up(self, seconds: float = PARTING) -> None:
        """Take nothing more, drop what waits, and cancel what is under way."""
        with self._changing:
            self._over = True
            self._waiting.clear()
            cancelled = list(self._under_way)
        for cancel in cancelled:
            cancel()
        self.wait(seconds)

    def _run(self) -> None:
        while True:
            with self._changing:
                if not self._waiting:
                    self._threads -= 1
                    self._changing.notify_all()
                    return
                work, cancel = self._waiting.popleft(), Cancel()
                self._under_way.add(cancel)
            try:
                with at(self._database):
                    work(cancel)
            except Exception:  # whatever broke: nobody waits for it, and the next one is to be done
                log.exception("errand_broke")
            finally:
                with self._changing:
                    self._under_way.discard(cancel)


_all: WeakSet[Errands] = WeakSet()


def here() -> Errands:
    """Those of the database that this thread works with."""
    return one_for(Errands)


def give_up_all() -> None:
    """The process ends."""
    until = time.monotonic() + PARTING
    for errands in list(_all):
        errands.give_up(max(0.1, until - time.monotonic()))


atexit.register(give_up_all)
