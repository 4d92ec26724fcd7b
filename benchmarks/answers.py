"""What an answer costs: statements, transactions and processor time, beside the barest relay and LiteLLM.

    .venv/bin/python benchmarks/answers.py [--models 100 10000] [--rounds 9] [--answers 10] [--many 16]
                                           [--litellm PYTHON] [--postgresql] [--list]

The portal is the real server, with so many models in its database, asked as a browser asks: a message in a new chat,
answered by 43 events at once. Beside it run the bare relay, a Flask view under waitress that passes the provider's
bytes on, and LiteLLM's proxy without a database, where `--litellm` names a Python that has it (`pip install
'litellm[proxy]'` into an environment of its own). Each is one process on one processor; the provider and who asks are
on the other. Processor time is user and system time of the server's process, the worker of health checks not counted.
The rounds of all of them take turns, so that what else the machine does falls on all alike; the medians are printed.

`--many` answers that arrive slowly and at once tell what a chunk costs while it streams.

Statements and transactions are counted in this process, from the sign-in's look-up to the last row; BEGIN and COMMIT
are no statements, a read is a transaction too, and the checkpoints of all answers together are beside them. `--list`
prints each statement with who asks.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from flask import Flask

from benchmarks import crowd, served
from benchmarks.pages import signed_in
from benchmarks.provider import SLOW
from benchmarks.speech import WORDS
from portal.web.context import runtime as runtime_of
from tests.chatting import connect
from tests.conftest import Actors
from tests.counting import Traffic, traffic
from tests.postgresql import PostgreSQL

FAST = "fast"
PEOPLE = 50
EVENTS = WORDS + 3
"""With the end, the counts and the mark behind them."""


def counted(app: Flask, model: UUID) -> Traffic:
    """What one answer asks of the database, the second of its kind."""
    client = signed_in(app)

    def ask() -> None:
        typed = {"client_id": str(uuid4()), "new": "yes", "text": "One?", "model": str(model)}
        with client.post_form(f"/chat/{uuid4()}/turns", typed, headers={"Accept": "text/event-stream"}) as told:
            assert '"state": "complete"' in told.get_data(as_text=True)

    ask()
    with traffic() as seen:
        ask()
    return seen


def measure(
    models: Sequence[int] = (100, 10_000),
    *,
    rounds: int = 9,
    answers: int = 10,
    many: int = 16,
    litellm: Path | None = None,
    server: PostgreSQL | None = None,
    told: bool = False,
) -> dict[str, dict[str, float]]:
    """For each server, by its name, the processor time of an `answer` and of a `chunk`, in seconds.

    Of the portal, once for each number of models, its `statements` and `transactions` as well.
    """
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        servers = [running.enter_context(served.relay(base_url))]
        if litellm:
            servers.append(running.enter_context(served.litellm(litellm, base_url, (FAST, SLOW))))
        found: dict[str, dict[str, float]] = {one.name: {} for one in servers}
        for count in models:
            app = running.enter_context(crowd.deployment(count, PEOPLE, server))
            ids = dict(zip((FAST, SLOW), connect(runtime_of(), Actors.ada, base_url, FAST, SLOW), strict=True))
            seen = counted(app, ids[FAST])
            if told:
                print(seen.told())
            servers.append(running.enter_context(served.portal(app, ids, f"portal, {count:,} models")))
            found[servers[-1].name] = {"statements": len(seen.statements), "transactions": seen.transactions}
        served.pin(0, served.OTHERS)
        took: dict[str, list[float]] = {one.name: [] for one in servers}
        slow: dict[str, list[float]] = {one.name: [] for one in servers}
        for number in range(rounds):
            for one in servers:
                took[one.name].append(one.answers(answers, FAST))
                if many and not number % 3:
                    slow[one.name].append(one.at_once(many, SLOW) / EVENTS)
    for name, figures in found.items():
        figures["answer"] = statistics.median(took[name])
        if slow[name]:
            figures["chunk"] = statistics.median(slow[name])
    return found


def say(found: dict[str, dict[str, float]]) -> None:
    """Each server's figures, and what they are beside the others'."""
    floor, peer = found["bare relay"], found.get("LiteLLM")
    for name, figures in found.items():
        print(name)
        if "statements" in figures:
            print(f"  {figures['statements']:.0f} statements, {figures['transactions']:.0f} transactions")
        for what in ("answer", "chunk"):
            if what not in figures:
                continue
            beside = f"{figures[what] / floor[what]:6.2f} × the bare relay"
            beside += f", {figures[what] / peer[what]:5.2f} × LiteLLM" if peer else ""
            print(f"  {what:8}{figures[what] * 1000:9.3f} ms {beside}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what an answer costs.")
    parser.add_argument("--models", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--answers", type=int, default=10, help="of each server in each round")
    parser.add_argument("--many", type=int, default=16, help="slow answers at once; 0 for none")
    parser.add_argument("--litellm", type=Path, metavar="PYTHON", help="a Python that has litellm[proxy]")
    parser.add_argument("--postgresql", action="store_true", help="in the place of SQLite")
    parser.add_argument("--list", action="store_true", help="print every statement of an answer")
    wish = parser.parse_args()
    say(
        measure(
            wish.models,
            rounds=wish.rounds,
            answers=wish.answers,
            many=wish.many,
            litellm=wish.litellm,
            server=PostgreSQL() if wish.postgresql else None,
            told=wish.list,
        )
    )


if __name__ == "__main__":
    main()
