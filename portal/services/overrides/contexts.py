"""Contexts that administrators add: named purposes that clients ask for, with what they want of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.domain import versions
from portal.domain.accounts import shown_fault
from portal.domain.capabilities import CAPABILITIES
from portal.domain.contexts import CONTEXTS, name_fault
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.features import CONVERSATIONS, NAMES
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.overrides import choices
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store import overrides as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.overrides import ContextRecord

LABEL_LENGTH, EXPLANATION_LENGTH = 80, 300
MOST = 100
"""Contexts that can be added: the page shows them all at once."""

GONE = "There is no such context. Somebody may have removed it."


@dataclass(frozen=True)
class Draft:
    """A context as it was typed. `feature` and `capabilities` are names of `portal.domain`."""

    name: str
    label: str
    explanation: str = ""
    feature: str = CONVERSATIONS
    capabilities: tuple[str, ...] = ()
    personal: bool = True


@dataclass(frozen=True)
class ContextPage:
    """A context as its form begins, its version, and what removing it would lose: the pin, and so many own choices."""

    draft: Draft
    version: str
    pin: str
    own: int


def find(actor: Actor, runtime: Runtime, name: str) -> ContextPage:
    """One added context. Raises `NotFound`, also for a built-in one."""
    actor.require(Permission.PROVIDER_VIEW)
    catalog = choosing.current_catalog(runtime)
    with reading() as session:
        record = _found(session, name)
        pinned = catalog.admin_overrides.get(name)
        context = catalog.contexts.get(name)
        return ContextPage(
            draft=draft_of(record),
            version=versions.version_of(_fields(draft_of(record))),
            pin=choices.for_anybody(pinned, context, catalog).said if pinned and context else "",
            own=store.count_personal(session).get(name, 0),
        )


def add(actor: Actor, runtime: Runtime, draft: Draft) -> str:
    """Add a context; returns its name. Raises `Invalid` naming each field that cannot be used."""
    with transaction() as session:
        lock_catalog(session)
        return add_in(session, actor, runtime, draft)


def add_in(session: Session, actor: Actor, runtime: Runtime, draft: Draft) -> str:
    """The same inside the caller's transaction, the catalog locked."""
    actor.require(Permission.PROVIDER_EDIT)
    draft = _tidy(draft)
    taken = set(stored_catalog.read(session).contexts)
    faults = _faults(draft)
    if fault := name_fault(draft.name, taken):
        faults["name"] = fault
    if faults:
        raise Invalid(faults)
    if len(taken) - len(CONTEXTS) >= MOST:
        raise Conflict(f"There are {MOST} contexts already, which is as many as fit. Remove one first.")
    now = runtime.now()
    session.add(ContextRecord(name=draft.name, created_at=now, changed_at=now, **_columns(draft)))
    session.flush()
    _record(session, runtime, actor, "context.add", draft, after=_told(draft))
    return draft.name


def change(actor: Actor, runtime: Runtime, name: str, draft: Draft, version: str | None = None) -> None:
    """Change everything but the name. Raises `NotFound`, `Invalid`, and `Outdated` when `version` is older."""
    with transaction() as session:
        lock_catalog(session)
        change_in(session, actor, runtime, name, draft, version)


def change_in(
    session: Session, actor: Actor, runtime: Runtime, name: str, draft: Draft, version: str | None = None
) -> None:
    """The same inside the caller's transaction, the catalog locked."""
    actor.require(Permission.PROVIDER_EDIT)
    draft = replace(_tidy(draft), name=name)
    record = _found(session, name)
    if faults := _faults(draft):
        raise Invalid(faults)
    stored = draft_of(record)
    versions.require(stored.label, _fields(stored), version)
    if stored == draft:
        return
    for column, value in _columns(draft).items():
        setattr(record, column, value)
    record.changed_at = runtime.now()
    session.flush()
    _record(session, runtime, actor, "context.change", draft, _told(stored), _told(draft))


def remove(actor: Actor, runtime: Runtime, name: str) -> str:
    """Remove a context with its pin and everybody's own choices for it; returns its label."""
    actor.require(Permission.PROVIDER_EDIT)
    with transaction() as session:
        lock_catalog(session)
        draft = draft_of(_found(session, name))
        catalog = choosing.resolve(runtime, stored_catalog.read(session))
        pinned = catalog.admin_overrides.get(name)
        before = _told(draft) | {
            "pinned model": choices.for_anybody(pinned, catalog.contexts[name], catalog).address if pinned else "",
            "own choices": store.count_personal(session).get(name, 0),
        }
        store.forget_context(session, name)
        session.flush()
        _record(session, runtime, actor, "context.remove", draft, before=before)
        return draft.label


def _found(session: Session, name: str) -> ContextRecord:
    record = store.find_context(session, name)
    if record is None:
        raise NotFound(GONE)
    return record


def _tidy(draft: Draft) -> Draft:
    return replace(
        draft,
        name=draft.name.strip(),
        label=" ".join(draft.label.split()),
        explanation=" ".join(draft.explanation.split()),
        capabilities=tuple(sorted(set(draft.capabilities))),
    )


def _faults(draft: Draft) -> dict[str, str]:
    faults = {}
    for field, text, most in (
        ("label", draft.label, LABEL_LENGTH),
        ("explanation", draft.explanation, EXPLANATION_LENGTH),
    ):
        if len(text) > most:
            faults[field] = f"This has {len(text):,} characters; {most} fit."
        elif fault := shown_fault(text, "This"):
            faults[field] = fault
    if not draft.label:
        faults["label"] = "Type a label: it is what people read on their own page."
    if draft.feature not in NAMES:
        faults["feature"] = "Choose what a model has to be offered for."
    if not set(draft.capabilities) <= set(CAPABILITIES):
        faults["capabilities"] = "One of these does not exist. Look at the list again."
    return faults


def draft_of(record: ContextRecord) -> Draft:
    return Draft(
        record.name,
        record.label,
        record.explanation,
        record.feature,
        tuple(sorted(record.capabilities)),
        record.personal,
    )


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "label": draft.label,
        "explanation": draft.explanation,
        "feature": draft.feature,
        "capabilities": list(draft.capabilities),
        "personal": draft.personal,
    }


def _told(draft: Draft) -> dict[str, Any]:
    return {
        "label": draft.label,
        "what it is for": draft.explanation,
        "feature": draft.feature,
        "capabilities": list(draft.capabilities),
        "people may choose": draft.personal,
    }


def _fields(draft: Draft) -> versions.Fields:
    """What the form of a context shows."""
    labels = ", ".join(CAPABILITIES[name].label for name in draft.capabilities if name in CAPABILITIES)
    return {
        "label": draft.label,
        "explanation": draft.explanation,
        "feature": draft.feature,
        "capabilities": versions.Stored(list(draft.capabilities), labels or "nothing"),
        "personal": draft.personal,
    }


def _record(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    draft: Draft,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit_trail.record(session, runtime, actor, verb, "context", draft.name, draft.label, before, after)
