"""The laws of imports: down the floors, one way between wings, and each outside library has one user."""

import ast
import sys
from collections.abc import Iterator
from functools import cache

from tests.house.rules.base import ROOT, Finding, Rule, Source, at, per_file
from tests.house.rules.floors import (
    ABOVE_ALL,
    BESIDE,
    ENTRANCE,
    FLOOR,
    FROM_ABOVE,
    FROM_THE_CLI,
    NEIGHBOURS,
    ONE_USER,
    WINGS,
)


@cache
def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_name(f"{path.name}.py").exists()


@cache
def imports_of(source: Source) -> tuple[tuple[str, ast.stmt], ...]:
    """Every module name that a file imports; `from a import b` counts as `a.b` where that is a module.

    What it names to be loaded later, `Later("a.b")`, counts as imported.
    """
    found: list[tuple[str, ast.stmt]] = []
    for node in source.nodes:
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.append((whole if _is_module(whole) else str(node.module), node))
        elif isinstance(node, ast.Assign):
            found += [
                (str(call.args[0].value), node)
                for call in ast.walk(node.value)
                if isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id == "Later"
                and isinstance(call.args[0], ast.Constant)
            ]
    return tuple(found)


def _room(module: str) -> str:
    return Source(module.replace(".", "/"), "").room


def _ours(source: Source) -> Iterator[tuple[str, ast.stmt]]:
    """The modules of the portal that a file of the portal imports; none for those that see every floor."""
    if source.in_portal and source.module not in ABOVE_ALL:
        for module, node in imports_of(source):
            if module.split(".")[0] == "portal":
                yield module, node


def _floors(source: Source) -> Iterator[Finding]:
    mine = source.module
    here = FLOOR.get(source.room, BESIDE.get(mine, 0))
    if source.in_portal and not here and mine not in ABOVE_ALL:
        yield Finding(source.path, 1, f"{mine} stands on no floor")
    for module, node in _ours(source):
        if module in ABOVE_ALL:
            if source.room != "cli":
                yield at(source, node, f"{mine} reaches up to {module}")
        elif BESIDE.get(module, FLOOR.get(_room(module), 5)) > here:
            yield at(source, node, f"{mine} reaches up to {module}")


def _neighbours(source: Source) -> Iterator[Finding]:
    for module, node in _ours(source):
        other = _room(module)
        both = FLOOR.get(source.room) == FLOOR.get(other) == 2 and source.room != other
        if both and (source.room, module.removeprefix("portal.")) not in NEIGHBOURS:
            yield at(source, node, f"{source.module} and {module} are neighbours that do not talk")


def _asks_services(source: Source) -> Iterator[Finding]:
    known = FROM_ABOVE | (FROM_THE_CLI if source.room == "cli" else set())
    for module, node in _ours(source):
        if FLOOR.get(source.room) == 4 and FLOOR.get(_room(module)) == 2 and module not in known:
            yield at(source, node, f"{source.module} must ask services, not {module}")


def _relative(source: Source) -> Iterator[Finding]:
    for node in source.nodes if source.in_portal else ():
        if isinstance(node, ast.ImportFrom) and node.level:
            yield at(source, node, "relative import")


def wing(module: str) -> str:
    """The wing of a module of a floor that has wings; the floor's `__init__` is of the entrance."""
    parts = module.split(".")
    name = parts[2] if len(parts) > 2 else ENTRANCE
    return name if name in WINGS[parts[1]] else ENTRANCE


def rising(importer: str, imported: str) -> bool:
    """True for an arrow that runs up, from a lower wing of a floor to a higher one."""
    if _room(importer) != _room(imported) or _room(importer) not in WINGS:
        return False
    order = WINGS[_room(importer)]
    return order.index(wing(importer)) > order.index(wing(imported))


def _wings(source: Source) -> Iterator[Finding]:
    if not source.in_portal:
        return
    for module, node in imports_of(source):
        if module.startswith("portal.") and rising(source.module, module):
            ends = f"from the wing {wing(source.module)!r} up to the wing {wing(module) or 'of the entrance'!r}"
            yield at(source, node, f"{source.module} → {module}: {ends} of {source.room}")


def _placed(source: Source) -> Iterator[Finding]:
    parts = source.module.split(".")
    package = source.path.endswith("/__init__.py") and len(parts) == 3
    if package and source.room in WINGS and parts[2] not in WINGS[source.room]:
        yield Finding(source.path, 1, f"{parts[2]} has no place among the wings of {source.room}")


def _standard(source: Source) -> Iterator[Finding]:
    if source.room != "domain":
        return
    for module, node in imports_of(source):
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith("portal.domain"):
            yield at(source, node, f"{source.module} imports {module}")


def _one_user(source: Source) -> Iterator[Finding]:
    if not source.in_portal:
        return
    for module, node in imports_of(source):
        for library, users in ONE_USER.items():
            if (module == library or module.startswith(f"{library}.")) and not source.within(*users):
                yield at(source, node, f"{library} is used by {', '.join(users)} alone")


def _hidden(source: Source) -> Iterator[Finding]:
    if not source.in_portal:
        return
    for function in source.nodes:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield at(source, node, f"{function.name} imports inside itself")


def _features(source: Source) -> Iterator[Finding]:
    parts = source.module.split(".")
    if source.room != "web" or len(parts) < 4:
        return
    for module, node in imports_of(source):
        other = module.split(".")
        if module.startswith("portal.web.") and len(other) > 3 and other[2] != parts[2]:
            yield at(source, node, f"{source.module} imports {module}")


IMPORTS = (
    Rule(
        "imports-go-down",
        "a floor that knows the one above it can be neither read nor tested without it",
        per_file(_floors),
        {"portal/store/chats.py": "from portal.services.chat import chats\n"},
        {"portal/services/chat/chats.py": "from portal.store import chats\n"},
    ),
    Rule(
        "no-talk-between-neighbours",
        "store, wire, vault and dialects stay apart: services bring them together",
        per_file(_neighbours),
        {"portal/store/chats.py": "from portal.wire import transport\n"},
        {"portal/vault/encryption.py": "from portal.dialects.secret import Secret\n"},
    ),
    Rule(
        "web-asks-services",
        "whoever may see a record is decided in services: a page that reads the store goes past it",
        per_file(_asks_services),
        {"portal/web/chat/views.py": "from portal.store import chats\n"},
        {"portal/web/chat/views.py": "from portal.services.chat import chats\n"},
    ),
    Rule(
        "wings-go-one-way",
        "two wings that import each other are one wing, and a new file has no place in either",
        per_file(_wings),
        {"portal/services/keys/pools.py": "from portal.services.providers import registry\n"},
        {"portal/services/providers/registry.py": "from portal.services.keys import pools\n"},
    ),
    Rule(
        "every-package-a-wing",
        "a package without a place in the order of wings obeys no order",
        per_file(_placed),
        {"portal/services/loose/__init__.py": ""},
        {"portal/services/keys/__init__.py": ""},
    ),
    Rule(
        "no-relative-import",
        "what a relative import reaches is not seen by the laws of imports, nor by a search",
        per_file(_relative),
        {"portal/store/chats.py": "from . import base\n"},
        {"portal/store/chats.py": "from portal.store import base\n"},
    ),
    Rule(
        "domain-is-pure",
        "decisions that need no library are tested without one",
        per_file(_standard),
        {"portal/domain/health.py": "import structlog\n"},
        {"portal/domain/health.py": "import math\nfrom portal.domain import faults\n"},
    ),
    Rule(
        "one-user-per-library",
        "deadlines, encryption and queries hold everywhere because one room alone does them",
        per_file(_one_user),
        {
            "portal/services/health/checks.py": "import requests\n",
            "portal/services/health/worker.py": 'requests = Later("requests.sessions")\n',
        },
        {"portal/wire/transport.py": "import requests\n"},
    ),
    Rule(
        "no-hidden-import",
        "an import inside a function hides a cycle",
        per_file(_hidden),
        {"portal/domain/health.py": "def look():\n    import math\n    return math.pi\n"},
        {"portal/domain/health.py": "import math\n\n\ndef look():\n    return math.pi\n"},
    ),
    Rule(
        "features-meet-in-services",
        "a page that borrows from another page breaks when that one changes",
        per_file(_features),
        {"portal/web/chat/views.py": "from portal.web.health import forms\n"},
        {"portal/web/chat/views.py": "from portal.web.chat import forms\n"},
    ),
)
