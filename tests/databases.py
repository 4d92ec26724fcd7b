"""Real databases for tests: a migrated one of each kind is made once a run, and each test gets its own."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from portal.store import schema
from tests.postgresql import PostgreSQL

KINDS = ("sqlite", "postgresql")


class Databases:
    """Hands out databases at the newest revision, each used by one test at a time.

    `seat` writes the cast and the portal's own keys into one, and leaves no connection behind.
    """

    def __init__(self, directory: Path, seat: Callable[[str], None]) -> None:
        self.directory = directory
        self._seat = seat
        self._postgresql = PostgreSQL(seat)

    @contextmanager
    def one(self, kind: str, *, migrated: bool = True, seated: bool = False) -> Iterator[str]:
        """The address of a fresh database of this kind: with the cast if `seated`, empty unless `migrated`."""
        if kind == "sqlite":
            file = self._sqlite(migrated, seated)
            try:
                yield f"sqlite:///{file}"
            finally:
                for written in self.directory.glob(f"{file.stem}*"):  # some thousands a run, half a megabyte each
                    written.unlink(missing_ok=True)  # a connection that ends just now takes its own away
            return
        url = self._postgresql.borrow(migrated=migrated, seated=seated)
        try:
            yield url
        finally:
            self._postgresql.take_back(url, migrated=migrated, seated=seated)

    def close(self) -> None:
        self._postgresql.close()

    def _sqlite(self, migrated: bool, seated: bool) -> Path:
        file = self.directory / f"{uuid4().hex}.sqlite3"
        if migrated:
            shutil.copy(self._seated_template() if seated else self._template(), file)
        return file

    def _template(self) -> Path:
        template = self.directory / "template.sqlite3"
        if not template.exists():
            schema.migrate(f"sqlite:///{template}")
            with closing(sqlite3.connect(template)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # as the portal would, at each first connection
        return template

    def _seated_template(self) -> Path:
        template = self.directory / "seated.sqlite3"
        if not template.exists():
            shutil.copy(self._template(), template)
            self._seat(f"sqlite:///{template}")
        return template
