"""What the gateway adds to the time of an answer, and how long the slowest wait among many, beside the bare relay.

    .venv/bin/python benchmarks/latency.py [--pairs 300] [--clients 32] [--each 20] [--rounds 5] [--postgresql]

At concurrency one the gateway and the bare relay are asked in turn for a stream, and the differences of the times to
the first byte are taken pair by pair; the relay beside itself tells how much of that is noise. Then so many clients
ask each of them for whole answers, each again as soon as it is answered; the rounds take turns. Each server is one
process on one processor; the provider and who asks are on the other.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import asker, crowd, served
from benchmarks.served import Served
from portal.services.access_tokens import own_tokens
from portal.web.context import runtime as runtime_of
from tests.chatting import connect
from tests.conftest import Actors
from tests.postgresql import PostgreSQL

MODEL, MODELS, PEOPLE = "fast", 500, 50


def percentile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


async def firsts(servers: Sequence[Served], pairs: int) -> list[list[float]]:
    """The times to the first byte, of one stream after the other, each server in turn."""
    askers = [asker.Asker(one) for one in servers]
    for each in askers:
        for _ in range(10):
            await each.ask(MODEL)
    found: list[list[float]] = [[] for _ in servers]
    for _ in range(pairs):
        for times, each in zip(found, askers, strict=True):
            times.append((await each.ask(MODEL)).first)
    for each in askers:
        each.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what the gateway adds to the time of an answer.")
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--each", type=int, default=20, help="answers of each client in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgresql", action="store_true", help="in the place of SQLite")
    wish = parser.parse_args()
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        relay = running.enter_context(served.relay(base_url))
        running.enter_context(crowd.deployment(MODELS, PEOPLE, PostgreSQL() if wish.postgresql else None))
        connect(runtime_of(), Actors.ada, base_url, MODEL)
        token = own_tokens.create(Actors.ada, runtime_of(), "benchmark", ["chat.use"]).value.bare()
        gateway = running.enter_context(served.gateway(token))
        served.pin(0, served.OTHERS)
        bare, again, ours = asyncio.run(firsts((relay, relay, gateway), wish.pairs))
        print(f"first byte of a stream, one at a time: bare relay {statistics.median(bare) * 1000:.2f} ms")
        for name, times in (("the relay beside itself", again), ("the gateway", ours)):
            added = statistics.median(one - other for one, other in zip(times, bare, strict=True))
            print(f"  {name} adds {added * 1000:.2f} ms (median of differences)", flush=True)
        slowest: dict[str, list[float]] = {relay.name: [], gateway.name: []}
        usual: dict[str, list[float]] = {relay.name: [], gateway.name: []}
        for _ in range(wish.rounds):
            for one in (relay, gateway):
                tolds = asyncio.run(asker.loop(served.asked_whole(one), wish.clients, wish.each, MODEL))
                assert all(told.status == 200 for told in tolds)
                slowest[one.name].append(percentile([told.last for told in tolds], 0.99))
                usual[one.name].append(statistics.median(told.last for told in tolds))
        print(f"whole answers, {wish.clients} clients at once")
        for name, figures in (("median", usual), ("p99", slowest)):
            times = {server: statistics.median(each) for server, each in figures.items()}
            ratio = times[gateway.name] / times[relay.name]
            told = ", ".join(f"{server} {each * 1000:.0f} ms" for server, each in times.items())
            print(f"  {name:7}{told}: {ratio:.2f} × the bare relay", flush=True)


if __name__ == "__main__":
    main()
