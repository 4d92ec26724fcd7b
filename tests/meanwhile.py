"""What somebody else does while this test holds a session of its own."""

from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

from portal.store import base

Found = TypeVar("Found")


def meanwhile(call: Callable[[], Found]) -> Found:
    """What `call` returns, called as another thread of the same application would."""

    def run() -> Found:
        base._inside.set(False)
        return call()

    return copy_context().run(run)
