"""The laws of queries: they stand in the store, and what they bring is bounded."""

import ast
from collections.abc import Iterator

from tests.house.rules.base import Finding, Rule, Source, at, per_file

ASKS = {"execute", "scalar", "scalars", "query", "get", "get_one", "refresh", "stream", "stream_scalars"}
"""What a session does that asks the database. Adding, flushing and deleting a record that one holds is no question."""
BUILDS = {"select", "insert", "update", "delete", "text", "exists", "func"}
MANY = {"execute", "scalars"}
WHOLE = {"all", "fetchall"}
GATHERS = {"list", "set", "frozenset", "tuple", "dict", "sorted", "reversed"}


def _flask_session(source: Source) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "flask" and "session" in {a.name for a in node.names}
        for node in source.tree.body
    )


def _queries(source: Source) -> Iterator[Finding]:
    if not source.in_portal or source.room == "store":
        return
    cookie = _flask_session(source)
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "sqlalchemy":
            built = {alias.name for alias in node.names} & BUILDS
            if built:
                yield at(source, node, f"builds a query: {', '.join(sorted(built))}")
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        asked = node.func.value
        is_session = isinstance(asked, ast.Name) and asked.id in ("session", "connection") and not cookie
        if is_session and node.func.attr in ASKS:
            yield at(source, node, f"{ast.unparse(node.func)}() asks the database outside the store")


def _function_calls(node: ast.AST, name: str) -> bool:
    """Whether `name(…)` or `….name(…)` is called in it."""
    return any(
        isinstance(call, ast.Call) and name in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))
        for call in ast.walk(node)
    )


def _sure(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in it that is there in any case: a limit behind a condition is none."""
    yield node
    if isinstance(node, ast.If | ast.IfExp):
        yield from _sure(node.test)
        if isinstance(node, ast.If) and node.body and isinstance(node.body[-1], ast.Return):
            yield from (inner for step in node.body for inner in _sure(step))
        return
    for child in ast.iter_child_nodes(node):
        yield from _sure(child)


def _bounded(function: ast.FunctionDef) -> bool:
    """Whether its query has a limit, or is keyed by ids that were handed in."""
    queries = {
        target.id
        for step in ast.walk(function)
        if isinstance(step, ast.Assign) and _function_calls(step.value, "select")
        for target in step.targets
        if isinstance(target, ast.Name)
    }
    for node in _sure(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "limit" and node.args:
            return True
        if node.func.attr == "in_" and node.args:
            named = {inner.id for inner in ast.walk(node.args[0]) if isinstance(inner, ast.Name)}
            if not named & queries and not _function_calls(node.args[0], "select"):
                return True
    return False


def _asks_many(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MANY


def _reads(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Where a function takes all rows of an answer into memory, or walks through them."""
    answers = {
        target.id
        for step in ast.walk(function)
        if isinstance(step, ast.Assign) and _asks_many(step.value)
        for target in step.targets
        if isinstance(target, ast.Name)
    }

    def many(node: ast.expr) -> bool:
        return _asks_many(node) or (isinstance(node, ast.Name) and node.id in answers)

    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            whole = isinstance(node.func, ast.Attribute) and node.func.attr in WHOLE
            gathers = isinstance(node.func, ast.Name) and node.func.id in GATHERS
            if whole or (gathers and node.args and many(node.args[0])):
                yield node
        elif isinstance(node, ast.For | ast.comprehension) and many(node.iter):
            yield node.iter


def _bounds(source: Source) -> Iterator[Finding]:
    if source.room != "store":
        return
    for function in source.nodes:
        if isinstance(function, ast.FunctionDef) and not _bounded(function):
            for node in _reads(function):
                yield at(source, node, f"{function.name} reads every row that there is")


QUERIES = (
    Rule(
        "no-query-outside-store",
        "who looks for a slow or a torn query looks in one room",
        per_file(_queries),
        {"portal/services/keys/pools.py": "def find(session, id):\n    return session.get(KeyRecord, id)\n"},
        {"portal/services/keys/pools.py": "def find(session, id):\n    return shared_keys.find(session, id)\n"},
    ),
    Rule(
        "bounded-all",
        "a table that has grown for a year does not fit into memory, nor into a page",
        per_file(_bounds),
        {
            "portal/store/one.py": "def everyone(session):\n    return session.scalars(select(UserRecord)).all()\n",
            "portal/store/two.py": "def some(session, most):\n    query = select(UserRecord)\n"
            "    return list(session.scalars(query.limit(most) if most else query))\n",
            "portal/store/three.py": "def some(session):\n    theirs = select(RoleRecord.id)\n"
            "    return list(session.scalars(select(UserRecord).where(UserRecord.role_id.in_(theirs))))\n",
            "portal/store/four.py": "def some(session):\n    rows = session.execute(select(UserRecord.id))\n"
            "    return {row.id for row in rows}\n",
        },
        {
            "portal/store/people.py": "def page(session, most):\n"
            "    return list(session.scalars(select(UserRecord).limit(most)))\n\n\n"
            "def these(session, ids):\n"
            "    return session.scalars(select(UserRecord).where(UserRecord.id.in_(ids))).all()\n"
        },
    ),
)
