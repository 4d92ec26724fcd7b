"""TLS before a server that speaks none itself: what comes in is taken out of it, what goes back is put into it."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.upstream import certificates
from tests.waiting import PATIENCE


@contextmanager
def tls_front(port: int, kind: str = "good") -> Iterator[int]:
    """The port of a front with a certificate of this kind, one of `certificates.KINDS`, before that port."""
    context = certificates.server_context(kind)
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []

    async def serve() -> None:
        server = await asyncio.start_server(lambda *ends: _joined(*ends, port), "127.0.0.1", 0, ssl=context)
        found.append(server.sockets[0].getsockname()[1])
        ready.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    running = loop.create_task(serve())
    thread = threading.Thread(target=lambda: loop.run_until_complete(running), name="tls-front", daemon=True)
    loop.set_exception_handler(lambda *_: None)  # a handshake that is refused is what a test asks for
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(running.cancel)
        thread.join(PATIENCE)
        loop.close()


async def _joined(outside: asyncio.StreamReader, back: asyncio.StreamWriter, port: int) -> None:
    inside, on = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_passed(outside, on), _passed(inside, back))


async def _passed(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while part := await source.read(65536):
            to.write(part)
            await to.drain()
    to.close()
