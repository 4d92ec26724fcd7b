"""A provider in a process of its own that costs little: it answers every question with a stream of 43 events.

python benchmarks/provider.py PORT KEY: an answer that is not asked for as a stream comes whole; else each event comes
in a write of its own, all at once, or with a tenth of a second between two of them when the model that is asked is
called `slow`. Connections stay open.
"""

import asyncio
import json
import re
import sys

WORDS, SLOW, PAUSE = 40, "slow", 0.1
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nX-Request-Id: req_1\r\n\r\n"
)
USAGE = {"prompt_tokens": 9, "completion_tokens": WORDS, "total_tokens": WORDS + 9}


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(model: str, **more: object) -> bytes:
    told = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model, **more}
    return _chunk(b"data: " + json.dumps(told).encode() + b"\n\n")


def _choice(model: str, delta: dict[str, str], finish: str | None = None) -> bytes:
    return _event(model, choices=[{"index": 0, "delta": delta, "finish_reason": finish}], usage=None)


def events(model: str) -> list[bytes]:
    words = [{"role": "assistant", "content": ""}, *({"content": f" word{number}"} for number in range(1, WORDS))]
    end = [_choice(model, {}, "stop"), _event(model, choices=[], usage=USAGE), _chunk(b"data: [DONE]\n\n")]
    return [*(_choice(model, delta) for delta in words), *end]


def whole(model: str) -> bytes:
    """The answer of whoever asks for no stream."""
    message = {"role": "assistant", "content": " ".join(["word"] * WORDS)}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": model}
    told |= {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
    body = json.dumps(told).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def serve(port: int, key: str) -> None:
    wanted = f"\r\nauthorization: bearer {key}".encode().lower()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = LENGTH.search(head)
                if not head.startswith(b"POST "):
                    writer.close()
                    return
                asked = json.loads(await reader.readexactly(int(length[1]) if length else 0))
                assert wanted in head.lower(), "the key is another one"
                if not asked.get("stream"):
                    writer.write(whole(asked["model"]))
                    await writer.drain()
                    continue
                writer.write(HEAD)
                for event in events(asked["model"]):
                    writer.write(event)
                    if asked["model"] == SLOW:
                        await asyncio.sleep(PAUSE)
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
