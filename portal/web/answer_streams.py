"""What every stream of an answer is made of: its frames, its pings, and what becomes of it when its reader leaves."""

import json
import threading
from collections.abc import Generator
from typing import Any

from portal.services.chat.events import Event
from portal.services.runtime import Database, at

PING_EVERY = 3.0
"""Seconds of silence after which a comment shows that the portal is there, and finds out whether the browser is."""

MOST_UNREAD = 64
"""How many answers a process finishes at once for readers who left; beyond these, leaving ends the answer."""


def frame(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class Unread:
    """Writes the answers whose readers left to their end."""

    def __init__(self, most: int) -> None:
        self._places = threading.BoundedSemaphore(most)

    def hear_out(self, database: Database, events: Generator[Event]) -> None:
        """Read the rest in a thread. The process waits for it when it ends, as it does for a reader."""
        if self._places.acquire(blocking=False):
            # Not a daemon, as the server's own threads are: else it would be cut off when the process ends.
            threading.Thread(target=self._hear, args=(database, events), name="unread-answer", daemon=False).start()
        else:
            events.close()

    def _hear(self, database: Database, events: Generator[Event]) -> None:
        try:
            with at(database):
                for _event in events:
                    pass
        finally:
            self._places.release()


unread = Unread(MOST_UNREAD)
