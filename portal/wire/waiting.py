"""Waiting for more of a body without reading it, so that whoever waits keeps its thread to itself."""

import select
import ssl
from typing import Any


def has_arrived(raw: Any, seconds: float) -> bool:
    """Whether the next read has something to read, be it the body's end, after waiting for it at most so long.

    `raw` is urllib3's response. What its file has read ahead is asked first: no socket tells of that. Raises what a
    read would raise.
    """
    body = raw._fp
    file = getattr(body, "fp", None)
    if file is None or body.length == 0:  # the body has ended, or is as long as was said: nothing more will come
        return True
    sock = file.raw._sock
    patience = sock.gettimeout()
    sock.settimeout(0)
    try:
        if _is_ahead(body, file):
            return True
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):  # a record of TLS that is not whole yet
        pass
    finally:
        sock.settimeout(patience)
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _is_ahead(body: Any, file: Any) -> bool:
    """Whether there is more without the socket, or just came from it.

    Behind a chunk stands the end of its line, which the library takes with the next one. It is taken here: a read that
    begins with it would wait for what follows.
    """
    ahead = file.peek(1)
    if body.chunked and body.chunk_left == 0:
        if len(ahead) < 2:
            return False
        file.read(2)
        body.chunk_left = None
        ahead = file.peek(1)
    return bool(ahead)
