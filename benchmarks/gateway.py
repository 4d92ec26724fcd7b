"""What a request to the gateway costs: processor time, beside the barest relay of the same stack and LiteLLM.

    .venv/bin/python benchmarks/gateway.py [--rounds 9] [--requests 100] [--models 500] [--litellm PYTHON]
                                           [--postgresql]

Passed through, with token, access, selection, decryption, redaction and a durable row of usage: a whole answer, and a
stream of 43 events that come at once. Each server is one process on one processor, the provider and who asks are on the
other; the rounds take turns and their medians are printed (see `benchmarks/answers.py`).
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import crowd, served
from portal.services.access_tokens import own_tokens
from portal.web.context import runtime as runtime_of
from tests.chatting import connect
from tests.conftest import Actors
from tests.postgresql import PostgreSQL

MODEL, PEOPLE = "fast", 50
WHOLE, STREAM = "whole", "stream"


def measure(
    *, rounds: int, requests: int, models: int, litellm: Path | None, server: PostgreSQL | None
) -> dict[str, dict[str, float]]:
    """For each server, by its name, the processor time of a `whole` answer and of a `stream`, in seconds."""
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        servers = [running.enter_context(served.relay(base_url))]
        if litellm:
            servers.append(running.enter_context(served.litellm(litellm, base_url, (MODEL,))))
        running.enter_context(crowd.deployment(models, PEOPLE, server))
        connect(runtime_of(), Actors.ada, base_url, MODEL)
        token = own_tokens.create(Actors.ada, runtime_of(), "benchmark", ["chat.use"]).value.bare()
        servers.append(running.enter_context(served.gateway(token)))
        served.pin(0, served.OTHERS)
        took: dict[str, dict[str, list[float]]] = {one.name: {WHOLE: [], STREAM: []} for one in servers}
        for _ in range(rounds):
            for one in servers:
                took[one.name][WHOLE].append(served.asked_whole(one).answers(requests, MODEL))
                took[one.name][STREAM].append(one.answers(requests, MODEL))
    return {name: {what: statistics.median(each) for what, each in found.items()} for name, found in took.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what a request to the gateway costs.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--requests", type=int, default=100, help="of each kind and server in each round")
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--litellm", type=Path, metavar="PYTHON", help="a Python that has litellm[proxy]")
    parser.add_argument("--postgresql", action="store_true", help="in the place of SQLite")
    wish = parser.parse_args()
    found = measure(
        rounds=wish.rounds,
        requests=wish.requests,
        models=wish.models,
        litellm=wish.litellm,
        server=PostgreSQL() if wish.postgresql else None,
    )
    floor, peer = found["bare relay"], found.get("LiteLLM")
    for name, figures in found.items():
        print(name)
        for what, seconds in figures.items():
            beside = f"{seconds / floor[what]:6.2f} × the bare relay"
            beside += f", 1/{peer[what] / seconds:.1f} of LiteLLM" if peer else ""
            print(f"  {what:8}{seconds * 1000:9.3f} ms {beside}", flush=True)


if __name__ == "__main__":
    main()
