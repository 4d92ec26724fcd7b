"""The audit trail: who did what to what, when, from where, before and after. Rows are added, never changed.

Each row carries a MAC over itself and the row before it, and the head is locked in the transaction of the change, so
that the chain never forks. Who can write to the database but has no audit key cannot make a row that fits.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from portal.dialects.secret import Secret
from portal.domain.audit import AuditValues, Change, Filters, changes, current_verb, say_kind, say_verb
from portal.domain.errors import Denied
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store import audit as store
from portal.store import audit_labels
from portal.store.audit_labels import Subject
from portal.store.base import Session, reading

PAGE = 50
BATCH = 500

PINS = ("override", "own_override")
"""Kinds whose rows keep the address of a model."""


@dataclass(frozen=True)
class Entry:
    """One row of the trail, in words and whole. `verb` is today's word for the `stored_verb`, which the MAC covers.

    `label` is what people call the subject today, "" where it has no other name than the row's; `models` are display
    names of models by the addresses under which rows keep them.
    """

    seq: int
    at: datetime
    actor_id: UUID | None
    actor: str
    address: str
    stored_verb: str
    kind: str
    subject_id: str
    subject: str
    before: AuditValues | None
    after: AuditValues | None
    mac: str
    label: str = ""
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        return current_verb(self.stored_verb)

    @property
    def said(self) -> str:
        return say_verb(self.verb)

    @property
    def kind_said(self) -> str:
        return say_kind(self.kind)

    @property
    def changes(self) -> tuple[Change, ...]:
        return changes(*(self._labelled(side) for side in (self.before, self.after)))

    def _labelled(self, side: AuditValues | None) -> AuditValues | None:
        address = str(side.get("model", "")) if side else ""
        return {**side, "model": self.models[address]} if side and address in self.models else side

    @property
    def as_json(self) -> str:
        """The row as it is stored, for whoever wants to see it exactly."""
        return json.dumps(
            {
                "seq": self.seq,
                "at": self.at.isoformat(),
                "actor": {"id": str(self.actor_id) if self.actor_id else None, "label": self.actor},
                "address": self.address,
                "verb": self.stored_verb,
                "subject": {"kind": self.kind, "id": self.subject_id, "label": self.subject},
                "before": self.before,
                "after": self.after,
                "mac": self.mac,
            },
            indent=2,
            ensure_ascii=False,
        )


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: just older than `before`, or just newer than `after`."""

    before: int | None = None
    after: int | None = None


FIRST = Cursor()


@dataclass(frozen=True)
class Page:
    """Entries, newest first. `older` and `newer` are cursors, None where the trail ends. `count` is of all pages."""

    entries: tuple[Entry, ...]
    newer: Cursor | None
    older: Cursor | None
    count: int
    verbs: tuple[str, ...]


def record(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    kind: str,
    id: UUID | str,
    label: str,
    before: AuditValues | None = None,
    after: AuditValues | None = None,
) -> None:
    """Add a row inside the transaction of the change. Raises `TypeError` for a secret, wherever it hides."""
    old, new = (None if side is None else _plain(dict(side)) for side in (before, after))
    master_keys.unlock(session, runtime)
    seq, previous = store.lock_head(session)
    row: dict[str, Any] = {
        "seq": seq + 1,
        "at": runtime.now().astimezone(UTC),
        "actor_id": actor.id,
        "actor": _said(actor),
        "address": _text(actor.address, 64),
        "verb": verb,
        "subject_kind": kind,
        "subject_id": _text(str(id), 64),
        "subject": _text(label, 254),
        "before": old,
        "after": new,
        "previous": previous,
    }
    store.append(session, row | {"mac": runtime.vault.mac(message(row))})


def _said(actor: Actor) -> str:
    """Who did it, and with which access token, if with one."""
    if not actor.token:
        return _text(actor.label, 254)
    how = f" with the token {_text(actor.token, 80)}"
    return _text(actor.label, 254 - len(how)) + how


def message(row: Mapping[str, Any]) -> bytes:
    """What a row's MAC covers: everything in it, and the MAC before. One spelling, whatever the database."""
    covered = [
        row["previous"],
        row["seq"],
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        str(row["actor_id"]) if row["actor_id"] else None,
        row["actor"],
        row["address"],
        row["verb"],
        row["subject_kind"],
        row["subject_id"],
        row["subject"],
        row["before"],
        row["after"],
    ]
    return json.dumps(covered, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def list_for(
    actor: Actor,
    runtime: Runtime,
    filters: Filters,
    cursor: Cursor = FIRST,
    limit: int = PAGE,
) -> Page:
    """A page of the trail, newest first."""
    _permit(actor)
    with reading() as session:
        rows = store.newest(session, filters, limit + 1, before=cursor.before, after=cursor.after)
        count, verbs = store.count(session, filters), store.verbs(session)
        entries = _labelled(session, [_entry(row) for row in rows])
    upwards = cursor.after is not None
    more = len(rows) > limit
    rows = rows[-limit:] if upwards else rows[:limit]
    entries = entries[-limit:] if upwards else entries[:limit]
    newer = Cursor(after=rows[0].seq) if rows and (more if upwards else cursor.before is not None) else None
    older = Cursor(before=rows[-1].seq) if rows and (upwards or more) else None
    return Page(tuple(entries), newer, older, count, tuple(sorted(set(map(current_verb, verbs)))))


def seq_in(session: Session) -> int:
    """The number of the newest row, as this session sees it."""
    return store.head(session)[0]


def since(session: Session, seq: int, most: int) -> tuple[Entry, ...]:
    """So many rows above a number, oldest first, as this session sees them: what a transaction has written itself."""
    return tuple(_labelled(session, [_entry(row) for row in store.in_order(session, seq, most)]))


def every(actor: Actor, runtime: Runtime, filters: Filters) -> Iterator[Entry]:
    """All entries that pass, newest first, read in batches: no connection is held while a slow client reads."""
    _permit(actor)
    return _in_batches(filters)


def _in_batches(filters: Filters) -> Iterator[Entry]:
    cursor: int | None = None
    while True:
        with reading() as session:
            rows = store.newest(session, filters, BATCH, before=cursor)
        yield from map(_entry, rows)
        if len(rows) < BATCH:
            return
        cursor = rows[-1].seq


def _labelled(session: Session, entries: list[Entry]) -> list[Entry]:
    """The same, with what people call their subjects, and the models that were pinned."""
    about = {entry.seq: Subject(entry.kind, entry.subject_id, entry.subject, entry.at) for entry in entries}
    labels = audit_labels.labels_of(session, set(about.values()))
    sides = (side for entry in entries if entry.kind in PINS for side in (entry.before, entry.after) if side)
    models = audit_labels.models_at(session, {str(side["model"]) for side in sides if side.get("model")})
    return [
        replace(entry, label=labels.get(about[entry.seq], ""), models=models if entry.kind in PINS else {})
        for entry in entries
    ]


def _permit(actor: Actor) -> None:
    if not actor.may(Permission.AUDIT_VIEW):
        raise Denied("The audit trail is not open to you. Ask an administrator.")


def _entry(row: Any) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor,
        address=row.address,
        stored_verb=row.verb,
        kind=row.subject_kind,
        subject_id=row.subject_id,
        subject=row.subject,
        before=row.before,
        after=row.after,
        mac=row.mac,
    )


def _text(value: str, longest: int) -> str:
    """Text that every database takes: without NUL and half characters, and not too long."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()[:longest]


def _plain(value: Any) -> Any:
    """Words, numbers, lists and dicts, as JSON will give them back. Anything else is refused, a secret above all."""
    if isinstance(value, Secret):
        raise TypeError("a secret never enters the audit trail")
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _text(value, len(value))
    if isinstance(value, Mapping):
        return {_text(str(name), 200): _plain(part) for name, part in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(part) for part in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"the audit trail takes plain words, not {type(value).__name__}")
