"""Asking a database how it would answer, and finding the walks through a whole table in what it says."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from portal.store.base import db

Asked = tuple[str, Any]
"""A statement as the driver gets it, with what is put in."""


@contextmanager
def questions() -> Iterator[list[Asked]]:
    """Every SELECT that is executed inside."""
    asked: list[Asked] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def walks(asked: Iterable[Asked], large: frozenset[str]) -> dict[str, str]:
    """The statements that would walk through one of these tables, and the step of the plan that does.

    PostgreSQL is asked to walk only where no index can answer at all: what is small enough it rightly walks through.
    """
    found = {}
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect() as connection:
        if not sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in {statement: (statement, put_in) for statement, put_in in asked}.values():
            steps = (
                _sqlite(connection, statement, parameters) if sqlite else _postgresql(connection, statement, parameters)
            )
            for table, step in steps:
                if table in large:
                    found[" ".join(statement.split())] = step
        connection.rollback()
    return found


def searches(asked: Iterable[Asked], table: str) -> list[str]:
    """Each step by which an index of this table, one named after it, would be searched: it says for what."""
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            steps = [step for statement, put_in in asked for step in _steps(connection, statement, put_in)]
            return [step for step in steps if step.startswith(f"SEARCH {table} ")]
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        nodes = [node for statement, put_in in asked for node in _nodes(connection, statement, put_in)]
        connection.rollback()
        named = re.compile(rf"(pk|ix)_{table}(_|$)")
        return [node.get("Index Cond", "") for node in nodes if named.match(node.get("Index Name", ""))]


def _steps(connection: Any, statement: str, parameters: Any) -> list[str]:
    return [step for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def _nodes(connection: Any, statement: str, parameters: Any) -> Iterator[dict[str, Any]]:
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
    nodes = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        yield node


def _sqlite(connection: Any, statement: str, parameters: Any) -> Iterator[tuple[str, str]]:
    names = {alias: name for name, alias in re.findall(r"(\w+) AS (\w+)", statement)}
    steps = _steps(connection, statement, parameters)
    ends_early = re.search(r"LIMIT[^()]*$", statement) and not any("TEMP B-TREE" in step for step in steps)
    for place, step in enumerate(steps):
        walked = re.match(r"SCAN (\w+)", step)
        # The first loop, in the order that is asked for and as far as the limit of the whole goes, is no walk.
        if walked and not (place == 0 and ends_early):
            yield names.get(walked[1], walked[1]), step


def _postgresql(connection: Any, statement: str, parameters: Any) -> Iterator[tuple[str, str]]:
    for node in _nodes(connection, statement, parameters):
        if node["Node Type"] == "Seq Scan":
            yield node["Relation Name"], f"Seq Scan on {node['Relation Name']} {node.get('Filter', '')}".strip()
