"""What is looked for in an answer that is passed on as it comes: its counts, and whether it came to its end.

Nothing is parsed but the few lines that hold counts. `Api` says, for each of the three APIs, how they are found.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.dialects import reading
from portal.dialects.conversation import Usage
from portal.dialects.usage import totals_over, usage_in

_COUNTS = re.compile(rb'"usage"\s*:\s*\{')
MOST_HELD = 8_000_000
"""Bytes of one line, in which counts are looked for."""

_TAIL = 4_096
_BLANK = re.compile(rb"^\r?\n", re.MULTILINE)
_DECODER = json.JSONDecoder()


def _of_chat(value: Any, before: Usage | None) -> Usage | None:
    return usage_in(value) or before


def _of_messages(value: Any, before: Usage | None) -> Usage | None:
    """Totals: what a later event leaves out still holds."""
    counts = reading.field(value, "usage") or reading.field(value, "message", "usage")
    return totals_over(counts, before or Usage()) or before


def _of_responses(value: Any, before: Usage | None) -> Usage | None:
    return usage_in(reading.field(value, "response")) or usage_in(value) or before


@dataclass(frozen=True)
class PassedApi:
    """How an API's answers are looked through.

    `ends` is what the line of a stream's last event begins with, `stopped` what shows that the model itself had come to
    its end, and `terminator` what is written then for a provider that leaves it out.
    """

    counts: Callable[[Any, Usage | None], Usage | None]
    ends: re.Pattern[bytes]
    stopped: re.Pattern[bytes]
    terminator: bytes = b""


PASSED: dict[str, PassedApi] = {
    "chat_completions": PassedApi(
        _of_chat,
        re.compile(rb"^data: ?\[DONE\]", re.MULTILINE),
        re.compile(rb'"finish_reason"\s*:\s*"'),
        b"data: [DONE]\n\n",
    ),
    "messages": PassedApi(
        _of_messages,
        re.compile(rb'^(?:event: ?(?:message_stop|error)|data: ?\{"type": ?"message_stop")', re.MULTILINE),
        re.compile(rb'"stop_reason"\s*:\s*"'),
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ),
    "responses": PassedApi(
        _of_responses,
        re.compile(rb'^(?:event: ?|data: ?\{"type": ?")response\.(?:completed|failed|incomplete)', re.MULTILINE),
        re.compile(rb"(?!)"),
    ),
    "embeddings": PassedApi(_of_chat, re.compile(rb"(?!)"), re.compile(rb"(?!)")),
    "count_tokens": PassedApi(lambda _value, before: before, re.compile(rb"(?!)"), re.compile(rb"(?!)")),
}
"""The APIs by the names that `portal.dialects.provider_types` uses."""


class StreamScanner:
    """Looks at a stream of events as it goes by. `usage` are its counts so far; `ended`: its last event came by.

    With `notes_names` an answer of `/v1/responses` is looked through for the names of what stays at the provider.
    With `hides_counts` an event that holds counts and nothing else is not passed on: whoever called did not ask for it.
    """

    def __init__(self, api: str, *, hides_counts: bool = False, notes_names: bool = False) -> None:
        self._api = PASSED[api]
        self._hides = hides_counts
        self._notes = notes_names
        self._partial = b""
        self._tail = b""
        self._hid = False
        self._ending = False
        self.usage: Usage | None = None
        self.names: list[str] = []
        self.ended = False

    @property
    def stopped(self) -> bool:
        """Whether the model said that it had come to its end."""
        return self._api.stopped.search(self._tail) is not None

    def feed(self, chunk: bytes) -> bytes:
        """What of a chunk is passed on now."""
        data = self._partial + chunk if self._partial else chunk
        cut = data.rfind(b"\n") + 1
        lines, self._partial = data[:cut], data[cut:]
        if len(self._partial) > MOST_HELD:
            lines, self._partial = lines + self._partial, b""
        if lines:
            self._tail = (self._tail + lines)[-_TAIL:]
            if self._hid or _COUNTS.search(lines):
                lines = self._counted(lines)
            if not self.ended:
                self._look_for_the_end(lines)
                if self._notes and self._ending:
                    self._note_names(lines)
        return lines if self._hides else chunk

    def rest(self) -> bytes:
        """What waits for the end of its line, at the end of the stream."""
        partial, self._partial = self._partial, b""
        self._tail = (self._tail + partial)[-_TAIL:]
        if _COUNTS.search(partial):
            partial = self._counted(partial)
        if not self.ended:
            self.ended = self._ending or self._api.ends.search(partial) is not None
            if self._notes and self.ended:
                self._note_names(partial)
        return partial if self._hides else b""

    def _look_for_the_end(self, lines: bytes) -> None:
        """The last event is over with the blank line after it: its counts may come long after its name."""
        place = 0
        if not self._ending:
            found = self._api.ends.search(lines)
            if found is None:
                return
            self._ending, place = True, found.end()
        self.ended = _BLANK.search(lines, place) is not None

    def _note_names(self, lines: bytes) -> None:
        for line in lines.splitlines():
            if line.startswith(b"data:") and b'"output"' in line:
                self.names = names_in(line[5:]) or self.names

    def _counted(self, lines: bytes) -> bytes:
        """Read the lines with counts; the rest of them, without an event that nobody asked for."""
        kept = []
        for line in lines.splitlines(keepends=True):
            if self._hid:
                self._hid = False
                if not line.strip():  # the blank line that ends the event that was left out
                    continue
            if _COUNTS.search(line) and line.startswith(b"data:"):
                value = reading.load(line[5:])
                self.usage = self._api.counts(value, self.usage)
                if self._hides and not reading.field(value, "choices"):
                    self._hid = True
                    continue
            kept.append(line)
        return b"".join(kept)


def names_in(body: bytes) -> list[str]:
    """What of an answer of `/v1/responses` stays at its provider: the answer and its items, by their names there."""
    value = reading.load(body)
    answer = reading.field(value, "response") or value
    if reading.field(answer, "store") is False:
        return []
    items = reading.field(answer, "output")
    found = [answer, *(items if isinstance(items, list) else [])]
    return [name for one in found if (name := reading.text(reading.field(one, "id")))]


def usage_of(api: str, body: bytes) -> Usage | None:
    """The counts in a whole answer; None where it tells none."""
    found = None
    for found in _COUNTS.finditer(body):  # noqa: B007 - the last of them: what stands before may be words
        pass
    if found is None:
        return None
    try:
        counts, _ = _DECODER.raw_decode(body[found.end() - 1 :].decode("utf-8", "replace"))
    except ValueError:
        return None
    return PASSED[api].counts({"usage": counts}, None)
