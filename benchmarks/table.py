"""One table: what the portal costs beside its previous build, Django's admin, Flask-Admin, LiteLLM and a bare relay.

    .venv/bin/python benchmarks/table.py [--models 10000] [--people 2000] [--checks 1000000] [--rounds 9]
                                       [--before COMMIT] [--django PYTHON] [--flask-admin PYTHON] [--only PART …]

Each row is a ratio, of processor time unless it says another thing, with what it is to be at most. All are measured in
one run, and the rounds of what is compared take turns, so that what else the machine does falls on all alike; a ratio
still moves by a tenth on a busy one. `--before` is the build to stand beside, checked out from this repository's
history: the last one that kept no snapshot of the catalog, unless another is named. Django's admin and Flask-Admin are
installed into environments that are thrown away, unless a Python that has them is named; with `none` they are left out.

The parts are `pages`, `facts` and `start`; one that fails is told and does not end the others. What an answer, a chunk
and a burst cost beside a relay and LiteLLM is measured by `answers.py` and `bursts.py`.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import pages

ROOT = Path(__file__).parents[1]
FLASK_ADMIN = ("flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", "psycopg[binary]")
SOME_CHECKS = 50_000


@dataclass(frozen=True)
class Row:
    """One line of the table: ours and the other's in seconds, bytes or whatever both are in."""

    what: str
    ours: float
    beside: str
    other: float
    most: float
    """What the ratio is to be at most."""

    @property
    def ratio(self) -> float:
        return self.ours / self.other

    @property
    def held(self) -> bool:
        return self.ratio <= self.most

    def told(self) -> str:
        word = "held" if self.held else "MISSED"
        return f"{self.what:<44}{self.ratio:>8.3f} × {self.beside:<32} ≤ {self.most:<7.3g}{word}"


Rows = Iterator[Row]


def of_pages(arguments: argparse.Namespace) -> Rows:
    """The pages about models, and the catalog after a change."""
    with ExitStack() as opened:
        others: dict[str, pages.Admin] = {}
        for name, program, packages, python in (
            ("Django’s admin", "django_admin.py", pages.DJANGO, arguments.django),
            ("Flask-Admin", "flask_admin_list.py", FLASK_ADMIN, arguments.flask_admin),
        ):
            if python != "none":
                found = pages.admin_of(program, packages, python, arguments.models, None)
                version, once = opened.enter_context(found)
                others[f"{name} {version}"] = once

        def all_once() -> dict[str, float]:
            return {f"{name} {what}": took for name, once in others.items() for what, took in once().items()}

        asked = argparse.Namespace(**{**vars(arguments), "no_answer": True})
        _few, many, beside = pages.measure(asked, all_once, None)
    for name in others:
        yield Row("the Models page", many["Models"]["seconds"], name, beside[f"{name} list"], 1 / 3)
        yield Row("a search in it", many["Models, a search"]["seconds"], name, beside[f"{name} search"], 1 / 3)
    models = many["Models"]["seconds"]
    yield Row("Explain", many["Explain"]["seconds"], "the Models page", models, 1)
    with pages.checkout(arguments.before) as place:
        command: list[object] = [sys.executable, ROOT / "benchmarks/older.py", arguments.models, arguments.rounds]
        was = pages.run(command, place)
    yield Row("the chat page", many["chat"]["seconds"], "the build before", was["chat"], 1 / 6)
    yield Row("its bytes before compression", many["chat"]["bytes"], "100 kB", 100_000, 1)
    read = many["after a change"]["seconds"]
    yield Row("the catalog after a change", read, "the build before", was["after_a_change"], 1 / 6)


def of_facts(arguments: argparse.Namespace) -> Rows:
    """What grew with providers and with checks."""
    with ExitStack() as opened:
        place = opened.enter_context(pages.checkout(arguments.before))
        program = ROOT / "benchmarks/either.py"

        def build(folder: str | Path, checks: int) -> pages.Admin:
            command = [sys.executable, program, checks]
            return opened.enter_context(pages.asked_in_turn(command, folder))[1]

        asked = {"before": build(place, SOME_CHECKS), "now": build(ROOT, SOME_CHECKS)}
        asked["many"] = build(ROOT, arguments.checks)
        took = take_turns(asked, arguments.rounds)
    for page, what, most in (
        ("smallest", "the smallest page, 200 providers", 1 / 5),
        ("overview", "the overview", 1 / 3),
        ("provider", "a provider’s page", 1 / 3),
    ):
        yield Row(what, took["now"][page], "the build before", took["before"][page], most)
        if page != "smallest":
            beside = f"the same with {SOME_CHECKS:,}"
            yield Row(f"{what}, {arguments.checks:,} checks", took["many"][page], beside, took["now"][page], 1.25)


def take_turns(asked: dict[str, pages.Admin], rounds: int) -> dict[str, dict[str, float]]:
    """The medians of all, asked in turn."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, once in asked.items():
            found[name].append(once())
    return {
        name: {page: statistics.median(one[page] for one in several) for page in several[0]}
        for name, several in found.items()
    }


def of_start(_arguments: argparse.Namespace) -> Rows:
    """What a server and the watcher beside it hold once they stand, in bytes that are nobody else's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        environ = kept | {"PORTAL_DATA_DIR": folder, "PORTAL_PORT": str(port)}
        with subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
            try:
                for path in ("/readyz", "/sign-in"):
                    until_answered(f"http://127.0.0.1:{port}{path}")
                (watcher,) = children(server.pid)
                yield Row("memory of the server, resident", resident(server.pid), "100 MB", 100e6, 1)
                yield Row("memory of the watcher, resident", resident(watcher), "100 MB", 100e6, 1)
            finally:
                server.terminate()


def until_answered(address: str) -> None:
    while True:
        try:
            urllib.request.urlopen(address, timeout=60).read()  # noqa: S310 - our own server on loopback
            return
        except OSError:
            time.sleep(0.1)


def children(pid: int) -> list[int]:
    """Its processes, whichever of its threads began them."""
    return [int(one) for file in Path(f"/proc/{pid}/task").glob("*/children") for one in file.read_text().split()]


def resident(pid: int) -> float:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


PARTS: dict[str, Callable[[argparse.Namespace], Rows]] = {"pages": of_pages, "facts": of_facts, "start": of_start}


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Prints what the portal costs beside others, as ratios.")
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--checks", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--before", metavar="COMMIT", default="")
    parser.add_argument("--django", metavar="PYTHON", default="")
    parser.add_argument("--flask-admin", metavar="PYTHON", default="")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", metavar="FILE", help="keep the rows, too")
    arguments = parser.parse_args(given)
    rows: list[Row] = []
    failed = False
    for part in arguments.only:
        try:
            for row in PARTS[part](arguments):
                rows.append(row)
                print(row.told(), flush=True)
        except Exception:
            failed = True
            print(f"{part}: not measured", flush=True)
            traceback.print_exc()
    if arguments.json:
        Path(arguments.json).write_text(json.dumps([vars(row) for row in rows], indent=1))
    print(f"load of the machine now: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
