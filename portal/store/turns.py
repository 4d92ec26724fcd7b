"""Waiting in turn: whoever came first is served first, and nobody waits for longer than they say."""

import threading
from collections import deque


class Turns:
    """So many at once; the others wait in the order in which they came.

    A plain lock or semaphore goes to whoever asks at the right moment: among hundreds somebody waits for good.
    """

    def __init__(self, places: int) -> None:
        self._places = self._free = places
        self._waiting: deque[threading.Lock] = deque()
        self._counting = threading.Lock()

    @property
    def places(self) -> int:
        """How many at once."""
        return self._places

    def limit(self, places: int) -> None:
        """No more than so many at once from now on; whoever has a place already keeps it."""
        with self._counting:
            fewer = max(0, self._places - places)
            self._places -= fewer
            self._free -= fewer

    def take(self, seconds: float) -> bool:
        """Take a place, waiting for it so long; False when there was none by then."""
        with self._counting:
            if self._free > 0 and not self._waiting:
                self._free -= 1
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            if mine.acquire(timeout=max(0.0, seconds)):
                return True
        except BaseException:  # an interrupted wait must not take a place with it
            if self._left_too_late(mine):
                self.give_back()
            raise
        return self._left_too_late(mine)

    def give_back(self) -> None:
        """Hand the place to whoever has waited longest."""
        with self._counting:
            if self._waiting and self._free >= 0:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def _left_too_late(self, mine: threading.Lock) -> bool:
        """Wait no longer; True when the place was handed over at that very moment."""
        with self._counting:
            if mine not in self._waiting:
                return True
            self._waiting.remove(mine)
            return False
