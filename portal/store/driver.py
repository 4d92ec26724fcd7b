"""The database's driver, asked directly: for statements of which SQLAlchemy's own way costs more than the statement."""

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError


class Direct:
    """A connection of the pool without SQLAlchemy's around it, as much of one as `cursor` asks: each statement is a
    transaction by itself. Close it."""

    def __init__(self, engine: Engine) -> None:
        self.dialect, self.dispatch = engine.dialect, engine.dispatch
        errors = engine.dialect.loaded_dbapi.Error
        try:
            self._taken = engine.raw_connection()
            self.connection: Any = self._taken.dbapi_connection
            if engine.dialect.name != "sqlite":  # whose driver begins none by itself here
                self.connection.autocommit = True
        except errors as error:
            raise DBAPIError.instance(None, None, error, errors, hide_parameters=True) from error

    def invalidate(self, error: BaseException) -> None:
        self._taken.invalidate(error)

    def close(self) -> None:
        if self._taken.is_valid and self.dialect.name != "sqlite":
            self.connection.autocommit = False
        self._taken.close()


def execute(connection: Connection, text: str) -> None:
    """Execute a statement that has no parameters and finds nothing."""
    with cursor(connection, text, ()) as found:
        found.execute(text)


class cursor:  # noqa: N801 - it is used as a function is
    """The driver's cursor. Whoever listens to statements hears of this one; errors are those of SQLAlchemy."""

    def __init__(self, connection: "Connection | Direct", text: str, parameters: Any, *, many: bool = False) -> None:
        self._connection, self._text, self._parameters, self._many = connection, text, parameters, many

    def __enter__(self) -> Any:
        connection = self._connection
        self._raw = connection.connection
        self._cursor = self._raw.cursor()
        heard = connection.dispatch.before_cursor_execute
        if heard:
            heard(connection, self._cursor, self._text, self._parameters, None, self._many)
        return self._cursor

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        dialect = self._connection.dialect
        errors = dialect.loaded_dbapi.Error
        try:
            if isinstance(error, errors):
                if dialect.is_disconnect(error, self._raw, self._cursor):
                    self._connection.invalidate(error)
                raise DBAPIError.instance(self._text, None, error, errors, hide_parameters=True) from error
        finally:
            self._cursor.close()
