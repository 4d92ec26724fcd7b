"""The pages of usage over five million requests: what each takes, and that each asks the same few queries.

    .venv/bin/python benchmarks/usage.py [--requests 5000000] [--days 400] [--rounds 5] [--only sqlite]

Runs on SQLite, and on PostgreSQL where TEST_DATABASE_URL or the development requirements offer one. 300 people with
three sessions a day ask 40 models of 8 providers by 6 clients, as members of 20 teams. The requests are made by the
database itself, and summed a day at a time. Prints medians of the rounds for everybody's page of 30 days, told in each
way, one person's, one team's, and the same of a whole year; then one transaction of the worker: 250 requests, of as
many sessions, summed. Fails if a page takes more than 60 ms of processor time, or another number of queries than the
same page with a thousand requests. The year is shown and not judged: a page begins with 30 days.

Figures of 5,000,000 requests of 400 days, in milliseconds of processor time, each the lesser of two medians of seven
rounds, on a busy machine, the commit before in turns with it; of PostgreSQL what its server took stands beside:

                                          SQLite    before    PostgreSQL
    everybody, by person                    20.3      39.3     22.3 + 18
    everybody, by access token              19.1      36.7     19.2 + 16
    everybody's other pages of 30 days    8 – 17    8 – 16    12 – 20 + 9 at most
    one person's, one team's              8 – 18    9 – 17    13 – 21 + 10 at most
    a year, by person                        117       110       44 + 62
    a year, by day, model, session       36 – 53   35 – 53    37 – 41 + 23 at most

What costs is lines times days, not requests: by person or token there are 300 keys a day. To rank them SQLite took the
primary key (key before day), whose order spares it a sort, and so walked through all days that are kept, in rows of
half a hundred columns; PostgreSQL never did. Now `usage_told` ranks by the index that goes by day, and sorts no more
than keys and requests: 5 ms instead of 20, and no more when usage is kept for longer. Over a year the sort costs
as much as the walk did.
"""

import argparse
import logging
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from cryptography.fernet import Fernet
from flask import Flask

from benchmarks.health_checks import count, signed_in, timed
from portal import create_app
from portal.services.encryption import master_keys
from portal.services.usage import summing
from portal.services.usage.told import By
from portal.settings import Settings
from portal.store import retention, usage_sums
from portal.store.base import db, transaction
from portal.store.usage import UsageRecord
from portal.web.context import runtime as runtime_of
from tests.databases import KINDS, Databases
from tests.multiplying import copy_id, multiply
from tests.using import use

MOST = 60.0
"""Milliseconds of processor time of a page."""

PEOPLE, TEAMS, PROVIDERS, MODELS, CLIENTS, TOKENS, SESSIONS = 300, 20, 8, 40, 6, 300, 3
TEXT = {"sqlite": "({0})", "postgresql": "({0})::text"}
AT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', '{day}', '+' || (n * 86400 / {number}) || ' seconds')",
    "postgresql": "'{day}T00:00:00Z'::timestamptz + (n * 86400.0 / {number}) * interval '1 second'",
}


def one_of(number: int, table: int, spread: int = 1) -> str:
    """In SQL, the id of one of so many things; the first ones far more often than the last ones."""
    return copy_id(table, f"((n * {spread} % {number}) * (n * 31 % {number}) / {number} + 1)")


def a_day(place: int, day: datetime, number: int, summed: bool = True) -> None:
    kind = db.engine.dialect.name
    person = f"((n * 7 % {PEOPLE}) + 1)"
    multiply(
        "usage",
        number,
        1000 + place,
        where="client = 'first'",
        at=AT[kind].format(day=day.date(), number=number),
        user_id=copy_id(1, person),
        team_id=copy_id(2, f"({person} % {TEAMS} + 1)"),
        token_id=copy_id(3, person),
        provider_id=one_of(PROVIDERS, 4, 3),
        model=f"'provider:model-' || {TEXT[kind].format(f'(n * 13 % {MODELS}) * (n * 31 % {MODELS}) / {MODELS}')}",
        client=f"'client-' || {TEXT[kind].format(f'{person} % {CLIENTS}')}",
        session=f"'session-{place}-' || {TEXT[kind].format(f'n % {SESSIONS}')}",
        first_ms="200 + n * 37 % 4000",
        summed="true" if summed else "false",
    )


def fill(requests: int, days: int) -> float:
    """Make them and sum them; how many seconds of processor time the sums took."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    use(today - timedelta(days=days + 1), client="first")
    summing.sum_up()
    multiply("users", PEOPLE, 1, email="'copy' || n || '@example.org'", name="'Person ' || n")
    spent = 0.0
    for place in range(days):
        day = today - timedelta(days=days - 1 - place)
        a_day(place, day, requests // days)
        began = time.process_time()
        with transaction() as session:
            usage_sums.add_up(session, (UsageRecord.at >= day) & (UsageRecord.at < day + timedelta(days=1)))
        spent += time.process_time() - began
    with transaction() as session:
        retention.take_stock(session)
    db.engine.dispose()
    return spent


def pages() -> dict[str, str]:
    person, team = UUID(f"{1:08x}{8:024x}"), UUID(f"{2:08x}{9:024x}")
    year = (datetime.now(UTC) - timedelta(days=360)).date()
    asked = {f"everybody, by {by}": f"/usage?by={by}" for by in By}
    asked |= {f"a person, by {by}": f"/usage?by={by}&person={person}" for by in (By.DAY, By.SESSION, By.REQUEST)}
    asked |= {f"a team, by {by}": f"/usage?by={by}&team={team}" for by in (By.PERSON, By.SESSION, By.REQUEST)}
    asked |= {f"a year, by {by}": f"/usage?by={by}&since={year}" for by in (By.DAY, By.MODEL, By.PERSON, By.SESSION)}
    return asked


def asked_of(app: Flask) -> dict[str, int]:
    """How many queries each page takes among a thousand requests of ten days."""
    client = signed_in(app, runtime_of())
    fill(1000, 10)
    found = {}
    for said, address in pages().items():
        client.get(address)
        found[said] = count(client, address)
    return found


def measure(app: Flask, kind: str, requests: int, days: int, rounds: int, few: dict[str, int]) -> list[str]:
    client, missed = signed_in(app, runtime_of()), list[str]()
    began = time.perf_counter()
    spent = fill(requests, days)
    took = time.perf_counter() - began
    print(f"\n{kind}: {requests:,} requests of {days} days, written and summed in {took:.0f} s", flush=True)
    print(f"  the sums: {spent / requests * 1e6:.0f} µs of this process for a request")
    print(f"  {'':<34}{'ms':>8}{'cpu ms':>8}{'queries':>9}")
    for said, address in pages().items():
        found = timed(lambda address=address: client.get(address), rounds)  # type: ignore[misc]
        queries = min(count(client, address), count(client, address))
        print(f"  {said:<34}{found.time:>8.1f}{found.work:>8.1f}{queries:>9}", flush=True)
        if found.work > MOST and "year" not in said:
            missed.append(f"{said}: {found.work:.1f} ms")
        if queries > few[said]:
            missed.append(f"{said}: {queries} queries, {few[said]} among few requests")
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    a_day(9999, now, 250, summed=False)
    waiting = timed(lambda: client.get("/usage?by=person"), rounds)
    print(f"  {'by person, 250 not summed':<34}{waiting.time:>8.1f}{waiting.work:>8.1f}")
    began, began_work = time.perf_counter(), time.process_time()
    assert summing.sum_up() == 250
    spent, worked = time.perf_counter() - began, time.process_time() - began_work
    print(f"  {'250 requests summed':<34}{spent * 1000:>8.1f}{worked * 1000:>8.1f}")
    return missed


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--requests", type=int, default=5_000_000)
    asked.add_argument("--days", type=int, default=400)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--only", choices=KINDS)
    told = asked.parse_args()
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        databases = Databases(Path(directory))
        try:
            for kind in [told.only] if told.only else KINDS:
                few: dict[str, int] = {}
                for many in (False, True):
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
                            if many:
                                missed += measure(app, kind, told.requests, told.days, told.rounds, few)
                            else:
                                few = asked_of(app)
                            db.engine.dispose()
        finally:
            databases.close()
    if missed:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
