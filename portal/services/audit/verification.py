"""Following the audit trail from its first row to its head, and naming every row that does not fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.audit import current_verb
from portal.services.audit.trail import BATCH, message
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store import audit as store
from portal.store.base import Session, reading

MOST_NAMED = 200
"""A trail with more faults than this is beyond naming; the rest is counted."""


@dataclass(frozen=True)
class Verification:
    """How many rows there are, the newest row's MAC, and one sentence for each thing that does not fit."""

    count: int
    head: str
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class Noted:
    """Count and head as they were written down elsewhere, at some earlier time: the trail must still contain them."""

    count: int
    head: str = ""


def verify(runtime: Runtime, noted: Noted | None = None) -> Verification:
    """Read the whole trail at one moment. A cut tail shows only beside what was noted before."""
    master_keys.ensure(runtime)
    with reading() as session:
        return _follow(session, runtime, noted)


def _follow(session: Session, runtime: Runtime, noted: Noted | None) -> Verification:
    faults: list[str] = []
    changed: list[Mapping[str, Any]] = []
    count, expected, previous, found_head = 0, 1, "", None
    for row in _rows(session):
        count += 1
        if row["seq"] > expected:
            faults.append(_missing(expected, row["seq"] - 1))
        elif row["previous"] != previous:
            faults.append(f"Row {row['seq']} does not follow the row before it.")
        if runtime.vault.mac(message(row)) != row["mac"]:
            changed.append(row)
        if noted and row["seq"] == noted.count:
            found_head = row["mac"]
        expected, previous = row["seq"] + 1, row["mac"]
    faults += _altered(runtime, changed)
    seq, mac = store.head(session)
    if seq >= expected:
        faults.append(_missing(expected, seq))
    elif seq < expected - 1:
        faults.append(f"The head says row {seq}, but the newest row is {expected - 1}.")
    elif mac != previous:
        faults.append(f"The head’s MAC is not that of row {seq}, the newest.")
    if noted:
        faults += _against(noted, expected - 1, found_head)
    if len(faults) > MOST_NAMED:
        faults = [*faults[:MOST_NAMED], f"And {len(faults) - MOST_NAMED} faults more."]
    return Verification(count, previous, tuple(faults))


def _rows(session: Session) -> Iterator[Mapping[str, Any]]:
    after = -(2**62)  # a row numbered 0 or below is no row of ours, and is to be met all the same
    while rows := store.in_order(session, after, BATCH):
        yield from (row._mapping for row in rows)
        after = rows[-1].seq


def _altered(runtime: Runtime, changed: list[Mapping[str, Any]]) -> Iterator[str]:
    """Rows whose MAC is not theirs. One that fits under another's number was moved; the others were changed."""
    numbers = [row["seq"] for row in changed[:MOST_NAMED]]
    for row in changed:
        told = f"{row['at']:%Y-%m-%d %H:%M:%S} UTC, {row['actor']}, {current_verb(row['verb'])}"
        home = next(
            (
                number
                for number in (numbers if len(changed) <= MOST_NAMED else ())
                if runtime.vault.mac(message({**row, "seq": number})) == row["mac"]
            ),
            None,
        )
        if home is None:
            yield f"Row {row['seq']} was changed ({told})."
        else:
            yield f"Row {row['seq']} is out of order: it was written as row {home} ({told})."


def _missing(first: int, last: int) -> str:
    return f"Row {first} is missing." if first == last else f"Rows {first} to {last} are missing."


def _against(noted: Noted, newest: int, found: str | None) -> Iterator[str]:
    if newest < noted.count:
        yield f"The audit trail ends at row {newest}, but {noted.count} rows were noted: its tail was cut."
    elif noted.head and found != noted.head:
        yield f"Row {noted.count} is not the one whose head was noted: the audit trail was cut there and grew anew."
