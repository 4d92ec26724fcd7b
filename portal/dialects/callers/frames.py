"""Server-sent events, written."""

import json
from typing import Any

DONE = b"data: [DONE]\n\n"
"""How a stream of chat completions ends."""


def compact(value: Any) -> str:
    """JSON without blanks; half a character becomes a question mark rather than a failure."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def data(value: Any) -> bytes:
    """One event without a name."""
    return f"data: {compact(value)}\n\n".encode("utf-8", "replace")


def named(value: dict[str, Any]) -> bytes:
    """One event under the name that its `type` gives."""
    return f"event: {value['type']}\ndata: {compact(value)}\n\n".encode("utf-8", "replace")
