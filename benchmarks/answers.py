"""What an answer costs: statements, transactions and processor time, beside the barest relay of the same stack.

    .venv/bin/python benchmarks/answers.py [--models 20 1000] [--rounds 40] [--many 30] [--postgresql] [--list]

One process asks a provider on a socket of its own, which answers in 43 events at once. Counted are the statements and
transactions from the sign-in's look-up to the last row; BEGIN and COMMIT are no statements, a read is a transaction
too, and the checkpoints of all answers together are beside them. `--list` prints each statement with who asks.

Processor time is the median of the rounds, which take turns with those of a bare Flask relay: a view that passes the
provider's bytes on. `--many` answers that arrive slowly and at once tell what a chunk costs while it streams. The
provider is a process of its own, so that its work is nobody's here.
"""

import argparse
import logging
import multiprocessing
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import requests
import structlog
from flask import Flask, Response, request

from benchmarks import crowd
from benchmarks.pages import signed_in
from portal.web.context import runtime as runtime_of
from tests.chatting import KEY, connect
from tests.conftest import Actors, Client, seat_the_cast
from tests.counting import Traffic, traffic
from tests.postgresql import PostgreSQL
from tests.upstream import Upstream

WORDS = " ".join(["word"] * 41)
"""With the beginning, the end and its mark they are 43 events or so: one for each word."""

SLOW_DELAY, SLOW_WORDS = 0.1, 41
STREAM = {"Accept": "text/event-stream, application/json"}


def provide(told: Any, delay: float) -> None:
    """A provider in a process of its own, until that is ended."""
    with Upstream.openai(key=KEY, answer=WORDS, token_delay=delay) as up:
        told.send(up.base_url)
        threading.Event().wait()


@contextmanager
def provider(delay: float = 0.0) -> Iterator[str]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=provide, args=(there, delay), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def relay(base_url: str) -> Callable[[], object]:
    """Asks a bare Flask relay for one streamed answer."""
    app, session = Flask("relay"), requests.Session()

    @app.post("/")
    def pass_on() -> Response:
        told = session.post(
            f"{base_url}/chat/completions",
            data=request.get_data(),
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
            stream=True,
        )
        return Response(told.iter_content(None), content_type="text/event-stream")

    client = app.test_client()
    body = {"model": "m0", "stream": True, "messages": [{"role": "user", "content": "One?"}]}

    def ask() -> None:
        assert b"[DONE]" in client.post("/", json=body).data

    return ask


def ask(client: Client) -> str:
    """A question in a new chat, and its answer as a stream, to its end."""
    typed = {"client_id": str(uuid4()), "new": "yes", "text": "One?"}
    told = client.post_form(f"/chat/{uuid4()}/turns", typed, headers=STREAM).get_data(as_text=True)
    assert '"state": "complete"' in told, told
    return told


def counted(client: Client) -> Traffic:
    ask(client)
    with traffic() as seen:
        ask(client)
    return seen


def take_turns(rounds: int, *work: Callable[[], object]) -> list[float]:
    """The median of the processor time that each takes, in seconds; they are asked in turn."""
    took: list[list[float]] = [[] for _ in work]
    for _ in range(rounds):
        for place, one in enumerate(work):
            began = time.process_time()
            one()
            took[place].append(time.process_time() - began)
    return [statistics.median(several) for several in took]


def all_at_once(count: int, work: Callable[[], object]) -> float:
    """The processor time that so many at once take together, in seconds."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    began = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.process_time() - began


def chunks(app: Flask, base_url: str, many: int) -> tuple[float, float]:
    """The processor time of one chunk, of so many slow answers at once: the portal's and the bare relay's."""
    runtime = runtime_of()
    slow = connect(runtime, Actors.ada, base_url, "slow", name="slow")[0]
    clients = [signed_in(app) for _ in range(many)]
    left = iter(clients)

    def one() -> None:
        typed = {"client_id": str(uuid4()), "new": "yes", "text": "One?", "model": str(slow)}
        told = next(left).post_form(f"/chat/{uuid4()}/turns", typed, headers=STREAM).get_data(as_text=True)
        assert '"state": "complete"' in told, told

    bare = relay(base_url)
    return tuple(all_at_once(many, work) / many / SLOW_WORDS for work in (one, bare))  # type: ignore[return-value]


def measure(models: int, arguments: argparse.Namespace, base_url: str, slow_url: str) -> None:
    with crowd.empty(PostgreSQL() if arguments.postgresql else None) as app:
        seat_the_cast()
        connect(runtime_of(), Actors.ada, base_url, *(f"m{number}" for number in range(models)))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        client = signed_in(app)
        seen = counted(client)
        print(f"{models} models: {len(seen.statements)} statements, {seen.transactions} transactions", flush=True)
        if arguments.list:
            print(seen.told())
        bare = relay(base_url)
        bare()
        took, floor = take_turns(arguments.rounds, lambda: ask(client), bare)
        print(f"  an answer            {took / floor:6.2f} × the bare relay ({took * 1000:.2f} ms)", flush=True)
        if arguments.many:
            chunk, floor = chunks(app, slow_url, arguments.many)
            print(f"  a chunk, {arguments.many} at once  {chunk / floor:6.2f} × the bare relay ({chunk * 1000:.3f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what an answer costs.")
    parser.add_argument("--models", type=int, nargs="+", default=[20, 1000])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--many", type=int, default=16)
    parser.add_argument("--postgresql", action="store_true", help="in the place of SQLite")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    with provider() as base_url, provider(SLOW_DELAY) as slow_url:
        for models in arguments.models:
            measure(models, arguments, base_url, slow_url)


if __name__ == "__main__":
    main()
