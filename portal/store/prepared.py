"""Statements that every request makes: put together once for each kind of database, and handed to the driver itself.

What SQLAlchemy does around a statement (a context, events, a result of rows) costs some ten times what SQLite needs for
it. Types are SQLAlchemy's all the same: values go in and come out through their own processors.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Float
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from portal.store import driver
from portal.store.driver import Direct

Processor = Callable[[Any], Any]

FLOAT8, NUMERIC = 701, 1700
"""PostgreSQL's own numbers of these types."""


class Prepared:
    """One statement with named parameters, each of which has a type. It is executed within a `Connection`."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._for: dict[str, _Compiled] = {}
        self._making = threading.Lock()

    def rows(self, connection: "Connection | Direct", values: Mapping[str, Any]) -> list[Any]:
        """What a statement finds or returns: a value for each row, its columns as attributes."""
        compiled = self._compiled(connection.dialect)
        parameters = compiled.parameters(values)
        with driver.cursor(connection, compiled.text, parameters) as cursor:
            cursor.execute(compiled.text, parameters)
            # house: bounded-all because whoever prepares a statement says how much it finds
            return [compiled.row(found) for found in cursor.fetchall()]

    def changed(self, connection: "Connection | Direct", values: Mapping[str, Any]) -> int:
        """How many rows a statement that returns none inserted or changed."""
        compiled = self._compiled(connection.dialect)
        parameters = compiled.parameters(values)
        with driver.cursor(connection, compiled.text, parameters) as cursor:
            cursor.execute(compiled.text, parameters)
            return int(cursor.rowcount)

    def execute(self, connection: "Connection | Direct", several: Iterable[Mapping[str, Any]]) -> None:
        """Execute it with each of these values."""
        compiled = self._compiled(connection.dialect)
        parameters = [compiled.parameters(values) for values in several]
        with driver.cursor(connection, compiled.text, parameters, many=True) as cursor:
            cursor.executemany(compiled.text, parameters)

    def _compiled(self, dialect: Dialect) -> "_Compiled":
        found = self._for.get(dialect.name)
        if found is None:
            with self._making:
                found = self._for.setdefault(dialect.name, _Compiled(self._statement, dialect))
        return found


class _Compiled:
    """The statement in the words of one kind of database."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        assert "[POSTCOMPILE_" not in self.text, "a list of values is put together anew each time: say or_()"
        self._order = _order(compiled.positiontup) if compiled.positional and compiled.positiontup else None
        self._given = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required and bind.value is not None
        }
        self._into = {name: _into(bind.type, dialect) for name, bind in compiled.binds.items()}
        columns: Sequence[Any] = getattr(statement, "exported_columns", ())  # those that RETURNING brings included
        self._columns = tuple((column.key, _out(column.type, dialect)) for column in columns)

    def parameters(self, values: Mapping[str, Any]) -> Any:
        found = {}
        for name, process in self._into.items():
            value = values[name] if name in values else self._given[name]
            found[name] = value if process is None or value is None else process(value)
        return found if self._order is None else self._order(found)

    def row(self, found: Sequence[Any]) -> Any:
        row = SimpleNamespace()
        fields = vars(row)
        for (name, process), value in zip(self._columns, found, strict=True):
            fields[name] = value if process is None or value is None else process(value)
        return row


def _order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Takes the values of these names, as many times as each is named."""
    return itemgetter(*names) if len(names) > 1 else lambda values: (values[names[0]],)


def _into(type: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return type.dialect_impl(dialect).bind_processor(dialect)


def _out(type: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # PostgreSQL's driver says of each number what it is, and SQLAlchemy asks: so it is told what the column is.
    number = FLOAT8 if isinstance(type, Float) else NUMERIC
    return type.dialect_impl(dialect).result_processor(dialect, number)
