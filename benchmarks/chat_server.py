"""A portal to be asked, for `benchmarks/chat.py`: run inside a checkout, this one or an older one.

    python chat_server.py BASE_URL

Makes a database of that checkout with 100 models, the benchmark's provider among them, and serves it by that checkout's
`app.py` until standard input ends. Prints one line of JSON: how it is asked. It may use only what an older one has.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from benchmarks import crowd, served
from portal.web.context import runtime as runtime_of
from tests.chatting import connect, long_chat
from tests.conftest import Actors

MODELS, PEOPLE = 100, 50
SHORT, LONG = 20, 1_000
"""Turns of the chats that are opened."""


def main(base_url: str) -> None:
    with crowd.deployment(MODELS, PEOPLE, None) as app:
        (model,) = connect(runtime_of(), Actors.ada, base_url, "fast")
        chats = [str(long_chat(Actors.ada.id, turns)) for turns in (SHORT, LONG)]
        with served.portal(app, {"fast": model}) as portal:
            _, body, headers = portal.question("fast")
            told = {"pid": portal.pid, "port": portal.port, "body": body.decode(), "headers": headers, "chats": chats}
            print(json.dumps(told), flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
