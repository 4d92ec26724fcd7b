"""The ledger: whoever writes waits until their row is stored, and those who wait together are stored together."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
import structlog
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portal.services.usage import ledger
from portal.services.usage.ledger import MOST_AT_ONCE, PAUSES, Ledger
from portal.store.base import db
from tests.using import usage_row, used
from tests.waiting import eventually, finished

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@contextmanager
def storing(begun: object = None) -> Iterator[list[int]]:
    """How many rows each INSERT of usage has; `begun` is called before each of them, with its number."""
    sizes: list[int] = []

    def note(_connection, _cursor, statement, parameters, _context, many) -> None:
        if statement.startswith("INSERT INTO usage "):
            sizes.append(len(parameters) if many else 1)
            if begun:
                begun(len(sizes))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sizes
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def away(times: int):
    """A database that cannot be reached so many times."""

    def refuse(number: int) -> None:
        if number <= times:
            raise OperationalError("INSERT", {}, ConnectionError("nobody is there"))

    return refuse


def writes(book: Ledger, rows: int, stored: list[bool]) -> list[threading.Thread]:
    """As many threads as rows, each of which writes one and tells what it was told."""
    threads = [
        threading.Thread(target=lambda: stored.append(book.write(usage_row(NOW))), daemon=True) for _ in range(rows)
    ]
    for thread in threads:
        thread.start()
    return threads


def test_a_row_is_stored_before_write_returns(app: Flask):
    row = usage_row(NOW)
    assert ledger.here().write(row) is True
    (kept,) = used()
    assert {name: getattr(kept, name) for name in row} == row
    assert kept.summed is False


def test_a_process_has_one_ledger_for_its_database(app: Flask):
    assert ledger.here() is ledger.here()


def test_those_who_wait_together_are_stored_together_and_each_is_told(app: Flask):
    book, stored, first = Ledger(db.engine), [], threading.Event()
    held = threading.Event()

    def hold(number: int) -> None:
        if number == 1:
            held.set()
            first.wait()

    with storing(hold) as sizes:
        threads = writes(book, 1, stored)
        held.wait()
        threads += writes(book, 40, stored)
        eventually(lambda: len(book._waiting) == 40)
        assert stored == [], "nobody is told before their row is stored"
        first.set()
        for thread in threads:
            finished(thread)
    assert sizes == [1, 40]
    assert stored == [True] * 41
    assert len({row.id for row in used()}) == 41


def test_many_threads_at_once_lose_nothing_and_store_nothing_twice(app: Flask):
    book, ids, lock = Ledger(db.engine), list[UUID](), threading.Lock()

    def write() -> None:
        for _ in range(20):
            row = usage_row(NOW)
            assert book.write(row)
            with lock:
                ids.append(row["id"])

    threads = [threading.Thread(target=write, daemon=True) for _ in range(24)]
    with storing() as sizes:
        for thread in threads:
            thread.start()
        for thread in threads:
            finished(thread)
    assert len(ids) == 480
    assert sorted(row.id for row in used()) == sorted(ids)
    assert sum(sizes) == 480
    assert len(sizes) < 480, "some were stored together"


def test_no_transaction_has_more_rows_than_its_bound(app: Flask):
    book, stored, first, held = Ledger(db.engine), [], threading.Event(), threading.Event()

    def hold(number: int) -> None:
        if number == 1:
            held.set()
            first.wait()

    with storing(hold) as sizes:
        threads = writes(book, 1, stored)
        held.wait()
        threads += writes(book, MOST_AT_ONCE + 3, stored)
        eventually(lambda: len(book._waiting) == MOST_AT_ONCE + 3)
        first.set()
        for thread in threads:
            finished(thread)
    assert sizes == [1, MOST_AT_ONCE, 3]
    assert all(stored)


def test_while_the_database_is_away_for_a_moment_the_row_waits(app: Flask):
    with storing(away(2)) as sizes:
        assert Ledger(db.engine).write(usage_row(NOW)) is True
    assert sizes == [1, 1, 1]
    assert len(used()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_the_database_stays_away_the_log_has_the_row_and_the_next_is_stored(app: Flask):
    book, row = Ledger(db.engine), usage_row(NOW, model="acme:lost")
    with structlog.testing.capture_logs() as log, storing(away(len(PAUSES) + 1)):
        assert book.write(row) is False
        assert book.write(usage_row(NOW)) is True
    (told,) = [line for line in log if line["event"] == "usage_not_kept"]
    assert (told["model"], told["id"]) == ("acme:lost", str(row["id"]))
    assert [kept.model for kept in used()] == ["acme:gpt-5.2"]
