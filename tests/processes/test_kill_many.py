"""kill -9 while many answers stream: what is kept of them, told in words that carry when they were sent."""

import asyncio
import re
import time
from pathlib import Path
from uuid import uuid4

from flask import Flask

from portal.web.context import runtime
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.crowd import Asking, Person, Probes, go, prepared, seat, until
from tests.processes.portal_process import free_port, running
from tests.upstream.slow import SlowProvider
from tests.waiting import PATIENCE

ANSWERS = 12
WORD_EVERY = 0.1
MAY_BE_LOST = 1.0
"""Seconds before the kill whose words may be lost; what the machine was slow for at its slowest comes on top."""

WORDS = re.compile(r"\bw0( w\d+)*")


def shown(page: str) -> int:
    """How many words of an answer a page shows: they are counted up without a gap."""
    found = WORDS.search(page)
    words = found[0].split() if found else []
    if words and f"w{len(words) - 1}".startswith(words[-1]) and words[-1] != f"w{len(words) - 1}":
        words.pop()  # the end of the last one waits: it might have become a key
    assert words == [f"w{number}" for number in range(len(words))], "a word is missing in the middle"
    return len(words)


def test_kill_minus_nine_takes_a_second_of_words_at_most_and_nothing_that_was_shown_as_kept(tmp_path: Path):
    port = free_port()

    def fill(app: Flask) -> list[Person]:
        connect(runtime(), Actors.ada, f"http://127.0.0.1:{port}/v1", "slow", read_timeout=PATIENCE)
        return seat(app, ANSWERS)

    people = prepared(tmp_path / "data", fill)
    go(lambda: _killed(tmp_path / "data", port, people))


async def _killed(data_dir: Path, port: int, people: list[Person]) -> None:
    async with SlowProvider(every=WORD_EVERY, port=port) as provider:
        with running(data_dir) as portal:
            asking = Asking(portal.port)
            probes = Probes(asking, people[0])
            chats = [uuid4() for _ in people]
            asked = enumerate(zip(people, chats, strict=True))
            streams = [
                asyncio.create_task(asking.question(person, f"Question {place}", chat))
                for place, (person, chat) in asked
            ]
            await until(lambda: len(provider.sent) == ANSWERS)
            await until(lambda: min(map(len, provider.sent.values())) > 2 / WORD_EVERY)
            seen = [
                shown((await asking.get(f"/chat/{chat}", person)).body)
                for chat, person in zip(chats, people, strict=True)
            ]
            assert all(seen)
            slowest = max(answer.took for answer in await probes.end())
            portal.kill()
            killed = time.monotonic()
            await asyncio.gather(*streams, return_exceptions=True)
        with running(data_dir) as portal:
            asking = Asking(portal.port)
            for place, (chat, person) in enumerate(zip(chats, people, strict=True)):
                page = (await asking.get(f"/chat/{chat}", person)).body
                question = f"Question {place}"
                assert question in page
                kept, sent = shown(page), provider.sent[question]
                assert kept >= seen[place], "what was shown as kept is gone"
                assert kept >= sum(at < killed - MAY_BE_LOST - slowest for at in sent), (kept, len(sent), slowest)
