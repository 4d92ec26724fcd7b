"""Whoever asks a server many things at once, on one thread: when an answer's first byte was there, and its last."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.served import PATIENCE, Served


@dataclass(frozen=True)
class Told:
    """One answer: its status, its bytes, and the seconds until their first and last were there."""

    status: int
    body: bytes
    first: float
    last: float


class Asker:
    """One connection, as long as the server keeps it open; then the next."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> None:
        self._streams = await asyncio.open_connection("127.0.0.1", self._server.port, limit=1 << 20)

    async def ask(self, model: str, at_first: Callable[[], object] = lambda: None) -> Told:
        """Ask, and read the answer to its end; `at_first` is called when its first byte is here."""
        path, body, headers = self._server.question(model)
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        if self._streams is None:
            await self.connect()
        assert self._streams
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            reader, writer = self._streams
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            status = int(head.split(b" ", 2)[1])
            found, first = b"", 0.0
            length = next((line for line in head.split(b"\r\n") if line.startswith(b"content-length:")), None)
            if length is not None:
                found = await reader.readexactly(int(length.partition(b":")[2]))
                first = time.perf_counter() - began
            else:
                while size := int(await reader.readuntil(b"\r\n"), 16):
                    found += (await reader.readexactly(size + 2))[:-2]
                    if not first:
                        first = time.perf_counter() - began
                        at_first()
                await reader.readexactly(2)
        if b"\r\nconnection: close" in head:
            self.close()
        return Told(status, found, first, time.perf_counter() - began)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def loop(server: Served, clients: int, each: int, model: str) -> list[Told]:
    """So many clients at once, each of which asks again as soon as it has its answer."""

    async def client() -> list[Told]:
        asker = Asker(server)
        try:
            await asker.connect()
            return [await asker.ask(model) for _ in range(each)]
        finally:
            asker.close()

    return [told for tolds in await asyncio.gather(*(client() for _ in range(clients))) for told in tolds]
