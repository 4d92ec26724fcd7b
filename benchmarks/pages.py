"""What pages, an answer and the catalog after a change cost among many models, as ratios on whatever machine this runs.

    .venv/bin/python benchmarks/pages.py [--models 10000] [--people 2000] [--rounds 9] [--no-answer] [--no-older]
                                       [--no-django] [--django PYTHON] [--postgresql]

Processor time, as the median of the rounds, in a portal with a SQLite file: the pages about models among many models
beside the same among a hundred, with their bytes and queries; one real answer of the demo provider likewise; the
catalog after a change, and the chat page, beside the commit before there was one snapshot, checked out for it from this
repository's history; the Models page and its search beside Django's admin list over the same rows, for which Django is
installed into an environment that is thrown away, unless `--django` names a Python that has it. At last the memory that
the catalog takes with all that follows.

With `--postgresql` both stand on PostgreSQL: the server that TEST_DATABASE_URL names, else one started for it. Its
own work is in no figure, the portal's and Django's is: what they say to it and make of its answers. The older portal
knows SQLite alone and is left out.

The rounds of all of them take turns: each asks every page among few, among many, and Django, so that what else the
machine does falls on all alike.

Figures of 10,000 models and 2,000 people, on a busy machine, SQLite in 25 rounds and PostgreSQL in 15:

    Models beside Django's list              0.31    0.33
    Models, a search, beside Django's        0.30    0.33
    Overrides beside Models                  0.87    0.75
    Explain beside Models                    0.98    1.11
    Roles, Teams beside Models         0.78, 0.73    0.91, 0.96
    chat, API keys, Agents       0.73, 0.60, 0.44    0.91, 0.73, 0.61
    queries of Models                          11       8    (on SQLite each BEGIN is counted)

Each page asks as many among a hundred models as among ten thousand.
"""

import argparse
import gc
import json
import logging
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from flask import Flask
from sqlalchemy import update

from benchmarks import crowd
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Person
from portal.domain.selection import Ask, select
from portal.services.explain import people as everybody
from portal.services.language_models.listing import availability_of
from portal.services.people import sessions
from portal.services.selection import choosing
from portal.store import catalog as stored
from portal.store.base import transaction
from portal.store.language_models import LanguageModelRecord
from portal.web.context import runtime as runtime_of
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.postgresql import PostgreSQL

ROOT = Path(__file__).parents[1]
DJANGO = ("django==5.2.8", "psycopg[binary]")
FEW = 100
PAGES = {
    "chat": "/chat",
    "chat, a search of the selector": "/chat/models?q=family-42",
    "Models": "/models",
    "Models, a later page": "/models?page=2",
    "Models, a search": "/models?q=family-42",
    "Overrides": "/overrides",
    "Agents": "/agents",
    "API keys": "/api-keys",
    "Explain": "/explain",
    "Teams": "/people/teams",
    "Roles": "/people/roles",
}


def cost(rounds: int, work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The median of the processor time that it takes, in seconds."""
    found = []
    for _ in range(rounds):
        before()
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return statistics.median(found)


def signed_in(app: Flask) -> Client:
    client = Client(app)
    with transaction() as session:
        token = sessions.open_session(session, runtime_of(), Actors.ada.id, "127.0.0.1", "benchmark")
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def ask(client: Client) -> str:
    """A message in a new chat, answered whole by the demo provider; the address of the chat."""
    typed = {"client_id": str(uuid4()), "new": "yes", "text": "What is 7 × 6?", "model": str(crowd.id_of("model", 0))}
    answer = client.post_form(f"/chat/{uuid4()}/turns", typed)
    assert answer.status_code == 303, answer.text
    return answer.location


def change_one() -> None:
    with transaction() as session:
        stored.lock_catalog(session)
        model = LanguageModelRecord
        one = model.id == crowd.id_of("model", 5)
        session.execute(update(model).where(one).values(display_name=str(uuid4())))


Figures = dict[str, dict[str, float]]
Admin = Callable[[], dict[str, float]]
"""Asks Django's admin once for its list and a search; the seconds of each."""


def measure(
    arguments: argparse.Namespace, admin: Admin | None, server: PostgreSQL | None
) -> tuple[Figures, Figures, dict[str, float]]:
    """The figures among few models, among many, and Django's: their rounds take turns.

    Of each page its seconds, bytes and queries; of many also those of the catalog after a change, and the memory.
    """
    found: tuple[Figures, Figures] = ({}, {})
    with crowd.deployment(FEW, arguments.people, server) as few:
        first = signed_in(few)
        with crowd.deployment(arguments.models, arguments.people, server) as many:
            clients = (first, signed_in(many))
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
            for client, figures in zip(clients, found, strict=True):
                with client.application.app_context():
                    seen(client, figures)
                    if not arguments.no_answer:
                        assert "I am a demo" in client.get(ask(client)).text
                        figures["an answer"] = {}
            beside = take_turns(clients, found, admin, arguments.rounds)
            runtime = runtime_of()
            read = cost(arguments.rounds, lambda: choosing.current_catalog(runtime), change_one)
            found[1]["after a change"] = {"seconds": read}
            decided = cost(arguments.rounds, lambda: select(Ask(), choosing.current_catalog(runtime)), change_one)
            found[1]["after a change, and the first decision"] = {"seconds": decided}
            found[1]["memory"] = {"bytes": memory()}
    return *found, beside


def seen(client: Client, figures: Figures) -> None:
    """Each page once, with what it weighs and asks: what is worked out once is worked out then."""
    for name, address in PAGES.items():
        page = client.get(address)
        assert page.status_code == 200, (address, page.status_code)
        with queries() as statements:
            client.get(address)
        figures[name] = {"bytes": len(page.data), "queries": len(statements)}


def take_turns(
    clients: Sequence[Client], found: Sequence[Figures], admin: Admin | None, rounds: int
) -> dict[str, float]:
    """Write the median seconds of every page into the figures; Django's are the answer."""
    took: dict[tuple[int, str], list[float]] = {}
    django: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name in found[0]:
            for place, client in enumerate(clients):
                began = time.process_time()
                ask(client) if name == "an answer" else client.get(PAGES[name])
                took.setdefault((place, name), []).append(time.process_time() - began)
        for name, seconds in (admin() if admin else {}).items():
            django.setdefault(name, []).append(seconds)
    for (place, name), several in took.items():
        found[place][name]["seconds"] = statistics.median(several)
    return {name: statistics.median(several) for name, several in django.items()}


def memory() -> int:
    """What the catalog holds in bytes once everybody was answered and every list was worked out."""
    runtime = runtime_of()
    people = everybody.read().people
    stored._kept.clear()
    choosing._resolved.clear()
    gc.collect()
    tracemalloc.start()
    catalog = choosing.current_catalog(runtime)
    known(catalog, people)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken


def known(catalog: Catalog, people: Sequence[Person]) -> None:
    availability_of(catalog)
    for person in people:
        for context in catalog.contexts.values():
            select(Ask(person, context), catalog)


def older(arguments: argparse.Namespace) -> dict[str, float]:
    """The same of the commit before the one that brought the snapshot."""
    with checkout() as place:
        return run([sys.executable, ROOT / "benchmarks/older.py", arguments.models, arguments.rounds], place)


@contextmanager
def checkout(commit: str = "") -> Iterator[str]:
    """Where that commit stands, checked out from this repository's history; else the last one without a snapshot."""
    git = shutil.which("git") or "git"
    if not commit:
        asked = [git, "log", "--diff-filter=A", "--format=%H", "--", "migrations/versions/0004_selection.py"]
        told = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        commit = f"{told.split()[-1]}~1"
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/older"
        subprocess.run([git, "worktree", "add", "-q", "--detach", place, commit], cwd=ROOT, check=True)
        try:
            yield place
        finally:
            subprocess.run([git, "worktree", "remove", "--force", place], cwd=ROOT, check=True)


@contextmanager
def django(arguments: argparse.Namespace, server: PostgreSQL | None) -> Iterator[tuple[str, Admin | None]]:
    """Django's admin over the same rows: its version, and what asks it."""
    if arguments.no_django:
        yield "", None
        return
    with admin_of("django_admin.py", DJANGO, arguments.django, arguments.models, server) as found:
        yield found


@contextmanager
def admin_of(
    program: str, packages: Sequence[str], python: str, models: int, server: PostgreSQL | None
) -> Iterator[tuple[str, Admin]]:
    """What others make of the same rows, in a process of this Python, else of one that gets its packages for it."""
    rows = [
        {"provider": f"p{number % crowd.PROVIDERS}", "name": row["name"], "display_name": row["display_name"],
         "description": row["description"], "enabled": True, "context_limit": row["context_limit"],
         "price": row["prices"].get("input", ""), "position": row["position"]}
        for number, row in enumerate(crowd.models_of(models))
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        if not python:
            python = f"{folder}/env/bin/python"
            subprocess.run([sys.executable, "-m", "venv", f"{folder}/env"], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages], check=True)
        file = Path(folder, "models.json")
        file.write_text(json.dumps(rows))
        address = server.borrow(migrated=False) if server else ""
        with asked_in_turn([python, ROOT / "benchmarks" / program, file, address], folder) as (version, once):
            yield str(version), once
        if server:
            server.take_back(address, migrated=False)


@contextmanager
def asked_in_turn(command: Sequence[object], folder: str | Path) -> Iterator[tuple[object, Admin]]:
    """A process that measures once for each line it is given: what it said first, and what asks it."""
    line = [str(part) for part in command]
    with subprocess.Popen(
        line, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        told, asked = process.stdout, process.stdin
        assert told is not None
        assert asked is not None

        def once() -> dict[str, float]:
            asked.write("\n")
            asked.flush()
            found: dict[str, float] = json.loads(told.readline())
            return found

        yield json.loads(told.readline()), once
        asked.close()


def run(command: list[object], folder: str) -> dict[str, float]:
    said = subprocess.run([str(part) for part in command], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return found


def told(what: str, took: float, beside: str, other: float, more: str = "") -> None:
    print(f"{what:<48} {took / other:>8.3f} × {beside}{more}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures pages, an answer and the catalog among many models.")
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-answer", action="store_true")
    parser.add_argument("--no-older", action="store_true")
    parser.add_argument("--no-django", action="store_true")
    parser.add_argument("--django", metavar="PYTHON", default="")
    parser.add_argument("--postgresql", action="store_true")
    arguments = parser.parse_args()
    server = PostgreSQL() if arguments.postgresql else None
    try:
        with django(arguments, server) as (version, admin):
            few, many, beside = measure(arguments, admin, server)
    finally:
        if server:
            server.close()
    for name in PAGES:
        page = many[name]
        size = f"{page['bytes'] / 1000:.0f} kB, {page['queries']:.0f} queries, {few[name]['queries']:.0f} among few"
        told(name, page["seconds"], f"the same with {FEW} models", few[name]["seconds"], f"; {size}")
        told("", page["seconds"], "the Models page", many["Models"]["seconds"])
        if beside:
            told("", page["seconds"], f"Django {version} admin’s list", beside["list"])
    if not arguments.no_answer:
        told("an answer", many["an answer"]["seconds"], f"one with {FEW} models", few["an answer"]["seconds"])
    if beside:
        told("Models, a search", many["Models, a search"]["seconds"], "Django admin’s search", beside["search"])
    if not (arguments.no_older or arguments.postgresql):
        was = older(arguments)
        for what in ("after a change", "after a change, and the first decision"):
            told(f"the catalog {what}", many[what]["seconds"], "the older reading", was["after_a_change"])
        told("chat", many["chat"]["seconds"], "the older page", was["chat"], f" of {was['chat_bytes'] / 1000:.0f} kB")
    print(f"memory of the catalog with all that follows: {many['memory']['bytes'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
