"""Drawing what arrives, not too often: one budget of time for all the answers that a process is streaming.

A long answer takes longer to draw, and is drawn less often. Many at once are each drawn less often, too: however many
they are, drawing leaves most of the process to everything else.
"""

import threading
import time
from collections.abc import Callable

from markupsafe import Markup

from portal.web.growing import Growing

DRAW_EVERY = 0.12
"""Seconds between two drawings of what arrived of one answer, at least."""

ITS_SHARE = 8
"""A drawing that took so long is followed by a pause this many times as long."""

SHARE_OF_ALL = 3
"""So many times as long as one drawing of every answer takes together, each of them waits for its next."""


class DrawingBudget:
    """What one drawing of each answer took last, all of them together."""

    def __init__(self) -> None:
        self._took: dict[object, float] = {}
        self._together = 0.0
        self._lock = threading.Lock()

    def pause(self, drawing: object, took: float) -> float:
        """How long an answer waits whose last drawing took so many seconds."""
        with self._lock:
            self._together += took - self._took.get(drawing, 0.0)
            self._took[drawing] = took
            return max(DRAW_EVERY, ITS_SHARE * took, SHARE_OF_ALL * self._together)

    def leave(self, drawing: object) -> None:
        """This answer is not drawn any more."""
        with self._lock:
            self._together -= self._took.pop(drawing, 0.0)
            if not self._took:
                self._together = 0.0  # sums of fractions drift


_of_all = DrawingBudget()

Clock = Callable[[], float]


class Drawing:
    """One answer as it is drawn. `close` it at its end."""

    def __init__(
        self, budget: DrawingBudget = _of_all, clock: Clock = time.monotonic, worked: Clock = time.thread_time
    ) -> None:
        self._budget, self._clock, self._worked = budget, clock, worked
        self._growing = Growing()
        self._waiting = ""
        self._next = 0.0

    def add(self, text: str) -> tuple[Markup, Markup] | None:
        """Take in more text, and draw what waits if it is time to."""
        self._waiting += text
        return self.due()

    def due(self) -> tuple[Markup, Markup] | None:
        """The blocks that are done, and the one still open; None when there is nothing new, or it is not time yet."""
        if not self._waiting or self._clock() < self._next:
            return None
        began = self._worked()
        drawn = self._growing.add(self._waiting)
        self._waiting = ""
        self._next = self._clock() + self._budget.pause(self, self._worked() - began)
        return drawn

    def begin_anew(self) -> None:
        """Nothing of what was drawn stands any more."""
        self._growing, self._waiting = Growing(), ""

    def close(self) -> None:
        """Leave the time to the others."""
        self._budget.leave(self)
