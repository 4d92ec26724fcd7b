"""Real databases for tests: a migrated one of each kind is made once a run, and each test gets its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from portal.store import schema
from tests.postgresql import PostgreSQL

KINDS = ("sqlite", "postgresql")


class Databases:
    """Hands out databases at the newest revision, each used by one test at a time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._postgresql = PostgreSQL()

    @contextmanager
    def one(self, kind: str, *, migrated: bool = True) -> Iterator[str]:
        """The address of a fresh database of this kind; `migrated=False` gives an empty one."""
        if kind == "sqlite":
            yield self._sqlite(migrated)
            return
        url = self._postgresql.borrow(migrated=migrated)
        try:
            yield url
        finally:
            self._postgresql.take_back(url, migrated=migrated)

    def close(self) -> None:
        self._postgresql.close()

    def _sqlite(self, migrated: bool) -> str:
        file = self.directory / f"{uuid4().hex}.sqlite3"
        if migrated:
            template = self.directory / "template.sqlite3"
            if not template.exists():
                schema.migrate(f"sqlite:///{template}")
            shutil.copy(template, file)
        return f"sqlite:///{file}"
