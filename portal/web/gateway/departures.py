"""Callers who leave before their answer begins or goes on: the request to the provider ends with them, at once.

Whoever waits for a provider cannot watch its own caller. One thread of the process does it for all requests, while
there are any, where the server can tell (waitress; others tell with the next byte that is sent).
"""

import threading
from collections.abc import Callable

EVERY = 0.25
"""Seconds between two looks."""

EMPTY_ROUNDS = 40


class Departures:
    """All callers that are waited for in this process."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._waiting: dict[int, tuple[Callable[[], bool], Callable[[], None]]] = {}
        self._thread: threading.Thread | None = None

    def watch(self, has_left: Callable[[], bool], end: Callable[[], None]) -> Callable[[], None]:
        """Call `end` once the caller has left; what is returned ends the watch."""
        key = id(end)
        with self._changing:
            self._waiting[key] = has_left, end
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="departures", daemon=True)
                self._thread.start()
        return lambda: self._forget(key)

    def _forget(self, key: int) -> None:
        with self._changing:
            self._waiting.pop(key, None)

    def _run(self) -> None:
        pause, empty = threading.Event(), 0
        while True:
            pause.wait(EVERY)
            with self._changing:
                waiting = list(self._waiting.items())
                empty = 0 if waiting else empty + 1
                if empty > EMPTY_ROUNDS:
                    self._thread = None
                    return
            for key, (has_left, end) in waiting:
                if has_left():
                    self._forget(key)
                    end()


here = Departures()
