"""People's own overrides: each sees and changes their own alone, while the gate is open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from portal.domain import versions
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Pin
from portal.domain.contexts import Context
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.gates import GATES, PERSONAL_OVERRIDES
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.domain.selection import Ask
from portal.services.audit import trail as audit_trail
from portal.services.overrides import choices
from portal.services.overrides.choices import Chosen, Hit, Otherwise, Typed
from portal.services.overrides.pins import told
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store import overrides as store
from portal.store.base import Session, transaction
from portal.store.catalog import lock_catalog
from portal.store.overrides import PersonalOverrideRecord

NOTHING = "no choice of your own"


@dataclass(frozen=True)
class OwnRow:
    """One context: one's own choice, and what answers without it. `open`: it is offered to people at all."""

    context: Context
    choice: Chosen | None
    otherwise: Otherwise
    version: str

    @property
    def open(self) -> bool:
        return self.context.personal


@dataclass(frozen=True)
class OwnPage:
    """Everything of one person. `locked` is why nothing can be changed now; blank when it can."""

    rows: tuple[OwnRow, ...]
    locked: str


def list_mine(actor: Actor, runtime: Runtime) -> OwnPage:
    """Every context that people may override, and those that they no longer may and this person once did."""
    me = _me(actor)
    catalog = choosing.current_catalog(runtime)
    mine = catalog.personal_overrides.get(me, {})
    return OwnPage(
        tuple(
            _row(actor, context, catalog, mine)
            for context in catalog.contexts.values()
            if context.personal or context.name in mine
        ),
        _locked(catalog),
    )


def find_mine(actor: Actor, runtime: Runtime, context_name: str) -> OwnRow:
    """One context, as its form begins. Raises `NotFound`; `Denied` while the gate is off and where nobody may."""
    me = _me(actor)
    catalog = choosing.current_catalog(runtime)
    context = _open(catalog, context_name)
    return _row(actor, context, catalog, catalog.personal_overrides.get(me, {}))


def search(actor: Actor, runtime: Runtime, context_name: str, words: str) -> tuple[Hit, ...]:
    """The models that this person can use for this context now, at most fifty."""
    _me(actor)
    catalog = choosing.current_catalog(runtime)
    ask = Ask(choosing.person(actor), choosing.context_of(catalog, context_name))
    return choices.search(words, ask, catalog, usable_only=True)


def set_mine(actor: Actor, runtime: Runtime, context_name: str, typed: Typed, version: str | None = None) -> Chosen:
    """Choose a model for oneself. Raises `Invalid` naming `model` when it is unknown or cannot be used right now.

    `NotFound` for a context that nobody made; `Denied` while the gate is off, and where nobody may choose; `Outdated`
    when the choice is not the one that `version` was drawn from.
    """
    me = _me(actor)
    with transaction() as session:
        lock_catalog(session)
        catalog = choosing.resolve(runtime, stored_catalog.read(session))
        context = _open(catalog, context_name)
        wanted = choices.find(typed, catalog)
        after = choices.tell(wanted, Ask(choosing.person(actor), context), catalog)
        if after.reason:
            raise Invalid({"model": REASON_SENTENCES[after.reason]})
        record = store.find_personal(session, me, context.name)
        before = _seen(record, actor, context, catalog, version)
        if record is None:
            record = PersonalOverrideRecord(user_id=me, context=context.name)
            session.add(record)
        elif (record.language_model_id, record.effort) == (wanted.model_id, wanted.effort):
            return after
        record.language_model_id, record.effort = wanted.model_id, wanted.effort
        record.changed_at = runtime.now()
        session.flush()
        _record(session, runtime, actor, "own_override.set", context, before, after)
        return after


def clear_mine(actor: Actor, runtime: Runtime, context_name: str, version: str | None = None) -> Context:
    """Give up one's own choice, also where nobody may choose any more; twice is once. Raises as `set_mine` does."""
    me = _me(actor)
    with transaction() as session:
        lock_catalog(session)
        catalog = choosing.resolve(runtime, stored_catalog.read(session))
        context = choosing.context_of(catalog, context_name)
        if locked := _locked(catalog):
            raise Denied(locked)
        record = store.find_personal(session, me, context.name)
        if record is None:
            return context
        before = _seen(record, actor, context, catalog, version)
        session.delete(record)
        session.flush()
        _record(session, runtime, actor, "own_override.clear", context, before, None)
        return context


def _me(actor: Actor) -> UUID:
    if not actor.may(Permission.PERSONAL_OVERRIDE):
        raise Denied("You may not have overrides of your own. Ask an administrator for the permission.")
    if actor.id is None:
        raise NotFound
    return actor.id


def _locked(catalog: Catalog) -> str:
    return "" if catalog.gates.personal_overrides else GATES[PERSONAL_OVERRIDES].off


def _open(catalog: Catalog, context_name: str) -> Context:
    context = choosing.context_of(catalog, context_name)
    if not context.personal:
        raise Denied(f"Nobody chooses a model of their own for {context.label}.")
    if locked := _locked(catalog):
        raise Denied(locked)
    return context


def _row(actor: Actor, context: Context, catalog: Catalog, mine: Mapping[str, Pin]) -> OwnRow:
    ask = Ask(choosing.person(actor), context)
    stored = mine.get(context.name)
    rest = {name: pin for name, pin in mine.items() if name != context.name}
    without = replace(catalog, personal_overrides={actor.id: rest} if actor.id else {})
    return OwnRow(
        context=context,
        choice=_told(stored, ask, catalog) if stored else None,
        otherwise=choices.otherwise(ask, without),
        version=versions.version_of(choices.fields_of(stored, catalog, NOTHING)),
    )


def _told(pin: Pin, ask: Ask, catalog: Catalog) -> Chosen:
    """One's own choice with the first thing that keeps it from answering."""
    chosen = choices.tell(pin, ask, catalog)
    if not ask.context.personal:
        return replace(chosen, reason=Reason.NOT_FOR_THIS_CONTEXT)
    return chosen if catalog.gates.personal_overrides else replace(chosen, reason=Reason.GATE_OFF)


def _seen(
    record: PersonalOverrideRecord | None, actor: Actor, context: Context, catalog: Catalog, version: str | None
) -> Chosen | None:
    """What is chosen now, if the form was drawn from it."""
    stored = Pin(record.language_model_id, record.effort) if record else None
    versions.require(f"your choice for {context.label}", choices.fields_of(stored, catalog, NOTHING), version)
    return choices.tell(stored, Ask(choosing.person(actor), context), catalog) if stored else None


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
        session, runtime, actor, verb, "own_override", context.name, context.label, told(before), told(after)
    )
