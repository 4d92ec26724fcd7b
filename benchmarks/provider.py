"""A provider in a process of its own that costs little: it answers every question with a stream of 43 events.

python benchmarks/provider.py PORT KEY: it has every API of `benchmarks/speech.py`. A chat completion that is not asked
for as a stream comes whole; else each event comes in a write of its own, all at once, or with a tenth of a second
between two of them when the model that is asked is called `slow`. Connections stay open.
"""

import asyncio
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import speech as speeches
from benchmarks.speech import USAGE, WORDS

SLOW, PAUSE = "slow", 0.1
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\nX-Request-Id: req_1\r\n\r\n"


def events(path: str, model: str) -> tuple[bytes, list[bytes]]:
    """The head and the chunks of a stream at this path, made once."""
    if (path, model) not in _made:
        speech, kind = speeches.at(path)
        chunks = [b"%x\r\n%s\r\n" % (len(event), event) for event in speech(model)]
        _made[path, model] = HEAD % kind.encode(), chunks
    return _made[path, model]


_made: dict[tuple[str, str], tuple[bytes, list[bytes]]] = {}


def whole(model: str) -> bytes:
    """The answer of whoever asks for no stream."""
    message = {"role": "assistant", "content": " ".join(["word"] * WORDS)}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": model}
    told |= {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}
    body = json.dumps(told).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def serve(port: int, key: str) -> None:
    wanted = key.encode().lower()

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
                path, model = head.split(b" ", 2)[1].decode(), asked.get("model", "")
                if path.endswith("/chat/completions") and not asked.get("stream"):
                    writer.write(whole(model))
                    await writer.drain()
                    continue
                start, chunks = events(path, model)
                writer.write(start)
                for chunk in chunks:
                    writer.write(chunk)
                    if model == SLOW:
                        await asyncio.sleep(PAUSE)
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port, backlog=2048) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
