"""What a burst costs those who are in it and those who are not: times on the real server, beside the barest relay.

    .venv/bin/python benchmarks/bursts.py [--streams 300 500] [--sign-ins 120] [--tests 70] [--threads 640 64]
                                        [--no-relay]

A portal that `python app.py` serves, with a SQLite file of its own, is asked by a crowd on one thread of this process,
while `/healthz` and a page are asked ten times a second. Its provider sends a word each half second to everybody, until
all who were let in have their first. The bare relay is a Flask view that passes the provider's bytes on, served by
waitress with as many threads, in a process of its own; it asks no database and knows nobody.

Printed are how many were answered and how many were refused, how soon the first word was there, how soon a refusal,
what pages and `/healthz` took meanwhile, and what memory the server had at its end (RSS, and PSS of what it shares).
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import requests
from flask import Flask, Response, request
from waitress import serve

from portal.web.context import runtime
from tests.chatting import KEY, connect
from tests.conftest import Actors
from tests.processes.crowd import Answer, Asking, Person, Probes, prepared, seat, until
from tests.processes.portal_process import free_port, running
from tests.upstream.slow import SlowProvider
from tests.waiting import PATIENCE

ADMINISTRATORS = 20


def relay(port: int, provider: int, threads: int) -> None:
    app, session = Flask("relay"), requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=threads))

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/chat/<chat>/turns")
    def pass_on(chat: str) -> Response:  # noqa: ARG001 - all chats are one
        asked = {"model": "slow", "stream": True, "messages": [{"role": "user", "content": request.form["text"]}]}
        told = session.post(f"http://127.0.0.1:{provider}/v1/chat/completions", json=asked, stream=True)
        return Response((b"event: part\n" + part for part in told.iter_content(None)), content_type="text/event-stream")

    serve(app, host="127.0.0.1", port=port, threads=threads, connection_limit=4096)


def memory(pid: int) -> str:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.endswith("kB")}
    return f"{sizes['Rss']} MB RSS, {sizes['Pss']} MB PSS"


def spread(times: Sequence[float]) -> str:
    ordered = sorted(times)
    if not ordered:
        return "-"
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"median {statistics.median(ordered) * 1000:6.0f} ms  p95 {p95 * 1000:6.0f} ms  of {len(ordered)}"


async def burst(name: str, port: int, pid: int, provider: int, asked: Any, probed: Person | None) -> None:
    """Run what `asked` makes at once, and print what came of it; without a person no page is probed."""
    asking = Asking(port)
    async with SlowProvider(port=provider) as up:
        probes = Probes(asking, probed, ("/profile",) if probed else ())
        await probes.again(3)
        for answers in probes.answers.values():
            answers.clear()
        tasks = [asyncio.create_task(one) for one in asked(asking, up)]
        began = time.monotonic()
        await until(lambda: len(up.sent) + up.hanging + sum(task.done() for task in tasks) >= len(tasks))
        await asyncio.sleep(max(2.0, 6.0 - (time.monotonic() - began)))
        held = memory(pid)
        up.go.set()
        answers: list[Answer] = await asyncio.gather(*tasks)
        await probes.end()
    refused = [answer.took for answer in answers if answer.is_refusal]
    others: dict[int, int] = {}
    for answer in answers:
        if not answer.is_refusal:
            others[answer.status] = others.get(answer.status, 0) + 1
    print(f"{name}: {others}, {len(refused)} refused; {held}")
    print(f"  first word   {spread([answer.first for answer in answers if answer.first is not None])}")
    print(f"  refusal      {spread(refused)}")
    for path, told in probes.answers.items():
        print(f"  {path:<12} {spread([answer.took for answer in told])}  {sorted({answer.status for answer in told})}")
    sys.stdout.flush()


def streams(people: list[Person]) -> Any:
    def made(asking: Asking, _: SlowProvider) -> list[Coroutine[Any, Any, Answer]]:
        return [asking.question(person, f"Question {place}") for place, person in enumerate(people)]

    return made


def sign_ins(people: list[Person]) -> Any:
    def made(asking: Asking, _: SlowProvider) -> list[Coroutine[Any, Any, Answer]]:
        return [asking.post("/sign-in", {"email": person.email, "password": "wrong"}, person) for person in people]

    return made


def tests(people: list[Person]) -> Any:
    def made(asking: Asking, up: SlowProvider) -> list[Coroutine[Any, Any, Answer]]:
        form = {"type": "openai_compatible", "name": "slow", "label": "Slow", "base_url": up.hangs, "key": KEY}
        return [asking.post("/providers/test", form | {"test_model": "m"}, person) for person in people]

    return made


def together(*several: Any) -> Any:
    def made(asking: Asking, up: SlowProvider) -> list[Coroutine[Any, Any, Answer]]:
        return [one for some in several for one in some(asking, up)]

    return made


def measure(threads: int, arguments: argparse.Namespace) -> None:
    provider = free_port()

    def fill(app: Flask) -> tuple[list[Person], list[Person]]:
        connect(runtime(), Actors.ada, f"http://127.0.0.1:{provider}/v1", "slow", read_timeout=PATIENCE)
        each = -(-arguments.tests // ADMINISTRATORS)
        administrators = seat(app, ADMINISTRATORS, "administrator", each)[: arguments.tests]
        return seat(app, max(*arguments.streams, arguments.sign_ins)), administrators

    with tempfile.TemporaryDirectory() as folder:
        people, administrators = prepared(Path(folder) / "data", fill)
        few = people[: arguments.streams[0]]
        bursts = {f"{count} streams": streams(people[:count]) for count in arguments.streams}
        bursts[f"{arguments.sign_ins} sign-ins"] = sign_ins(people[: arguments.sign_ins])
        bursts[f"{arguments.tests} tests that hang"] = tests(administrators)
        bursts["all together"] = together(streams(few), sign_ins(people[: arguments.sign_ins]), tests(administrators))
        for name, asked in bursts.items():
            with running(Path(folder) / "data", from_nothing=True, PORTAL_THREADS=str(threads)) as portal:
                label = f"{threads} threads, {name} ({memory(portal.process.pid)} after start)"
                asyncio.run(burst(label, portal.port, portal.process.pid, provider, asked, people[0]))
        if arguments.no_relay:
            return
        for count in arguments.streams:
            port = free_port()
            bare = multiprocessing.get_context("spawn").Process(target=relay, args=(port, provider, threads))
            bare.start()
            try:
                asyncio.run(_listening(port))
                label = f"bare relay, {count} streams"
                asyncio.run(burst(label, port, int(bare.pid or 0), provider, streams(people[:count]), None))
            finally:
                bare.terminate()
                bare.join()


async def _listening(port: int) -> None:
    while True:
        try:
            await Asking(port).get("/healthz")
            return
        except OSError:
            await asyncio.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures bursts.")
    parser.add_argument("--streams", type=int, nargs="+", default=[300, 500])
    parser.add_argument("--sign-ins", type=int, default=120)
    parser.add_argument("--tests", type=int, default=70)
    parser.add_argument("--threads", type=int, nargs="+", default=[640, 64])
    parser.add_argument("--no-relay", action="store_true")
    arguments = parser.parse_args()
    for threads in arguments.threads:
        measure(threads, arguments)


if __name__ == "__main__":
    main()
