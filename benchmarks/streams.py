"""Many streams at once, and very many in a row: how soon they start, whether all end, and what memory they take.

    .venv/bin/python benchmarks/streams.py [--streams 500] [--in-a-row 10000] [--clients 16]

So many streams of four seconds are asked for in one moment, of the bare relay under as many threads as the portal has
and of the gateway; then very many short ones of the gateway alone, with its memory at each tenth of them. Each server
is one process on one processor; the provider and who asks are on the other. Memory is PSS: what is shared is divided
by those who share it.

On a machine that does other things, too, the seconds until all have started tell more of those: so the processor time
that the server itself had taken by then is told beside them, and what it took until all had ended.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import asker, crowd, served
from benchmarks.asker import Told
from benchmarks.provider import SLOW
from benchmarks.served import Served
from portal.services.access_tokens import own_tokens
from portal.web.context import runtime as runtime_of
from tests.chatting import connect
from tests.conftest import Actors

FAST, MODELS, PEOPLE, TOKENS, THREADS = "fast", 500, 50, 4, 640
SOON, HALFWAY = 1.0, 2.0


def memory(server: Served) -> float:
    """Megabytes, PSS."""
    lines = Path(f"/proc/{server.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def of_several(server: Served, tokens: list[str]) -> Served:
    """The same server, asked with one token after the other: nobody may have all of its places."""
    turn = itertools.cycle(tokens)

    def question(model: str) -> tuple[str, bytes, dict[str, str]]:
        path, body, headers = server.question(model)
        return path, body, headers | {"Authorization": f"Bearer {next(turn)}"}

    return replace(server, question=question)


async def at_once(server: Served, count: int) -> tuple[list[Told], float, list[float]]:
    """So many streams from one moment on, the most memory meanwhile, and the seconds of processor time that the server
    had taken when each began, and when all had ended."""
    askers = [asker.Asker(server) for _ in range(count)]
    for each in askers:
        await each.connect()
    before, most = served.worked(server.pid), 0.0
    worked: list[float] = []
    at_first = partial(_note, worked, server, before)
    tasks = [asyncio.create_task(each.ask(SLOW, at_first)) for each in askers]
    while not all(task.done() for task in tasks):
        await asyncio.wait(tasks, timeout=HALFWAY)
        most = max(most, memory(server))
    for each in askers:
        each.close()
    at_first()
    return [task.result() for task in tasks], most, worked


def _note(worked: list[float], server: Served, before: float) -> None:
    worked.append(served.worked(server.pid) - before)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures many streams.")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--in-a-row", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=16, help="that ask for those in a row")
    wish = parser.parse_args()
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        relay = running.enter_context(served.relay(base_url, THREADS))
        running.enter_context(crowd.deployment(MODELS, PEOPLE))
        connect(runtime_of(), Actors.ada, base_url, FAST, SLOW)
        names = [f"benchmark {number}" for number in range(TOKENS)]
        tokens = [own_tokens.create(Actors.ada, runtime_of(), name, ["chat.use"]).value.bare() for name in names]
        gateway = of_several(running.enter_context(served.gateway(tokens[0])), tokens)
        served.pin(0, served.OTHERS)
        for server in (relay, gateway):
            before = memory(server)
            tolds, most, worked = asyncio.run(at_once(server, wish.streams))
            firsts = sorted(told.first for told in tolds)
            whole = sum(told.status == 200 and server.whole in told.body for told in tolds)
            print(f"{server.name}: {whole} of {len(tolds)} whole; {most:.0f} MB PSS ({before:.0f} before)")
            soon = sum(first <= SOON for first in firsts)
            print(f"  {soon} started within {SOON:.0f} s; median {statistics.median(firsts) * 1000:.0f} ms,", end=" ")
            print(f"p95 {firsts[int(len(firsts) * 0.95)] * 1000:.0f} ms, last {firsts[-1] * 1000:.0f} ms")
            print(
                f"  processor time: all started after {worked[-2]:.2f} s, all ended after {worked[-1]:.2f} s",
                flush=True,
            )
        sizes = []
        for _ in range(10):
            each = max(1, wish.in_a_row // 10 // wish.clients)
            tolds = asyncio.run(asker.loop(gateway, wish.clients, each, FAST))
            assert all(gateway.whole in told.body for told in tolds)
            sizes.append(memory(gateway))
        print(f"{wish.in_a_row:,} streams in a row, MB PSS at each tenth: {', '.join(f'{size:.1f}' for size in sizes)}")


if __name__ == "__main__":
    main()
