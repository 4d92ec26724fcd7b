"""What limits and budgets add to a request to the gateway: processor time, on beside off, in one run.

    .venv/bin/python benchmarks/limits.py [--rounds 15] [--requests 100] [--postgresql]

One server answers two people, in turns: one for whom nothing is set, and one who has a limit, a limit of their token, a
budget of their own and one of their token. The medians of the rounds are printed, and what one has more than the other.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import crowd, served
from portal.domain.allowances import Kind
from portal.domain.budgets import DOLLAR
from portal.services.access_tokens import own_tokens
from portal.web.context import runtime as runtime_of
from tests.allowing import allow
from tests.chatting import connect
from tests.conftest import Actors
from tests.postgresql import PostgreSQL

MODEL, MODELS, PEOPLE = "fast", 500, 50
OFF, LIMIT, BUDGET, BOTH = "nothing", "a limit", "a budget", "two limits and two budgets"
MANY = 1_000_000


def measure(*, rounds: int, requests: int, server: PostgreSQL | None) -> dict[str, list[float]]:
    """The processor time of one answer in each round, in seconds, by what is set for whoever asks."""
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        running.enter_context(crowd.deployment(MODELS, PEOPLE, server))
        connect(runtime_of(), Actors.ada, base_url, MODEL, prices={"input": "1", "output": "2"})
        tokens = {}
        for name, actor in ((OFF, Actors.ada), (LIMIT, Actors.ada), (BUDGET, Actors.ada), (BOTH, Actors.uma)):
            made = own_tokens.create(actor, runtime_of(), name, ["chat.use"])
            tokens[name] = made.value.bare()
            limit = {"per_minute": MANY, "per_day": MANY} if name in (LIMIT, BOTH) else {}
            money = {"budget": 1000 * DOLLAR} if name in (BUDGET, BOTH) else {}
            if name != OFF:
                allow(runtime_of(), Kind.TOKEN, made.id, **limit, **money)
            if name == BOTH:
                allow(runtime_of(), Kind.USER, actor.id, **limit, **money)
        one = running.enter_context(served.gateway(tokens[OFF]))
        asked = {
            name: served.asked_whole(replace(one, question=served.openai({"Authorization": f"Bearer {token}"})))
            for name, token in tokens.items()
        }
        served.pin(0, served.OTHERS)
        took: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, server_ in asked.items():
                took[name].append(server_.answers(requests, MODEL))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what limits and budgets add to a request.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=100, help="of each kind in each round")
    parser.add_argument("--postgresql", action="store_true", help="in the place of SQLite")
    wish = parser.parse_args()
    found = measure(rounds=wish.rounds, requests=wish.requests, server=PostgreSQL() if wish.postgresql else None)
    for name, figures in found.items():
        more = statistics.median(mine - off for mine, off in zip(figures, found[OFF], strict=True))
        print(f"{name:28}{statistics.median(figures) * 1000:9.3f} ms  {more * 1000:+.3f} ms", flush=True)


if __name__ == "__main__":
    main()
