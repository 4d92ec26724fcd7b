"""One deadline over a whole request. Sockets know only how long a single read may take, and a drip outlives that."""

import contextlib
import heapq
import itertools
import math
import os
import socket
import threading
import time

from portal.domain.faults import Step

IDLE = 10.0
"""Seconds after which a monitor with no deadline to monitor lets its thread end."""

MOST_OVER = 32
"""So many deadlines that are over may wait for their time, or as many as half of all."""


class Deadline:
    """When a request must be over, and the grip on its socket by which it is ended.

    The flag `expired` counts more than anything that the library returned: a socket that is shut in the middle of the
    headers gives a fine 200 with an empty body. The grip is a duplicate of the socket's descriptor, so it stays good
    when TLS wraps the socket and can never hit another socket that got the same number.
    """

    def __init__(self, monitor: "DeadlineMonitor", seconds: float | None) -> None:
        self._monitor = monitor
        self._lock = threading.Lock()
        self._grip: socket.socket | None = None
        self._limit = self._end = None if seconds is None else time.monotonic() + seconds
        self._at: float | None = None
        self._check_at = math.inf
        self._over = False
        self.expired = False
        self.cut_off = False
        self.doing = ""
        self._since = time.monotonic()
        self._took: dict[str, float] = {}
        self.step("")

    def step(self, doing: str, seconds: float | None = None) -> None:
        """From now on the request does this, for at most that long and never beyond its end."""
        ends = [self._end] if self._end is not None else []
        if seconds is not None:
            ends.append(time.monotonic() + seconds)
        with self._lock:
            if doing != self.doing:
                self._account()
            self.doing = doing
            self._at = min(ends, default=None)
            if self._at is None or self._check_at <= self._at:
                return
            self._check_at = self._at
        self._monitor.schedule(self, self._check_at)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the request has done so far, in order, and how long each took."""
        with self._lock:
            self._account()
            return tuple((doing, round(took * 1000)) for doing, took in self._took.items() if doing)

    def _account(self) -> None:
        now = time.monotonic()
        self._took[self.doing] = self._took.get(self.doing, 0.0) + now - self._since
        self._since = now

    def lift(self) -> None:
        """Take the end away: from here on only the steps are limited."""
        self._limit = self._end = None
        self.step(self.doing)

    def end_within(self, seconds: float) -> None:
        """From now on the whole request has so long, whatever it does, and never longer than its end allowed."""
        end = time.monotonic() + seconds
        self._end = end if self._limit is None else min(self._limit, end)
        self.step(self.doing)

    def left(self, most: float) -> float:
        """The seconds that remain, at most `most` and never quite none."""
        at = self._at
        return most if at is None else max(0.001, min(most, at - time.monotonic()))

    def hold(self, sock: socket.socket) -> None:
        """Take a grip on the socket that the request uses now."""
        grip = socket.socket(sock.family, sock.type, sock.proto, fileno=os.dup(sock.fileno()))
        with self._lock:
            self._drop()
            self._grip = grip
            if self.expired or self.cut_off:
                self._shut()

    def let_go(self) -> bool:
        """Drop the grip; False when the socket has been shut and must not be used again."""
        with self._lock:
            self._drop()
            return not (self.expired or self.cut_off)

    def cut(self) -> None:
        """End the request now, because it is no longer wanted."""
        with self._lock:
            self.cut_off = True
            self._shut()

    def finish(self) -> None:
        """The request is over; nothing is monitored any more."""
        with self._lock:
            was_over, self._over = self._over, True
            self._drop()
        if not was_over:
            self._monitor.forget()

    @property
    def over(self) -> bool:
        return self._over

    def check(self, now: float) -> float | None:
        """For the monitor: end the request if it is time; else when to check again, None for never."""
        with self._lock:
            self._check_at = math.inf
            if self._over or self.expired or self._at is None:
                return None
            if now < self._at:
                self._check_at = self._at
                return self._at
            self.expired = True
            self._shut()
            return None

    def _shut(self) -> None:
        if self._grip is not None:
            with contextlib.suppress(OSError):
                self._grip.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._grip is not None:
            self._grip.close()
            self._grip = None


class DeadlineMonitor:
    """One thread that checks every deadline when its time comes. It starts when needed and ends when idle."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Deadline]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._forgotten = 0

    def forget(self) -> None:
        """One of the deadlines is over. Its time may be minutes away: what is over is not kept until then."""
        with self._changed:
            self._forgotten += 1
            if self._forgotten < max(MOST_OVER, len(self._heap) // 2):
                return
            self._forgotten = 0
            self._heap = [entry for entry in self._heap if not entry[2].over]
            heapq.heapify(self._heap)

    def schedule(self, deadline: Deadline, at: float) -> None:
        """Check `deadline` at that time."""
        with self._changed:
            heapq.heappush(self._heap, (at, next(self._order), deadline))
            if self._thread is None or not self._thread.is_alive():  # a forked process has lost it
                self._thread = threading.Thread(target=self._run, name="wire-deadlines", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is deadline:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while self._heap or self._changed.wait(IDLE) or self._heap:
                if not self._heap:
                    continue
                now = time.monotonic()
                at, _, deadline = self._heap[0]
                if at > now:
                    self._changed.wait(at - now)
                    continue
                heapq.heappop(self._heap)
                again = deadline.check(now)
                if again is not None:
                    heapq.heappush(self._heap, (again, next(self._order), deadline))
            self._thread = None
