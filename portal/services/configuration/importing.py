"""Reading a document in: all of it or nothing, by the rules of the pages, and as a rehearsal first.

A rehearsal does everything and takes it back: what it tells is what the audit trail would have written, so that the
plan cannot differ from the deed. An entry that cannot be used is named, and nothing is changed while there is one,
unless whoever imports says to leave such entries out.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.domain.audit import Change, say_value
from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.audit.trail import Entry as Row
from portal.services.configuration import kinds
from portal.services.configuration.applying import Applying
from portal.services.configuration.document import Document, Note
from portal.services.configuration.files import GivenFile
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store.base import Session, transaction
from portal.store.catalog import lock_catalog

NEEDS = (Permission.SETTINGS_EDIT, Permission.PROVIDER_CREATE, Permission.PROVIDER_EDIT)
"""Whoever reads a configuration in does what takes each of these by hand."""

MOST_ENTRIES = 3_000
SHOWN = 2_000
"""Changes that are told; there may be more."""

_NOT_TOLD = ("Provider ID", "Position")
"""Facts of a row of the trail that say nothing to whoever reads a plan."""
_NAMED = ("Name", "Label")


@dataclass(frozen=True)
class Told:
    """One thing that an import changes, in words."""

    said: str
    subject: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Plan:
    """What an import would do, or did. `digest` and `version` say of which file and which catalog it is true."""

    kind: str
    changes: tuple[Told, ...]
    faults: tuple[Note, ...]
    left_out: tuple[Note, ...]
    notices: tuple[Note, ...]
    digest: str
    version: int
    more: int = 0
    entries: int = field(default=0)

    @property
    def nothing(self) -> bool:
        return not self.changes

    @property
    def count(self) -> int:
        return len(self.changes) + self.more

    @property
    def groups(self) -> Mapping[str, Sequence[Told]]:
        """What is changed by what is done, in the order in which each is done first."""
        found: dict[str, list[Told]] = {}
        for told in self.changes:
            found.setdefault(told.said, []).append(told)
        return found


class _TakenBack(Exception):
    """Ends a rehearsal: the transaction saves nothing."""


def rehearse(actor: Actor, runtime: Runtime, given: GivenFile) -> Plan:
    """What an import of this file would change; nothing is changed. Raises `Invalid` for a file that cannot be read."""
    actor.require(*NEEDS)
    document = _document(given)
    master_keys.ensure(runtime)
    plan: Plan | None = None
    try:
        with transaction() as session:
            plan = _run(session, actor, runtime, document, given)
            raise _TakenBack
    except _TakenBack:
        pass
    assert plan is not None
    return plan


def apply(
    actor: Actor,
    runtime: Runtime,
    given: GivenFile,
    *,
    digest: str = "",
    version: int | None = None,
    leave_out: bool = False,
) -> Plan:
    """Do it, in one transaction. Raises `Invalid` while an entry cannot be used and is not to be left out.

    `digest` and `version` are those of the plan that was agreed to: `Conflict` when the file or the portal is another.
    """
    actor.require(*NEEDS)
    document = _document(given)
    master_keys.ensure(runtime)
    with transaction() as session:
        plan = _run(session, actor, runtime, document, given)
        if digest and digest != plan.digest:
            raise Conflict("This is not the file that was looked at. Look at what it changes first.")
        if version is not None and version != plan.version:
            raise Conflict("The portal changed while you looked at this. Look at what the file changes now.")
        if plan.faults and not leave_out:
            raise Invalid({f"{note.place}": f"{note.place}: {note.said}" for note in plan.faults})
        return plan


def digest_of(given: GivenFile) -> str:
    return hashlib.sha256(given.content).hexdigest()


def _document(given: GivenFile) -> Document:
    document = kinds.read(given)
    if document.count > MOST_ENTRIES:
        raise Invalid({"file": f"This file has {document.count:,} entries; {MOST_ENTRIES:,} fit. Split it."})
    return document


def _run(session: Session, actor: Actor, runtime: Runtime, document: Document, given: GivenFile) -> Plan:
    """Apply the document in this transaction. The catalog's version rises once, and only if anything changed."""
    state = lock_catalog(session)
    before = state.version - 1
    seq = audit_trail.seq_in(session)
    applying = Applying(session, actor, runtime, state)
    applying.all_of(document)
    rows = audit_trail.since(session, seq, SHOWN)
    written = audit_trail.seq_in(session) - seq
    state.version = before + 1 if written else before
    session.flush()
    return Plan(
        kind=document.kind,
        changes=tuple(map(_told, rows)),
        faults=(*document.faults, *applying.faults),
        left_out=tuple(document.left_out),
        notices=(*document.notices, *applying.notices),
        digest=digest_of(given),
        version=before,
        more=written - len(rows),
        entries=len(document.providers) + len(document.models),
    )


def _told(row: Row) -> Told:
    subject = row.label or row.subject
    if row.label and row.subject and row.label != row.subject:
        subject = f"{row.label} ({row.subject})"
    said = row.said[:1].upper() + row.said[1:]
    return Told(said, subject, tuple(change for change in row.changes if _tells(change, row)))


def _tells(change: Change, row: Row) -> bool:
    """Whether it says anything more: of what is new, its name again does not, nor what it does not have."""
    again = change.what in _NAMED and change.after in (row.label, row.subject)
    new = change.before is None and (again or change.after == say_value(None))
    return change.what not in _NOT_TOLD and not new
