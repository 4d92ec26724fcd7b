"""Waiting for what is to happen. How long a machine takes is no claim of any test: the patience only ends a hang."""

import threading
import time
from collections.abc import Callable

PATIENCE = 120
"""Seconds after which what has not happened never will, on the slowest machine that anybody tests on."""


def eventually(claim: Callable[[], object]) -> None:
    """Returns as soon as `claim` is true; fails when it never becomes so."""
    until = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def finished(thread: threading.Thread) -> None:
    """Returns when the thread has ended; fails when it never does."""
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it never ended"
