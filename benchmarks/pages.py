"""What pages, an answer and the catalog after a change cost among many models, as ratios on whatever machine this runs.

    .venv/bin/python benchmarks/pages.py [--models 10000] [--people 2000] [--rounds 9] [--no-older] [--no-django]

Processor time, as the median of the rounds, in a portal with a SQLite file: the pages about models among many models
beside the same among a hundred, with their bytes and queries; one real answer of the demo provider likewise; the
catalog after a change, and the chat page, beside the commit before there was one snapshot, checked out for it from this
repository's history; the Models page and its search beside Django's admin list over the same rows, for which Django is
installed into an environment that is thrown away. At last the memory that the catalog takes with all that follows.
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
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from flask import Flask
from sqlalchemy import update

from benchmarks import crowd
from portal.domain.catalog import Catalog, Person
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

ROOT = Path(__file__).parents[1]
DJANGO = "django==5.2.8"
FEW = 100
PAGES = {
    "chat": "/chat",
    "chat, a search of the selector": "/chat/models?q=family-42",
    "Models": "/models",
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


def measure(models: int, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Each page's seconds, bytes and queries; and those of an answer and of the catalog after a change."""
    found: dict[str, dict[str, float]] = {}
    with crowd.deployment(models, arguments.people) as app:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        client, runtime = signed_in(app), runtime_of()
        for name, address in PAGES.items():
            page = client.get(address)
            assert page.status_code == 200, (address, page.status_code)
            with queries() as statements:
                client.get(address)
            seconds = cost(arguments.rounds, lambda address=address: client.get(address))
            found[name] = {"seconds": seconds, "bytes": len(page.data), "queries": len(statements)}
        assert "I am a demo" in client.get(ask(client)).text
        found["an answer"] = {"seconds": cost(arguments.rounds, lambda: ask(client))}
        read = cost(arguments.rounds, lambda: choosing.current_catalog(runtime), change_one)
        found["after a change"] = {"seconds": read}
        first = cost(arguments.rounds, lambda: select(Ask(), choosing.current_catalog(runtime)), change_one)
        found["after a change, and the first decision"] = {"seconds": first}
        found["memory"] = {"bytes": memory()}
    return found


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
    git = shutil.which("git") or "git"
    asked = [git, "log", "--diff-filter=A", "--format=%H", "--", "migrations/versions/0004_selection.py"]
    brought = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[-1]
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/older"
        subprocess.run([git, "worktree", "add", "-q", "--detach", place, f"{brought}~1"], cwd=ROOT, check=True)
        try:
            return run([sys.executable, ROOT / "benchmarks/older.py", arguments.models, arguments.rounds], place)
        finally:
            subprocess.run([git, "worktree", "remove", "--force", place], cwd=ROOT, check=True)


def django(arguments: argparse.Namespace) -> dict[str, float]:
    """Django's admin over the same rows."""
    rows = [
        {"provider": f"p{number % crowd.PROVIDERS}", "name": row["name"], "display_name": row["display_name"],
         "description": row["description"], "enabled": True, "context_limit": row["context_limit"],
         "price": row["prices"].get("input", ""), "position": row["position"]}
        for number, row in enumerate(crowd.models_of(arguments.models))
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        python = f"{folder}/env/bin/python"
        subprocess.run([sys.executable, "-m", "venv", f"{folder}/env"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", DJANGO], check=True)
        file = Path(folder, "models.json")
        file.write_text(json.dumps(rows))
        return run([python, ROOT / "benchmarks/django_admin.py", file, arguments.rounds], folder)


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
    parser.add_argument("--no-older", action="store_true")
    parser.add_argument("--no-django", action="store_true")
    arguments = parser.parse_args()
    few, many = measure(FEW, arguments), measure(arguments.models, arguments)
    for name in PAGES:
        page = many[name]
        size = f"{page['bytes'] / 1000:.0f} kB, {page['queries']:.0f} queries, {few[name]['queries']:.0f} among few"
        told(name, page["seconds"], f"the same with {FEW} models", few[name]["seconds"], f"; {size}")
        told("", page["seconds"], "the Models page", many["Models"]["seconds"])
    told("an answer", many["an answer"]["seconds"], f"one with {FEW} models", few["an answer"]["seconds"])
    if not arguments.no_older:
        was = older(arguments)
        for what in ("after a change", "after a change, and the first decision"):
            told(f"the catalog {what}", many[what]["seconds"], "the older reading", was["after_a_change"])
        told("chat", many["chat"]["seconds"], "the older page", was["chat"], f" of {was['chat_bytes'] / 1000:.0f} kB")
    if not arguments.no_django:
        beside = django(arguments)
        for name, of in (("Models", "list"), ("Models, a search", "search")):
            told(name, many[name]["seconds"], f"Django {beside['version']} admin’s {of}", beside[of])
    print(f"memory of the catalog with all that follows: {many['memory']['bytes'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
