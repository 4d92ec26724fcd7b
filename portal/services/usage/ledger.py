"""Writing down what was used: each request waits until its row is stored, and those that wait are stored together.

Whoever comes while nobody writes, writes; whoever comes meanwhile is written with all others that came, by the next.
So a quiet process has no thread for it, and a busy one makes one transaction of many rows.
"""

import threading
import time
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import structlog

from portal.domain.budgets import Budget
from portal.domain.errors import Unavailable
from portal.services.allowances import paying
from portal.services.runtime import Runtime
from portal.store import budget_counts, provider_states
from portal.store import usage as store
from portal.store.base import Database, at, this_database, writing
from portal.store.provider_states import StateRow
from portal.store.usage import UsageRow

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between two tries while the database is away."""

MOST_AT_ONCE = 500
"""Rows of one transaction."""

log = structlog.get_logger("portal.usage")


Paid = tuple[Runtime, Sequence[Budget]]
"""The budgets from which a request is paid, for whoever is to be told when they are nearly spent."""


class _Waiting:
    """One row with what goes along, and whoever waits for it: until it is written, or is the next to write."""

    def __init__(self, row: UsageRow, states: Sequence[StateRow], paid: "Paid | None") -> None:
        self.row = row
        self.states = states
        self.paid = paid
        self.stored: bool | None = None
        self.told = threading.Event()


class Ledger:
    """The usage of one process, in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changing = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_written = False

    def write(self, row: UsageRow, states: Sequence[StateRow] = (), paid: Paid | None = None) -> bool:
        """Returns when the row is stored, and with it what of the answer stays at its provider, and
        counted what it cost; False when the database stayed away, and the log alone knows of it."""
        mine = _Waiting(row, states, paid)
        with self._changing:
            self._waiting.append(mine)
            writes, self._is_written = not self._is_written, True
        if not writes:
            mine.told.wait()
            if mine.stored is not None:
                return mine.stored
        self._write()
        return bool(mine.stored)

    def _write(self) -> None:
        """Store what waits, and hand the pen to the first of those that came meanwhile."""
        with self._changing:
            taken, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        stored = False
        try:
            stored = _stored(self._database, taken)
        finally:  # whatever went wrong, nobody waits for ever
            with self._changing:
                following = self._waiting[0] if self._waiting else None
                self._is_written = following is not None
            for one in taken:
                one.stored = stored
                one.told.set()
            if following is not None:
                following.told.set()


def _stored(database: Database, taken: list[_Waiting]) -> bool:
    rows, states = [one.row for one in taken], [state for one in taken for state in one.states]
    for pause in (*PAUSES, None):
        try:
            with at(database), writing() as connection:
                store.add(connection, rows)
                paid = [(one.paid, one.row["user_id"]) for one in taken if one.paid]
                counted = budget_counts.add(connection, budget_counts.increments(rows), told=bool(paid))
                for (runtime, budgets), user_id in paid:
                    paying.tell(connection, runtime, budgets, user_id, counted)
                if states:
                    provider_states.add(connection, states)
            return True
        except Unavailable as error:
            if pause is None:
                for row in rows:
                    log.error("usage_not_kept", reason=str(error.__cause__), **{k: str(v) for k, v in row.items()})
                return False
            time.sleep(pause)
    return False


_ledgers: WeakKeyDictionary[Database, Ledger] = WeakKeyDictionary()
_making = threading.Lock()


def here() -> Ledger:
    """The ledger of this process for the database in use."""
    database = this_database()
    ledger = _ledgers.get(database)
    if ledger is None:
        with _making:
            ledger = _ledgers.setdefault(database, Ledger(database))
    return ledger
