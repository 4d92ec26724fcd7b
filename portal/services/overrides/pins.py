"""Administrators' overrides: a model pinned to a context for everybody."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from portal.domain import versions
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ANYBODY, NOBODY
from portal.domain.contexts import Context
from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.selection import Ask
from portal.services.audit import trail as audit_trail
from portal.services.overrides import choices
from portal.services.overrides.choices import Chosen, Hit, Otherwise, Typed
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store import overrides as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.overrides import OverrideRecord

NOTHING = "nothing is pinned"


@dataclass(frozen=True)
class ContextRow:
    """One context of the page. `own` counts who overrides it for themselves; None where nobody may.

    `version` is what the form of the pin is drawn from.
    """

    context: Context
    pin: Chosen | None
    otherwise: Otherwise
    own: int | None
    version: str
    changed_at: datetime | None = None
    changed_by: str = ""


def list_for(actor: Actor, runtime: Runtime) -> tuple[ContextRow, ...]:
    """Every context with its pin, what answers without it, and how many people override it."""
    actor.require(Permission.PROVIDER_VIEW)
    with choosing.reading_beside(runtime) as (session, catalog):
        pinned = store.pinned(session)
    own = catalog.remembered("people who override each context", lambda _: _overriding(catalog))
    return tuple(_row(context, catalog, pinned.get(context.name), own) for context in catalog.contexts.values())


def find(actor: Actor, runtime: Runtime, context_name: str) -> ContextRow:
    """One context, as its form begins. Raises `NotFound`, and `Conflict` where nothing can be pinned."""
    actor.require(Permission.PROVIDER_VIEW)
    catalog = choosing.current_catalog(runtime)
    context = _pinnable(catalog, context_name)
    with reading() as session:
        return _row(context, catalog, store.pinned(session).get(context.name), store.count_personal(session))


def search(actor: Actor, runtime: Runtime, context_name: str, words: str) -> tuple[Hit, ...]:
    """Models to pin, at most fifty: those that serve first, then the others with what is wrong with them."""
    actor.require(Permission.PROVIDER_VIEW)
    catalog = choosing.current_catalog(runtime)
    ask = Ask(ANYBODY, choosing.context_of(catalog, context_name))
    return choices.search(words, ask, catalog, usable_only=False)


def pin(actor: Actor, runtime: Runtime, context_name: str, typed: Typed, version: str | None = None) -> Chosen:
    """Pin a model to a context for everybody. One that cannot be used now is pinned all the same: see its `reason`.

    Raises `NotFound` for a context that nobody made, `Invalid` naming `model` and `effort`, and `Outdated` when the
    pin is not the one that `version` was drawn from.
    """
    with transaction() as session:
        lock_catalog(session)
        return pin_in(session, actor, runtime, context_name, typed, version)


def pin_in(
    session: Session, actor: Actor, runtime: Runtime, context_name: str, typed: Typed, version: str | None = None
) -> Chosen:
    """The same inside the caller's transaction, the catalog locked."""
    actor.require(Permission.PROVIDER_EDIT)
    catalog = choosing.resolve(runtime, stored_catalog.read(session))
    context = _pinnable(catalog, context_name)
    wanted = choices.find(typed, catalog)
    record = store.find_pin(session, context.name)
    before = _seen(record, context, catalog, version)
    after = choices.for_anybody(wanted, context, catalog)
    if record is None:
        record = OverrideRecord(context=context.name)
        session.add(record)
    elif (record.language_model_id, record.effort) == (wanted.model_id, wanted.effort):
        return after
    record.language_model_id, record.effort = wanted.model_id, wanted.effort
    record.changed_at, record.changed_by = runtime.now(), actor.label
    session.flush()
    _record(session, runtime, actor, "override.set", context, before, after)
    return after


def clear(actor: Actor, runtime: Runtime, context_name: str, version: str | None = None) -> Context:
    """Take the pin off a context. Doing it twice is doing it once. Raises `NotFound`, and `Outdated` as `pin` does."""
    with transaction() as session:
        lock_catalog(session)
        return clear_in(session, actor, runtime, context_name, version)


def clear_in(
    session: Session, actor: Actor, runtime: Runtime, context_name: str, version: str | None = None
) -> Context:
    """The same inside the caller's transaction, the catalog locked."""
    actor.require(Permission.PROVIDER_EDIT)
    catalog = choosing.resolve(runtime, stored_catalog.read(session))
    context = _pinnable(catalog, context_name)
    record = store.find_pin(session, context.name)
    if record is None:
        return context
    before = _seen(record, context, catalog, version)
    session.delete(record)
    session.flush()
    _record(session, runtime, actor, "override.clear", context, before, None)
    return context


def told(chosen: Chosen | None) -> dict[str, object]:
    """A choice as the audit trail keeps it."""
    return {"model": chosen.address, "effort": chosen.effort} if chosen else {"model": ""}


def _overriding(catalog: Catalog) -> Mapping[str, int]:
    return Counter(name for pins in catalog.personal_overrides.values() for name in pins)


def _row(context: Context, catalog: Catalog, found: store.Pinned | None, own: Mapping[str, int]) -> ContextRow:
    stored = catalog.admin_overrides.get(context.name)
    rest = {name: other for name, other in catalog.admin_overrides.items() if name != context.name}
    return ContextRow(
        context=context,
        pin=choices.for_anybody(stored, context, catalog) if stored and context.pinned else None,
        otherwise=choices.otherwise(Ask(NOBODY, context), replace(catalog, admin_overrides=rest)),
        own=own.get(context.name, 0) if context.personal else None,
        version=versions.version_of(choices.fields_of(stored if found else None, catalog, NOTHING)),
        changed_at=found.changed_at if found else None,
        changed_by=found.changed_by if found else "",
    )


def _pinnable(catalog: Catalog, context_name: str) -> Context:
    context = choosing.context_of(catalog, context_name)
    if not context.pinned:
        raise Conflict("Nothing can be pinned to people’s own chats: there, everybody chooses the model.")
    return context


def _seen(record: OverrideRecord | None, context: Context, catalog: Catalog, version: str | None) -> Chosen | None:
    """What is pinned now, if the form was drawn from it."""
    stored = catalog.admin_overrides.get(context.name) if record else None
    versions.require(f"the pin of {context.label}", choices.fields_of(stored, catalog, NOTHING), version)
    return choices.for_anybody(stored, context, catalog) if stored else None


def _record(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    context: Context,
    before: Chosen | None,
    after: Chosen | None,
) -> None:
    audit_trail.record(
        session, runtime, actor, verb, "override", context.name, context.label, told(before), told(after)
    )
