"""Counting what is asked of the database, in how many transactions, and by whom."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import event

from portal.dialects.secret import Secret
from portal.store.base import db
from portal.vault import Purpose, Vault

NO_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")
PORTAL = str(Path(__file__).parents[1] / "portal")


TOGETHER = ("checkpoints", "last-used", "last-use", "errands")
"""The threads that work for all requests of a process: what they ask is no one request's, and nobody waits for it."""


@dataclass
class Traffic:
    """What went to the database: every statement in order with who asked, and how often a transaction was begun.

    BEGIN, COMMIT, ROLLBACK and SAVEPOINT are no statements here. A read is a transaction too: it sees one moment.
    """

    statements: list[tuple[str, str]] = field(default_factory=list)
    reads: int = 0
    writes: int = 0

    @property
    def transactions(self) -> int:
        return self.reads + self.writes

    def told(self) -> str:
        """One line for each statement: who asked, and what."""
        return "\n".join(f"{who:<45} {' '.join(said.split())[:100]}" for said, who in self.statements)


@contextmanager
def traffic() -> Iterator[Traffic]:
    """All that goes to the database inside, from every thread but those that write for all."""
    seen = Traffic()

    def asked(_connection, _cursor, statement, *_rest) -> None:
        if statement.split()[0] not in NO_STATEMENTS and threading.current_thread().name not in TOGETHER:
            seen.statements.append((statement, _who()))

    def begun(connection) -> None:
        if threading.current_thread().name in TOGETHER:
            return
        if connection.get_execution_options().get("portal_writing"):
            seen.writes += 1
        else:
            seen.reads += 1

    event.listen(db.engine, "before_cursor_execute", asked)
    event.listen(db.engine, "begin", begun)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", asked)
        event.remove(db.engine, "begin", begun)


@contextmanager
def queries() -> Iterator[list[str]]:
    """Every statement that is executed inside, as text."""
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _who() -> str:
    """The function above the store that asks, as `file:function`."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(PORTAL) and not name.startswith(f"{PORTAL}/store"):
            return f"{name.removeprefix(PORTAL + '/')}:{frame.f_code.co_name}"
        frame = frame.f_back
    return "?"


@contextmanager
def decryptions() -> Iterator[list[str]]:
    """Every encrypted text that somebody tries to read inside."""
    tried: list[str] = []
    decrypt = Vault.decrypt

    def note(vault: Vault, text: str, purpose: Purpose) -> Secret:
        tried.append(text)
        return decrypt(vault, text, purpose)

    with patch.object(Vault, "decrypt", note):
        yield tried
