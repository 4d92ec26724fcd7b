"""Selection over a large catalog, as ratios: what one decision costs beside another, on whatever machine this runs.

    .venv/bin/python benchmarks/selection.py [--models 10000] [--people 2000] [--rounds 5]

A catalog of 10,000 models, 1,000 personal overrides, 50 roles with patterns and 2,000 people is built in memory, and in
a SQLite file for what reads one. Prints the median of the rounds: one decision that ends at the first usable model
beside one that names its model; the same while the first half of the models is off; reading the catalog after a change
beside reading all of it; the impact of one act on everybody beside as many decisions; and the memory a catalog takes.
"""

import argparse
import gc
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import insert, update

from benchmarks.crowd import empty
from portal.domain import changes
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, Person, Pin, ProviderEntry
from portal.domain.contexts import CONTEXTS
from portal.domain.impact import impact
from portal.domain.selection import Ask, select
from portal.services.selection import choosing
from portal.store import catalog as stored
from portal.store.base import reading, transaction
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord
from portal.web.context import runtime as runtime_of

NAMESPACE = UUID("6f1c7f5e-5d5b-4b43-8c8d-0f2f6f6f0b11")
PROVIDERS, ROLES, OVERRIDES = 40, 50, 1000
FEATURES = frozenset({"conversations", "reviews", "actions"})


def id_of(kind: str, number: int) -> UUID:
    return uuid5(NAMESPACE, f"{kind}-{number}")


def build(models: int, people: int, pick: random.Random) -> tuple[Catalog, list[Person]]:
    """The catalog without a default, so that whoever chose nothing gets the first usable model, and its people."""
    providers = [
        ProviderEntry(id_of("provider", number), f"p{number}", f"P{number}", "openai", credential="shared")
        for number in range(PROVIDERS)
    ]
    entries = [
        ModelEntry(
            id_of("model", number),
            providers[number % PROVIDERS].id,
            f"m{number}",
            f"m{number}",
            f"M{number}",
            position=number,
            features=FEATURES,
        )
        for number in range(models)
    ]
    roles = [id_of("role", number) for number in range(ROLES)]
    patterns = {
        role: (f"p{number % PROVIDERS}:*", f"*:m{number}*", f"p{(number + 7) % PROVIDERS}:m1*")
        for number, role in enumerate(roles)
    }
    crowd = [
        Person(id_of("person", number), frozenset(pick.sample(roles, pick.choice((1, 1, 2)))))
        for number in range(people)
    ]
    overrides = {
        person.id: {"root": Pin(pick.choice(entries).id)} for person in pick.sample(crowd, min(OVERRIDES, people))
    }
    return Catalog.of(providers, entries, personal_overrides=overrides, patterns=patterns), crowd


def seconds(work: Callable[[], object], rounds: int, times: int = 1) -> float:
    """The median of the rounds for doing it once."""
    measured = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        measured.append((time.perf_counter() - began) / times)
    return statistics.median(measured)


def told(what: str, took: float, beside: str, other: float) -> None:
    print(f"{what:<58} {took / other:>9.2f} × {beside}")


def in_memory(arguments: argparse.Namespace) -> None:
    catalog, people = build(arguments.models, arguments.people, random.Random(7))  # noqa: S311 - a crowd, no secret
    half = replace(
        catalog,
        models={
            entry.id: replace(entry, enabled=place >= arguments.models // 2)
            for place, entry in enumerate(catalog.models.values())
        },
        _derived={},
    )
    who = Person()
    last = catalog.in_order()[-1].id
    named = seconds(lambda: select(Ask(who, explicit_id=last), catalog), arguments.rounds, 2000)
    for what, now in (("first usable model, warm", catalog), ("first usable model, the first half of all off", half)):
        select(Ask(who), now)
        told(what, seconds(lambda now=now: select(Ask(who), now), arguments.rounds, 2000), "naming a model", named)
    limited = people[0]
    select(Ask(limited, explicit_id=last), catalog)
    took = seconds(lambda: select(Ask(limited, explicit_id=last), catalog), arguments.rounds, 2000)
    told("naming a model within patterns, warm", took, "naming a model", named)
    cold = seconds(lambda: select(Ask(who), replace(catalog, _derived={})), arguments.rounds)
    told("first usable model, the first time for a version", cold, "naming a model", named)

    root = [CONTEXTS["root"]]
    each = seconds(lambda: [select(Ask(person), catalog) for person in people], arguments.rounds)
    everybody = f"{len(people):,} decisions"
    for what, act in (
        ("impact of turning a gate", lambda: changes.with_gate(catalog, "personal_overrides", on=False)),
        ("impact of turning a model off", lambda: changes.with_model_on(catalog, last, on=False)),
        ("impact of deleting a provider", lambda: changes.without_provider(catalog, catalog.in_order()[0].provider_id)),
    ):
        took = seconds(lambda act=act: impact(catalog, act(), people, root), arguments.rounds)
        told(f"{what}, {len(people):,} people, one context", took, everybody, each)
        took = seconds(lambda act=act: impact(catalog, act(), people), 1)
        told(f"{what}, {len(people):,} people, every context", took, everybody, each)


def memory(arguments: argparse.Namespace) -> None:
    gc.collect()
    tracemalloc.start()
    catalog, people = build(arguments.models, arguments.people, random.Random(7))  # noqa: S311 - a crowd, no secret
    entries, _ = tracemalloc.get_traced_memory()
    for person in people:
        select(Ask(person), catalog)
    worked_out, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    each = entries / arguments.models
    print(f"memory: {entries / 2**20:.1f} MiB built, {each:.0f} bytes a model; "
          f"{(worked_out - entries) / 2**20:.1f} MiB more once everybody was answered")  # fmt: skip


def from_a_database(arguments: argparse.Namespace) -> None:
    catalog, _ = build(arguments.models, 1, random.Random(7))  # noqa: S311 - a crowd, no secret
    now = datetime.now(UTC)
    times = {"created_at": now, "changed_at": now}
    with transaction() as session:
        stored.lock_catalog(session)
        session.execute(
            insert(ProviderRecord),
            [
                {"id": entry.id, "name": entry.name, "label": entry.label, "type": "demo", "base_url": "",
                 "destination": "", "proven_from": now, **times}
                for entry in catalog.providers.values()
            ],
        )  # fmt: skip
        session.execute(
            insert(LanguageModelRecord),
            [
                {"id": entry.id, "provider_id": entry.provider_id, "name": entry.name, "wire_name": entry.wire_name,
                 "display_name": entry.display_name, "position": entry.position, "context_limit": 1000,
                 "features": sorted(FEATURES), **times}
                for entry in catalog.models.values()
            ],
        )  # fmt: skip
    runtime = runtime_of()

    def whole() -> None:
        stored._kept.clear()
        choosing.current_catalog(runtime)

    def after_a_change() -> None:
        with transaction() as session:
            stored.lock_catalog(session)
            changed = update(LanguageModelRecord).where(LanguageModelRecord.id == catalog.in_order()[0].id)
            session.execute(changed.values(display_name="Changed"))
        began = time.perf_counter()
        choosing.current_catalog(runtime)
        reads.append(time.perf_counter() - began)

    def one_number() -> None:
        with reading() as session:
            session.connection().exec_driver_sql("SELECT 1").one()

    reads: list[float] = []
    cold = seconds(whole, arguments.rounds)
    for _ in range(arguments.rounds):
        after_a_change()
    told("reading the catalog after a change", statistics.median(reads), "reading all of it", cold)
    same = seconds(lambda: choosing.current_catalog(runtime), arguments.rounds, 50)
    told("asking for the catalog while nothing changed", same, "one trivial query", seconds(one_number, 5, 50))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures selection over a large catalog, as ratios.")
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    in_memory(arguments)
    with empty():
        from_a_database(arguments)
    memory(arguments)


if __name__ == "__main__":
    main()
