"""A provider for hundreds of answers at once, on one thread: each goes on word by word until the test lets all end."""

import asyncio
import contextlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import cast

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
HANGS = "/hangs"
"""What the path of a base URL begins with behind which nothing is ever answered."""


@dataclass
class SlowProvider:
    """Below `url` a stream has a word each `every` seconds until `go`, and then its end. A whole answer is one word.

    `sent` is, for each question, when each of its words was sent: words are `w0`, `w1`, and so on.
    """

    every: float = 0.5
    port: int = 0
    hanging: int = 0
    sent: dict[str, list[float]] = field(default_factory=dict)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> "SlowProvider":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go.set()
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def hangs(self) -> str:
        return f"http://127.0.0.1:{self.port}{HANGS}/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(task := cast(asyncio.Task[None], asyncio.current_task()))
        try:
            await self._exchange(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()  # nobody is left to take what was not sent yet
            raise
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._serving.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            size = re.search(r"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(size[1]) if size else 0)
            if head.split(" ")[1].startswith(HANGS):
                self.hanging += 1
                await self.go.wait()
            else:
                await self._answer(json.loads(body), writer)

    async def _answer(self, asked: dict, writer: asyncio.StreamWriter) -> None:
        sent = self.sent.setdefault(asked["messages"][-1]["content"], [])
        writer.write(HEAD)
        while not self.go.is_set():
            writer.write(event({"content": f"w{len(sent)} "}))
            sent.append(time.monotonic())
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.go.wait(), self.every)
        writer.write(event({}, "stop") + b"data: [DONE]\n\n")
        await writer.drain()


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """One event as OpenAI sends it."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"model": "slow", "choices": [choice]}).encode() + b"\n\n"
