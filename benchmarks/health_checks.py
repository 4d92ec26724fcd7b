"""The Health checks page over a million checks: how long each page takes, and that each asks the same few queries.

    .venv/bin/python benchmarks/health_checks.py [--checks 1000000] [--rounds 5] [--only sqlite]

Runs on SQLite, and on PostgreSQL where TEST_DATABASE_URL or the development requirements offer one. Prints the median
of the rounds, for the page as a browser gets it and for the list in it alone, and how many queries the
page took; fails if two pages differ in that. It also times what else reads or writes checks: a provider's page, the
overview, a check written down, an export, clearing away.
"""

import argparse
import logging
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import insert

from portal import create_app
from portal.dialects.provider_types.table import TYPES
from portal.domain.faults import SENTENCES, Category
from portal.domain.health import outcome_of
from portal.services.encryption import master_keys
from portal.services.health import history as check_history
from portal.services.health import retention as check_retention
from portal.services.health.checks import Finding, Subject
from portal.services.health.recording import record
from portal.services.health.scheduled_checks import SCHEDULER
from portal.services.people import sessions
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store import providers as stored_providers
from portal.store import retention
from portal.store.base import db, reading, transaction
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord
from portal.web.context import runtime as runtime_of
from portal.web.health import filters
from tests.conftest import Actors, Client, seat_the_cast
from tests.counting import queries
from tests.databases import KINDS, Databases

PROVIDERS = 200
FAULTS: tuple[tuple[Category, float], ...] = (
    (Category.OK, 0.93),
    (Category.RATE_LIMIT, 0.03),
    (Category.TIMEOUT, 0.02),
    (Category.AUTH, 0.015),
    (Category.SERVER, 0.0049),
    (Category.DNS, 0.0001),
)
PEOPLE = ("schedule", "Ada Marsh", "Otto Lind")
MODELS = tuple(f"model-{number}" for number in range(40))
RARE = "a-rare-model"
Row = dict[str, Any]


def providers(now: datetime) -> list[Row]:
    return [
        {
            "id": uuid4(),
            "name": f"acme-{number}",
            "label": f"Acme {number}",
            "type": "openai_compatible",
            "base_url": "http://127.0.0.1:9/v1",
            "destination": "http://127.0.0.1:9",
            "created_at": now - timedelta(days=100),
            "changed_at": now - timedelta(days=100),
            "proven_from": now - timedelta(days=100),
        }
        for number in range(PROVIDERS)
    ]


def checks(number: int, ids: Sequence[tuple[UUID, str]], now: datetime) -> Iterator[list[Row]]:
    """Evenly over 89 days, in batches, oldest first."""
    dice = random.Random(7)  # noqa: S311 - the same checks each time
    categories, weights = zip(*FAULTS, strict=True)
    step = timedelta(days=89) / number
    batch: list[Row] = []
    for place in range(number):
        provider_id, name = ids[place % len(ids)]
        category = dice.choices(categories, weights)[0]
        scheduled = dice.random() < 0.995
        batch.append(
            {
                "id": UUID(int=dice.getrandbits(128), version=4),
                "at": now - timedelta(days=89) + place * step,
                "actor": PEOPLE[0] if scheduled else dice.choice(PEOPLE[1:]),
                "scheduled": scheduled,
                "about": "provider",
                "probe": "ping",
                "counts": True,
                "provider_id": provider_id,
                "provider_name": name,
                "provider_type": "openai_compatible",
                "url": "http://127.0.0.1:9/v1/chat/completions",
                "model": RARE if place in (number // 3, number // 2) else dice.choice(MODELS),
                "key_source": "none",
                "outcome": outcome_of(category).value,
                "category": category.value,
                "status": 200 if category is Category.OK else None,
                "latency_ms": int(dice.lognormvariate(6, 0.5)),
                "sentence": SENTENCES[category].format(provider=name),
                "in_a_row": 1,
            }
        )
        if len(batch) == 5000:
            yield batch
            batch = []
    if batch:
        yield batch


def fill(number: int) -> list[tuple[UUID, str]]:
    now = datetime.now(UTC)
    rows = providers(now)
    with transaction() as session:
        session.execute(insert(ProviderRecord), rows)
    ids = [(row["id"], row["name"]) for row in rows]
    for batch in checks(number, ids, now):
        with transaction() as session:
            session.execute(insert(CheckRecord), batch)
    with transaction() as session:
        retention.take_stock(session)
    return ids


@dataclass(frozen=True)
class Took:
    """Medians in milliseconds: of time, and of this process's own work, which a busy machine disturbs less."""

    time: float
    work: float


def timed(work: Callable[[], object], rounds: int) -> Took:
    """How long it takes, after one run that does not count."""
    work()
    times, works = [], []
    for _ in range(rounds):
        began, began_work = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began) * 1000)
        works.append((time.process_time() - began_work) * 1000)
    return Took(statistics.median(times), statistics.median(works))


def count(client: Client, address: str) -> int:
    with queries() as statements:
        assert client.get(address).status_code == 200
    return len(statements)


def link(page: str, rel: str) -> str:
    for tag in page.split("<a ")[1:]:
        head = tag.split(">", 1)[0]
        if f'rel="{rel}"' in head:
            return head.split('href="')[1].split('"')[0].replace("&amp;", "&")
    return ""


def deep(now: datetime) -> str:
    """A cursor 80 days back."""
    return f"{(now - timedelta(days=80)).isoformat()}~{UUID(int=0)}".replace("+", "%2B")


def pages(ids: Sequence[tuple[UUID, str]], now: datetime) -> dict[str, str]:
    name, then = ids[17][1], (now - timedelta(days=40)).date().isoformat()
    asked = {
        "everything": "",
        "provider": f"provider={name}",
        "failed": "outcome=failed",
        "reason, common": "reason=rate_limit",
        "reason, rare": "reason=dns",
        "schedule": "by=schedule",
        "person": "by=Otto+Lind",
        "provider, failed": f"provider={name}&outcome=failed",
        "provider, reason never met": f"provider={name}&reason=billing",
        "person, reason": "by=Otto+Lind&reason=auth",
        "schedule, reason, rare": "by=schedule&reason=dns",
        "until 40 days ago": f"until={then}",
        "model, common": "q=model-7",
        "model, rare": f"q={RARE}",
        "model, never met": "q=nothing-like-it",
    }
    return asked | {f"{said}, deep": f"{query}&before={deep(now)}".lstrip("&") for said, query in asked.items()}


def measure(app: Flask, kind: str, number: int, rounds: int) -> None:
    runtime = runtime_of()
    began = time.perf_counter()
    ids = fill(number)
    print(f"\n{kind}: {number:,} checks of {PROVIDERS} providers, written in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    days = check_retention.rebuild(runtime)
    print(f"  days counted anew: {days} in {time.perf_counter() - began:.1f} s")
    client = signed_in(app, runtime)
    now, asked = datetime.now(UTC), set()
    print(f"  {'':<34}{'ms':>8}{'cpu ms':>8}{'queries':>9}{'list ms':>9}{'cpu ms':>8}")
    for said, query in pages(ids, now).items():
        address = f"/health-checks?{query}"
        took = timed(lambda address=address: client.get(address), rounds)  # type: ignore[misc]
        number_asked = min(count(client, address), count(client, address))  # once a minute a session notes its use
        asked.add(number_asked)
        with app.test_request_context(address):
            wanted, before = filters.wanted(now), address.rpartition("before=")[2].replace("%2B", "+")
            alone = timed(
                lambda wanted=wanted, before=before: check_history.list_checks(Actors.ada, wanted, before=before),  # type: ignore[misc]
                rounds,
            )
        numbers = f"{took.time:>8.1f}{took.work:>8.1f}{number_asked:>9}{alone.time:>9.1f}{alone.work:>8.1f}"
        print(f"  {said:<34}{numbers}", flush=True)
    assert len(asked) == 1, f"pages differ in their number of queries: {sorted(asked)}"
    following = link(client.get("/health-checks").text, "next")
    assert following
    for said, address in {
        "next page": following,
        "a provider's page": f"/providers/{ids[17][1]}",
        "overview": "/overview",
        "providers": "/providers",
    }.items():
        took = timed(lambda address=address: client.get(address), rounds)  # type: ignore[misc]
        print(f"  {said:<34}{took.time:>8.1f}{took.work:>8.1f}{count(client, address):>9}")
    with reading() as session:
        provider = stored_providers.find(session, ids[3][1])
        assert provider
    took = timed(lambda: write_one(runtime, ids[3], provider.proven_from), 50)
    print(f"  {'a check written down':<34}{took.time:>8.1f}{took.work:>8.1f}")
    began = time.perf_counter()
    rows = client.get("/health-checks/export.csv?outcome=failed").data.count(b"\r\n")
    print(f"  export of {rows:,} failed as CSV: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    gone = check_retention.prune(runtime, days=60)
    print(f"  {gone:,} cleared away in {time.perf_counter() - began:.1f} s, {check_retention.BATCH} at a time")


def write_one(runtime: Runtime, provider: tuple[UUID, str], proven_from: datetime) -> None:
    """What is written for every check: itself, its day, and the row that it goes on in."""
    subject = Subject("provider", TYPES["openai_compatible"], "Acme", provider[1], provider[0], "", proven_from, "m")
    check = record(SCHEDULER, runtime, subject, Finding(latency_ms=200, status=200), runtime.now())
    assert check.counts


def signed_in(app: Flask, runtime: Runtime) -> Client:
    seat_the_cast()
    client = Client(app)
    with transaction() as session:
        token = sessions.open_session(session, runtime, Actors.ada.id, "127.0.0.1", "benchmark")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--checks", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--only", choices=KINDS)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        databases = Databases(Path(directory))
        try:
            for kind in [told.only] if told.only else KINDS:
                with databases.one(kind) as url:
                    settings = Settings(
                        data_dir=Path(directory),
                        database_url=url,
                        secret_key=uuid4().hex,
                        master_key=Fernet.generate_key().decode(),
                    )
                    app = create_app(settings, environment={})
                    app.config["TESTING"] = True
                    with app.app_context():
                        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
                        master_keys.require(runtime_of())
                        measure(app, kind, told.checks, told.rounds)
                        db.engine.dispose()
        finally:
            databases.close()


if __name__ == "__main__":
    main()
