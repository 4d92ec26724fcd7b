"""Server-sent events, read as the bytes arrive: as the standard says, and as servers write them that do not keep it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.dialects.reading import Unreadable, load
from portal.domain.faults import Category, Fault, UpstreamError

LONGEST_EVENT = 4_000_000
"""Bytes of one event; a stream that goes on without ending one is given up."""

LONGEST_BARE = 100_000
"""Characters of JSON that stands in a stream without a field's name before it: an error, as a rule."""

MOST_LOOKS = 64
"""How often the lines of one event are looked at, whether they are a whole value: a look reads all of them."""

DONE = "[DONE]"
"""OpenAI's last event, which proxies write into streams of every API."""


@dataclass(frozen=True)
class Event:
    """One event: its name, empty where the server gives none, and its data lines joined."""

    name: str
    data: str

    @property
    def is_done(self) -> bool:
        """True for what ends a stream and says nothing."""
        return self.data.strip() == DONE


NOTHING_YET = Event("", "")
"""Between two events: nothing more has arrived. No event of a stream is this one."""


def too_large(what: str) -> Fault:
    """An answer, or a part of one, of more bytes than the portal takes."""
    return Fault(
        Category.SHAPE,
        detail=f"{what} larger than {LONGEST_EVENT / 1_000_000:.3g} MB, which is too large.",
        hint="The portal takes no more in one piece. The model may have sent a picture or a file; ask for words.",
    )


def lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Lines without their ends, which are LF, CR or CRLF, as soon as each is whole; also a last one without an end.

    None stands for an empty chunk: nothing more has arrived.
    What has arrived is passed on before a fault of `chunks`, too.
    """
    rest: list[bytes] = []
    size = 0
    after_cr = False
    fault: UpstreamError | None = None
    source = iter(chunks)
    while True:
        try:
            chunk = next(source, None)
        except UpstreamError as error:
            fault = error
            break
        if chunk is None:
            break
        if not chunk:
            yield None
            continue
        if after_cr:
            chunk = chunk.removeprefix(b"\n")
        after_cr = chunk.endswith(b"\r")
        first, *others = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest.append(first)
        size += len(first)
        if size > LONGEST_EVENT:
            raise UpstreamError(too_large("One line of the answer is"))
        for other in others:
            yield b"".join(rest)
            rest, size = [other], len(other)
    if any(rest):
        yield b"".join(rest)
    if fault is not None:
        raise fault


def events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Events in order, and `NOTHING_YET` for each empty chunk. Passed over are comments, ids, unknown fields and events
    without data.

    Servers also part events by a single line's end, or write JSON without a field's name: each JSON value that is whole
    counts as an event. A value that is split over data lines is joined. The last event may lack its blank line; where
    the connection broke, only if it is whole.
    """
    gathering = _Gathering()
    first = True
    try:
        for line in lines(chunks):
            if line is None:
                yield NOTHING_YET
                continue
            if first:
                line, first = line.removeprefix(b"\xef\xbb\xbf"), False
            yield from gathering.take(line)
    except UpstreamError:
        yield from gathering.end(broken=True)
        raise
    yield from gathering.end()


class _Gathering:
    """The fields of the event that is arriving."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._bare: list[str] = []
        self._size = self._looks = 0

    def take(self, line: bytes) -> Iterator[Event]:
        """One more line, and the events that it ends."""
        if not line:
            yield from self.end()
            self._bare = []
            return
        key, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"data":
            if self._is_whole():
                yield Event(self._name, "\n".join(self._data))
                self._data, self._size, self._looks = [], 0, 0
            self._data.append(value.decode("utf-8", "replace"))
            self._size += len(line)
            if self._size > LONGEST_EVENT:
                raise UpstreamError(too_large("One event of the answer is"))
        elif key == b"event":
            # After data that is whole it is the next one's name, where nothing but this line parts the two.
            if self._name and self._is_whole():
                yield from self.end()
            self._name = value.decode("utf-8", "replace")
        elif self._bare or line.lstrip().startswith((b"{", b"[{")):
            yield from self._take_bare(line.decode("utf-8", "replace"))

    def _take_bare(self, line: str) -> Iterator[Event]:
        self._bare.append(line)
        value = "\n".join(self._bare)
        if line.rstrip().endswith(("}", "]")) and _is_whole(value):
            yield from self.end()
            yield Event("", value)
            self._bare = []
        elif len(value) > LONGEST_BARE or len(self._bare) > MOST_LOOKS * 10:
            self._bare = []

    def _is_whole(self) -> bool:
        """Whether the data so far is a value of its own."""
        if not self._data or self._looks == MOST_LOOKS or not self._data[-1].rstrip().endswith(("}", "]")):
            return False
        self._looks += 1
        return _is_whole("\n".join(self._data))

    def end(self, *, broken: bool = False) -> Iterator[Event]:
        """The event that has arrived, if there is one; nothing is left of it."""
        name, data = self._name, "\n".join(self._data)
        self._name, self._data, self._size, self._looks = "", [], 0, 0
        if (data.strip() or (name == "error" and not broken)) and (not broken or _is_whole(data)):
            yield Event(name, data)


def _is_whole(data: str) -> bool:
    """True for a whole JSON object or list, and for what stands at a stream's end."""
    data = data.strip()
    return data == DONE or (data.startswith(("{", "[")) and not isinstance(load(data), Unreadable))


_BLANK = b"\xef\xbb\xbf\r\n\t "
_FIELDS = (b"data", b"event", b"id", b"retry", b":")


def peek(chunks: Iterable[bytes]) -> tuple[bool, bool, Iterator[bytes]]:
    """Whether the bytes look like events, whether there are none at all, and all of them again, blank ones aside."""
    source = iter(chunks)
    head = b""
    for chunk in source:
        head = (head + chunk).lstrip(_BLANK)
        if len(head) >= len("event") or head.startswith(b":"):
            break
    return head.startswith(_FIELDS), not head, _again(head, source)


def collect(chunks: Iterable[bytes]) -> bytes:
    """All of the bytes, for an answer that came whole; given up when there are too many."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > LONGEST_EVENT:
            raise UpstreamError(too_large("The answer is"))
    return b"".join(parts)


def _again(head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from source
