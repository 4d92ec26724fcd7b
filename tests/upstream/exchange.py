"""One request as it arrived, and the socket that its answer goes to."""

import contextlib
import json as jsonlib
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class Left(Exception):
    """The client went away, or the upstream is being stopped, in the middle of an answer."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived. Header names are lower-case; `connection` counts the connections from 0."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.body)


class Exchange:
    """One request and the socket that its answer goes to; a step is a function of an exchange."""

    def __init__(self, upstream: Any, sock: socket.socket, request: Request) -> None:
        self.upstream = upstream
        self.request = request
        self.open = True
        self._sock = sock

    def send(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Left from error

    def sleep(self, seconds: float | None) -> None:
        """Wait, but no longer than the client and the upstream stay; None waits for ever."""
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            pause = 0.05 if until is None else min(0.05, max(0.0, until - time.monotonic()))
            self._check_client(pause)

    def wait(self, event: threading.Event) -> None:
        """Hold the answer until the test sets `event`."""
        while not event.is_set():
            self._check_client(0.01)

    def relay(self, port: int) -> None:
        """Become a tunnel to another port of this machine until either side ends it."""
        with socket.create_connection(("127.0.0.1", port)) as far:
            self.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ways = {self._sock: far, far: self._sock}
            while not self.upstream.stopping.is_set():
                for near in select.select(list(ways), [], [], 0.05)[0]:
                    data = near.recv(65_536)
                    if not data:
                        self.close()
                        return
                    ways[near].sendall(data)

    def close(self) -> None:
        """Close the connection after this answer, in an orderly way."""
        self.open = False

    def reset(self) -> None:
        """Break the connection: the client reads ECONNRESET instead of an end."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open = False

    def _check_client(self, pause: float) -> None:
        if self.upstream.stopping.is_set():
            raise Left
        try:
            readable, _, _ = select.select([self._sock], [], [], pause)
            if readable and (isinstance(self._sock, ssl.SSLSocket) or not self._sock.recv(1, socket.MSG_PEEK)):
                raise Left
            if readable:  # a second request sent early: nothing to see, but select would spin
                time.sleep(pause)
        except (OSError, ValueError) as error:
            raise Left from error


def read_request(incoming: Any, number: int) -> Request | None:
    """The next request on a connection; None at its end, a request without a method when it is not HTTP."""
    line = incoming.readline(65_536)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return Request("", "", {}, line, number)
    headers: dict[str, str] = {}
    while (line := incoming.readline(65_536)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(incoming.readline().split(b";")[0], 16):
            body += incoming.read(size)
            incoming.readline()
        incoming.readline()
    else:
        body = incoming.read(int(headers.get("content-length") or 0))
    return Request(words[0], words[1], headers, body, number)
