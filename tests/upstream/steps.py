"""What an upstream may do with a request. Each function makes a step; `up.script(steps.html())` plays it."""

import functools
import gzip
import json as jsonlib
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

Step = Callable[[Any], None]  # of an Exchange
Frame = dict | list | str | bytes | tuple | threading.Event


def head(status: int = 200, headers: Mapping[str, str] | None = None, reason: str | None = None) -> bytes:
    """A status line and headers, blank line included."""
    if reason is None:
        reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def respond(
    status: int = 200,
    *,
    json: Any = None,
    text: str | None = None,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Step:
    """A whole answer: `json`, `text` or `body`, with the Content-Type of that unless `headers` says."""
    given = {name.lower() for name in headers or {}}
    kind = ""
    if json is not None:
        body, kind = jsonlib.dumps(json, ensure_ascii=False).encode(), "application/json"
    elif text is not None:
        body, kind = text.encode(), "text/plain; charset=utf-8"
    everything = dict(headers or {})
    if kind and "content-type" not in given:
        everything["Content-Type"] = kind
    if "content-length" not in given and "transfer-encoding" not in given:
        everything["Content-Length"] = str(len(body))

    def step(exchange: Any) -> None:
        exchange.send(head(status, everything) + body)

    return step


def html(status: int = 200, page: str = "<!DOCTYPE html><html><body>Please sign in.</body></html>") -> Step:
    """A web page where an API was expected: a captive portal, a login page, a proxy's error."""
    return respond(status, body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def redirect(location: str, status: int = 302) -> Step:
    return respond(status, headers={"Location": location})


def silence(seconds: float | None = None) -> Step:
    """Take the request and send nothing, for ever or for some seconds and then disconnect."""

    def step(exchange: Any) -> None:
        exchange.sleep(seconds)
        exchange.close()

    return step


def after(seconds: float, then: Step) -> Step:
    """The same, late."""

    def step(exchange: Any) -> None:
        exchange.sleep(seconds)
        then(exchange)

    return step


def disconnect() -> Step:
    """Close without an answer."""
    return lambda exchange: exchange.close()


def reset() -> Step:
    """Break the connection without an answer."""
    return lambda exchange: exchange.reset()


def raw(data: bytes) -> Step:
    """These bytes and then the end, HTTP or not."""

    def step(exchange: Any) -> None:
        exchange.send(data)
        exchange.close()

    return step


def drip_headers(pause: float = 0.05) -> Step:
    """Headers that never end, byte by byte: no single read ever times out."""

    def step(exchange: Any) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            for byte in b"X-Drip: drop\r\n":
                exchange.send(bytes([byte]))
                exchange.sleep(pause)

    return step


def drip_body(body: bytes = b"x" * 1000, pause: float = 0.05, status: int = 200) -> Step:
    """A body that arrives byte by byte."""

    def step(exchange: Any) -> None:
        exchange.send(head(status, {"Content-Type": "application/json", "Content-Length": str(len(body))}))
        for byte in body:
            exchange.send(bytes([byte]))
            exchange.sleep(pause)

    return step


def break_body(sent: bytes = b'{"choices": [', length: int = 1000, how: str = "reset") -> Step:
    """Part of a body and then no more: `how` is "reset" or "close"."""

    def step(exchange: Any) -> None:
        exchange.send(head(200, {"Content-Type": "application/json", "Content-Length": str(length)}) + sent)
        if how == "reset":
            exchange.sleep(0.05)  # let what was sent arrive: a reset may discard it
            exchange.reset()
        else:
            exchange.close()

    return step


def endless_body(data: bytes = b" " * 65_536) -> Step:
    """A body without end, as fast as the socket takes it."""

    def step(exchange: Any) -> None:
        exchange.send(head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}))
        chunk = b"%x\r\n%s\r\n" % (len(data), data)
        while True:
            exchange.send(chunk)
            exchange.sleep(0)

    return step


def huge_body(size: int = 20_000_000, say_length: bool = True) -> Step:
    """A body of that many bytes, with a Content-Length or ended by the connection's end."""

    def step(exchange: Any) -> None:
        headers = {"Content-Type": "application/json"}
        headers |= {"Content-Length": str(size)} if say_length else {"Connection": "close"}
        exchange.send(head(200, headers))
        for start in range(0, size, 65_536):
            exchange.send(b" " * min(65_536, size - start))
        if not say_length:
            exchange.close()

    return step


@functools.cache
def packed(size: int, encoding: str = "gzip", layers: int = 1) -> bytes:
    """`size` blanks, compressed: about a thousandth of it."""
    packer = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    blanks = b" " * 1_000_000
    body = b"".join(packer.compress(blanks) for _ in range(size // 1_000_000)) + packer.flush()
    for _ in range(layers - 1):
        body = gzip.compress(body)
    return body


def bomb(
    size: int = 200_000_000,
    encoding: str = "gzip",
    layers: int = 1,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Step:
    """A small compressed body that unpacks to `size` bytes; `layers` packs it again and says so."""
    says = ", ".join([encoding] + ["gzip"] * (layers - 1))

    def step(exchange: Any) -> None:
        everything = {"Content-Type": "application/json", "Content-Encoding": says, **(headers or {})}
        respond(status, body=packed(size, encoding, layers), headers=everything)(exchange)

    return step


def gzipped(json: Any) -> Step:
    """An honest compressed answer."""
    body = gzip.compress(jsonlib.dumps(json).encode())
    return respond(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


def echo() -> Step:
    """What was asked, headers and all, as JSON: the upstream that gives a key away."""

    def step(exchange: Any) -> None:
        asked = exchange.request
        respond(json={"headers": dict(asked.headers), "body": asked.body.decode("latin-1")})(exchange)

    return step


def tunnel(port: int) -> Step:
    """What a proxy does with CONNECT, whatever host it names: a way to `port` of this machine."""
    return lambda exchange: exchange.relay(port)


def sse(
    frames: Iterable[Frame],
    *,
    delay: float = 0.0,
    drop_after: int | None = None,
    drop: str = "reset",
    framing: str = "chunked",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Step:
    """Server-sent events, one frame after the other with `delay` seconds between them.

    A frame is a dict or list (one `data:` line of JSON), a str (one `data:` line as it is), a pair of event name
    and one of those, bytes (sent raw), or a `threading.Event` (wait until the test sets it).
    After `drop_after` frames the connection breaks; `drop` is "reset", "close" or "silence".
    `framing` is "chunked", or "close": the end of the connection is the end of the body.
    """
    frames = list(frames)

    def step(exchange: Any) -> None:
        everything = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", **(headers or {})}
        everything |= {"Transfer-Encoding": "chunked"} if framing == "chunked" else {"Connection": "close"}
        exchange.send(head(status, everything))
        sent = 0
        for frame in frames:
            if drop_after is not None and sent >= drop_after:
                break
            if isinstance(frame, threading.Event):
                exchange.wait(frame)
                continue
            if sent:
                exchange.sleep(delay)
            data = encode(frame)
            exchange.send(b"%x\r\n%s\r\n" % (len(data), data) if framing == "chunked" else data)
            sent += 1
        if drop_after is not None and sent >= drop_after:
            exchange.sleep(None if drop == "silence" else 0.05)
            if drop == "reset":
                exchange.reset()
            else:
                exchange.close()
        elif framing == "chunked":
            exchange.send(b"0\r\n\r\n")
        else:
            exchange.close()

    return step


def encode(frame: Any) -> bytes:
    """One frame as it is sent."""
    if isinstance(frame, bytes):
        return frame
    if isinstance(frame, tuple):
        return b"event: " + frame[0].encode() + b"\n" + encode(frame[1])
    text = frame if isinstance(frame, str) else jsonlib.dumps(frame, ensure_ascii=False)
    return f"data: {text}\n\n".encode()
