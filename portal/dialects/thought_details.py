"""What OpenRouter tells of thinking, part by part: its model wants the list back as it was.

Its parts are of several vendors' shapes, signed or encrypted; nobody else reads them. So the list rides as one text, in
`Reasoning.encrypted`, beside the words that were thought.
"""

import json
from collections.abc import Iterable
from typing import Any

from portal.dialects import reading
from portal.dialects.conversation import Message, Reasoning

FIELD = "reasoning_details"
GROWING = ("text", "summary")
"""The fields of a part that come in pieces; of any other the newest holds."""


class ThoughtDetails:
    """The parts of one answer as they arrive."""

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []

    def add(self, message: object) -> None:
        """What a message, or a piece of one, tells."""
        details = reading.field(message, FIELD)
        for piece in details if isinstance(details, list) else ():
            if isinstance(piece, dict):
                self._grow(piece)

    def take(self) -> str:
        """All that was told since this was asked last, as one text; blank for nothing."""
        parts, self._parts = self._parts, []
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":")) if parts else ""

    def _grow(self, piece: dict[str, Any]) -> None:
        last = self._parts[-1] if self._parts else {}
        alike = all(last.get(name) == piece.get(name) for name in ("type", "index"))
        if not self._parts or not alike or not any(name in piece for name in GROWING):
            self._parts.append(dict(piece))
            return
        for name, value in piece.items():
            if name in GROWING and isinstance(value, str) and isinstance(last.get(name), str):
                last[name] += value
            elif value is not None or name not in last:
                last[name] = value


def whole(message: object) -> str:
    """The list of a whole message, as one text; blank where it has none."""
    details = reading.field(message, FIELD)
    kept = [part for part in details if isinstance(part, dict)] if isinstance(details, list) else []
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""


def of_message(message: Message) -> list[dict[str, Any]]:
    """The list that goes back with what the assistant said; what other vendors encrypted is none."""
    return [part for one in message.parts if isinstance(one, Reasoning) for part in _listed(one.encrypted)]


def _listed(text: str) -> Iterable[dict[str, Any]]:
    found = reading.load(text) if text.startswith("[") else None
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
