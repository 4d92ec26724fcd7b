"""Waiting for more of a body without reading it, so that whoever waits keeps its thread to itself.

A socket with a timeout waits before each read, and to ask one without waiting means to take that away and give it back:
some ten calls of the system for one event, at each of which every other thread may go first. So bodies are read here by
a reader that looks before it waits, and that knows when there is nothing to look for: it needs two.
"""

import io
import select
import socket
import ssl
from http.client import HTTPResponse
from typing import Any


class PatientReader(socket.SocketIO):
    """The bytes of a socket. Once it `looks_first`, a read waits only where nothing is there; `waits`: or not at all.

    `is_drained`: all that had arrived is read. A plain socket shows it by giving less than it was asked for, TLS by
    giving nothing.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock, "r")
        self.waits = True
        self.is_drained = False
        self._sock: Any = sock
        self._poll: select.poll | None = None
        self._patience: float | None = None
        self._shows_the_end = isinstance(sock, socket.socket) and not isinstance(sock, ssl.SSLSocket)

    def look_first(self) -> None:
        """From now on. The socket's timeout holds for each wait as before; the next request sets it anew."""
        if self._poll is None:
            self._patience = self._sock.gettimeout()
            self._sock.settimeout(0)
            self._poll = select.poll()
            self._poll.register(self._sock, select.POLLIN)

    def readinto(self, buffer: Any) -> int | None:
        """As much as is there, waiting for the first of it; None where nothing is and nobody waits."""
        if self._poll is None:
            return super().readinto(buffer)
        while True:
            if self.is_drained:
                if not self.waits:
                    return None
                if not self.arrives(self._patience):
                    raise TimeoutError("timed out")
            try:
                size: int = self._sock.recv_into(buffer)
            except (BlockingIOError, ssl.SSLWantReadError):
                self.is_drained = True
            except ssl.SSLWantWriteError:  # TLS agrees on new keys
                if not self.waits:
                    return None
                self._wait_for_room()
            else:
                self.is_drained = self._shows_the_end and 0 < size < len(buffer)
                return size

    def arrives(self, seconds: float | None) -> bool:
        """Whether something does within this time; None is for ever. Ask after all was read that is there."""
        assert self._poll
        if self.is_drained and seconds == 0:
            return False
        self.is_drained = not self._poll.poll(None if seconds is None else seconds * 1000)
        return not self.is_drained

    def _wait_for_room(self) -> None:
        room = select.poll()
        room.register(self._sock, select.POLLOUT)
        if not room.poll(None if self._patience is None else self._patience * 1000):
            raise TimeoutError("timed out")


class PatientResponse(HTTPResponse):
    """The library's response, on a reader that may look first."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_Opened(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Opened:
    """As much of a socket as a response asks of it."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, *_: object) -> io.BufferedReader:
        owner = getattr(self._sock, "socket", self._sock)  # of TLS within TLS the socket itself
        owner._io_refs += 1  # as `makefile` does: the socket is closed with the last of them
        return io.BufferedReader(PatientReader(self._sock))


def has_arrived(raw: Any, seconds: float) -> bool:
    """Whether the next read has something to read, be it the body's end, after waiting for it at most so long.

    `raw` is urllib3's response. What its file has read ahead is asked first: no socket tells of that. Nobody who gives
    no time looks again where the last read has shown that nothing more is there. Raises what a read would raise.
    """
    body = raw._fp
    file = getattr(body, "fp", None)
    if file is None or body.length == 0:  # the body has ended, or is as long as was said: nothing more will come
        return True
    reader: PatientReader = file.raw
    reader.look_first()
    return _ahead(body, file, reader) or reader.arrives(seconds)


def _ahead(body: Any, file: Any, reader: PatientReader) -> bool:
    """Whether there is more without the socket, or just came from it.

    Behind a chunk stands the end of its line, which the library takes with the next one. It is taken here: a read that
    begins with it would wait for what follows.
    """
    reader.waits = False
    try:
        ahead = file.peek(1)
        if body.chunked and body.chunk_left == 0:
            if len(ahead) < 2:
                return False
            file.read(2)
            body.chunk_left = None
            ahead = file.peek(1)
        return bool(ahead)
    finally:
        reader.waits = True


def chunks_ahead(raw: Any) -> bytes:
    """What is in the chunks that are here whole, after `has_arrived`: of each, the library makes more than of all here.

    Blank where there are none, or they are written in a way that is left to the library, as the last one is.
    """
    body = raw._fp
    file = getattr(body, "fp", None)
    if file is None or not body.chunked or body.chunk_left is not None:
        return b""
    reader: PatientReader = file.raw
    reader.waits = False
    try:
        ahead: bytes = file.peek(1)
    finally:
        reader.waits = True
    place, found = 0, []
    while (end := ahead.find(b"\r\n", place)) > place:
        try:
            size = int(ahead[place:end], 16)
        except ValueError:
            break
        after = end + 2 + size
        if size <= 0 or ahead[after : after + 2] != b"\r\n":
            break
        found.append(ahead[end + 2 : after])
        place = after + 2
    file.read(place)
    return b"".join(found)
