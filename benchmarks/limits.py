"""What limits and budgets add to a request to the gateway: processor time, on beside off, in one run.

    .venv/bin/python benchmarks/limits.py [--rounds 150] [--postgresql]

One server that counts in the database and one that counts in Redis, each asked by people with the same rights: by one
for whom nothing is set, and by others who have limits, budgets or both. They take turns, in an order that changes, over
connections that stay open, and each answer is measured by itself: whatever else the machine does meets all of them
alike. Printed are the medians, what one has more than nothing, between which figures that lies when a fifth of the
answers is looked at alone, and as how many times as much. What a server of a database or of Redis works beside it is
not counted.
"""

import argparse
import random
import statistics
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import insert, select

from benchmarks import crowd, served
from benchmarks.served import Served
from portal.domain.allowances import Kind
from portal.domain.budgets import DOLLAR
from portal.domain.people import Actor
from portal.services.access_tokens import own_tokens
from portal.store.base import transaction
from portal.store.people import UserRecord, UserRoleRecord
from portal.web.context import runtime as runtime_of
from tests.allowing import allow
from tests.chatting import connect
from tests.conftest import Actors
from tests.postgresql import PostgreSQL
from tests.redis_server import redis_server

MODEL, MODELS, PEOPLE = "fast", 500, 50
OFF, LIMIT, LIMITS, BUDGETS, BOTH = "nothing", "a limit", "two limits", "two budgets", "two limits and two budgets"
MANY = 1_000_000
TIMES, FIFTHS = 4, 5
STORES = "database", "Redis"


def _another(name: str) -> Actor:
    """A person with the rights of Uma."""
    with transaction() as session:
        uma, id = session.get(UserRecord, Actors.uma.id), uuid4()
        assert uma
        held = session.scalars(select(UserRoleRecord.role_id).where(UserRoleRecord.user_id == uma.id)).all()
        values = {"email": f"{id}@example.org", "name": name, "password_hash": "-", "created_at": uma.created_at}
        session.execute(insert(UserRecord).values(id=id, **values))
        session.execute(insert(UserRoleRecord), [{"user_id": id, "role_id": role} for role in held])
    return replace(Actors.uma, id=id)


def _token(name: str) -> str:
    """The token of a person for whom this is set."""
    actor = _another(name)
    made = own_tokens.create(actor, runtime_of(), name, ["chat.use"])
    limit = {"per_minute": MANY, "per_day": MANY} if name in (LIMIT, LIMITS, BOTH) else {}
    money = {"budget": 1000 * DOLLAR} if name in (BUDGETS, BOTH) else {}
    if limit or money:
        allow(runtime_of(), Kind.USER, actor.id, **limit, **money)
    if name in (LIMITS, BUDGETS, BOTH):
        allow(runtime_of(), Kind.TOKEN, made.id, **limit, **money)
    return made.value.bare()


Taken = dict[tuple[str, str], list[float]]
"""The processor time of each answer, in seconds, by where is counted and what is set."""


def measure(*, rounds: int, server: PostgreSQL | None) -> Taken:
    """The answers to everybody, counted in either store."""
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        running.enter_context(crowd.deployment(MODELS, PEOPLE, server))
        connect(runtime_of(), Actors.ada, base_url, MODEL, prices={"input": "1", "output": "2"})
        tokens = {name: _token(name) for name in (OFF, LIMIT, LIMITS, BUDGETS, BOTH)}
        redis = running.enter_context(redis_server())
        asked = {}
        for store in STORES:
            named = {"PORTAL_REDIS_URL": redis.url} if store == "Redis" else {}
            one = running.enter_context(served.gateway(tokens[OFF], **named))
            for name, token in tokens.items():
                question = served.openai({"Authorization": f"Bearer {token}"})
                asked[store, name] = served.asked_whole(replace(one, question=question))
        served.pin(0, served.OTHERS)
        return in_turn(asked, rounds)


def in_turn(asked: dict[tuple[str, str], Served], rounds: int) -> Taken:
    """Some answers of each of these in each round: one server after the other, what it is asked in an order that
    changes. The first of each server finds the processor's caches as others left them, and does not count."""
    took: Taken = {kind: [] for kind in asked}
    shuffled = random.Random(13)  # noqa: S311 - an order, no secret
    with ExitStack() as open_:
        connections = {kind: open_.enter_context(server.connected()) for kind, server in asked.items()}
        for _ in range(rounds):
            for pid in {server.pid: None for server in asked.values()}:
                order = [kind for kind, server in asked.items() if server.pid == pid]
                asked[order[0]].ask(connections[order[0]], MODEL)
                for kind in shuffled.sample(order, len(order)) * TIMES:
                    began = served.worked(pid)
                    asked[kind].ask(connections[kind], MODEL)
                    took[kind].append(served.worked(pid) - began)
    return took


def more(mine: list[float], off: list[float]) -> tuple[float, list[float]]:
    """What the median has more than the other, and the same of each fifth of the rounds."""

    def of(which: slice) -> float:
        return statistics.median(mine[which]) - statistics.median(off[which])

    return of(slice(None)), [of(slice(part, None, FIFTHS)) for part in range(FIFTHS)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what limits and budgets add to a request.")
    parser.add_argument("--rounds", type=int, default=150, help=f"in each everybody asks {TIMES} times")
    parser.add_argument("--postgresql", action="store_true", help="in the place of SQLite")
    wish = parser.parse_args()
    found = measure(rounds=wish.rounds, server=PostgreSQL() if wish.postgresql else None)
    for (store, name), figures in found.items():
        took, off = statistics.median(figures), statistics.median(found[store, OFF])
        added, parts = more(figures, found[store, OFF])
        spread = f"({min(parts) * 1000:+.3f} to {max(parts) * 1000:+.3f})"
        print(
            f"{store:10}{name:28}{took * 1000:9.3f} ms  {added * 1000:+.3f} ms {spread:20}  {took / off:.3f} x",
            flush=True,
        )


if __name__ == "__main__":
    main()
