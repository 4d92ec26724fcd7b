"""The laws that look at what a file is called and which words stand in it."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.rules.base import Finding, Rule, Source, at, per_file
from tests.house.rules.floors import ABOVE_ALL

SAY_NOTHING = {"models.py", "utils.py", "helpers.py", "common.py", "manager.py", "misc.py"}
REVEAL = ("portal/wire", "portal/vault", "portal/dialects/secret.py")


def _names(source: Source) -> Iterator[Finding]:
    name = PurePosixPath(source.path).name
    if name in SAY_NOTHING and source.within("portal", "tests"):
        yield Finding(source.path, 1, f"{name} does not say what is in it")


def _secrets(source: Source) -> Iterator[Finding]:
    if not source.in_portal or source.within(*REVEAL):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("reveal", "bare"):
            yield at(source, node, f".{node.attr} reveals a secret")


def _orm(source: Source) -> Iterator[Finding]:
    if not source.in_portal or source.path == "portal/store/base.py":
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "db.Model":
            yield at(source, node, "a record comes from Record")


def _time(source: Source) -> Iterator[Finding]:
    if source.room != "store" or source.path == "portal/store/base.py":
        return
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute | ast.alias):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
            if name in ("DateTime", "TIMESTAMP"):
                yield at(source, node, "a time is Mapped[datetime], or Time")


def _environment(source: Source) -> Iterator[Finding]:
    if not source.in_portal or source.module in ABOVE_ALL | {"portal.settings"}:
        return
    for node in source.nodes:
        read = isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv")
        taken = isinstance(node, ast.ImportFrom) and node.module == "os"
        if read or (taken and {alias.name for alias in node.names} & {"environ", "getenv"}):
            yield at(source, node, "reads the environment")


CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "utc_now"}


def _once(node: ast.AST) -> Iterator[ast.AST]:
    """What of it is worked out as the file is imported: the bodies of functions are not."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _once(child)


def _clock(source: Source) -> Iterator[Finding]:
    for node in _once(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS:
            yield at(source, node, f"{ast.unparse(node)} is the time of the import for ever")


WORDS = (
    Rule(
        "names-that-say",
        "a file whose name says nothing is where everything ends up",
        per_file(_names),
        {"portal/services/utils.py": ""},
        {"portal/services/readiness.py": ""},
    ),
    Rule(
        "secrets-stay-shut",
        "a secret is plain text only where it is sent or encrypted",
        per_file(_secrets),
        {"portal/services/keys/pools.py": "def show(key):\n    return key.reveal()\n"},
        {"portal/wire/transport.py": "def show(key):\n    return key.reveal()\n"},
    ),
    Rule(
        "one-orm-base",
        "the word model means a language model everywhere else",
        per_file(_orm),
        {"portal/store/chats.py": "class ChatRecord(db.Model): ...\n"},
        {"portal/store/chats.py": "class ChatRecord(Record): ...\n"},
    ),
    Rule(
        "one-utc-time",
        "SQLite forgets time zones: one column type gives them back",
        per_file(_time),
        {"portal/store/chats.py": "from sqlalchemy import DateTime\n"},
        {"portal/store/chats.py": "from portal.store.base import Time\n"},
    ),
    Rule(
        "environment-at-the-door",
        "what a function reads by itself no test can give it",
        per_file(_environment),
        {"portal/services/overview.py": "import os\n\nHOME = os.environ['HOME']\n"},
        {"portal/settings.py": "import os\n\nHOME = os.environ['HOME']\n"},
    ),
    Rule(
        "time-when-it-is-asked",
        "a time taken at import is yesterday's for whoever runs past midnight",
        per_file(_clock),
        {"tests/web/test_usage.py": "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n"},
        {"tests/web/test_usage.py": "from datetime import date\n\n\ndef today():\n    return date.today()\n"},
    ),
)
