"""What was drawn lately, by its text: the same answers are shown again and again."""

import threading
from collections import OrderedDict

from markupsafe import Markup


class DrawingCache:
    """Drawings by their text, the latest used last; the oldest go when all of them are too long together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._drawn: OrderedDict[str, Markup] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, text: str) -> Markup | None:
        """The drawing of a text, if it is still kept."""
        with self._lock:
            if text in self._drawn:
                self._drawn.move_to_end(text)
            return self._drawn.get(text)

    def put(self, text: str, drawn: Markup) -> None:
        """Keep a drawing."""
        with self._lock:
            if text not in self._drawn:
                self._drawn[text] = drawn
                self._size += len(text) + len(drawn)
            while self._size > self._most:
                old, gone = self._drawn.popitem(last=False)
                self._size -= len(old) + len(gone)
