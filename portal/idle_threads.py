"""The threads of waitress, of which whoever was idle shortest works next.

Waitress wakes them in turn, so that a quiet server with hundreds of them goes through all, and each keeps what its
stack and its caches once took. Woken the other way round, a few do the work, and the others stay as small as they were.
"""

import threading

from waitress.task import ThreadedTaskDispatcher


class NewestFirst:
    """As much of a condition as the dispatcher asks, that wakes the newest of those who wait. Hold the lock for all."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._waiting: list[threading.Lock] = []

    def wait(self) -> None:
        mine = threading.Lock()
        mine.acquire()
        self._waiting.append(mine)
        self._lock.release()
        try:
            mine.acquire()
        finally:
            self._lock.acquire()

    def notify(self) -> None:
        if self._waiting:
            self._waiting.pop().release()

    def notify_all(self) -> None:
        while self._waiting:
            self.notify()


def dispatcher(threads: int) -> ThreadedTaskDispatcher:
    """So many threads, started and idle."""
    made = ThreadedTaskDispatcher()
    made.queue_cv = NewestFirst(made.lock)
    made.set_thread_count(threads)
    return made
