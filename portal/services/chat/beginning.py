"""Questions take turns until they wait for a provider: so many are worked on at once, whoever came first first.

A question takes processor time before it is sent on, and all threads share that: hundreds at once would let each
other, and every page, wait until the last of them was through. A turn belongs to the thread that took it.
"""

import threading

AT_ONCE = 4

PATIENCE = 10.0
"""Seconds after which a question is worked on out of turn: those before it may wait for the database."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_mine = threading.local()


def begin() -> None:
    """Wait for a turn, unless this thread has one."""
    if not getattr(_mine, "turn", False):
        _mine.turn = _turns.acquire(timeout=PATIENCE)


def over() -> None:
    """From here on this thread waits for somebody else, or is done. Harmless without a turn."""
    if getattr(_mine, "turn", False):
        _mine.turn = False
        _turns.release()
