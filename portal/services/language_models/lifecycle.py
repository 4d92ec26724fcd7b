"""What becomes of published models: turned on and off, made the default, put in order and deleted, one or many."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.services.language_models import default_model
from portal.services.language_models.records import find_living, identity, record_act
from portal.services.language_models.view import LanguageModelView, view_of
from portal.services.runtime import Runtime
from portal.store import catalog, providers
from portal.store import language_models as store
from portal.store.base import Session, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

MOST_AT_ONCE = 500
"""Models that are turned or deleted in one act."""


def turn(actor: Actor, runtime: Runtime, language_model_id: UUID, *, on: bool) -> LanguageModelView:
    """Enable or disable a model. The default stays the default; while it is off, the first usable model answers."""
    with transaction() as session:
        lock_catalog(session)
        return turn_in(session, actor, runtime, language_model_id, on=on)


def turn_in(
    session: Session, actor: Actor, runtime: Runtime, language_model_id: UUID, *, on: bool
) -> LanguageModelView:
    """The same inside the caller's transaction, the catalog locked."""
    record, provider = find_living(session, language_model_id)
    if record.enabled != on:
        record.enabled = on
        record.changed_at = runtime.now()
        record_act(
            session,
            runtime,
            actor,
            "model.enable" if on else "model.disable",
            record,
            provider,
            before={"enabled": not on},
            after={"enabled": on},
        )
    return view_of(record, provider, catalog.default_id(session))


def turn_many(actor: Actor, runtime: Runtime, ids: Sequence[UUID], *, on: bool) -> int:
    """Enable or disable the models that are ticked, in one transaction; how many it changed."""
    with transaction() as session:
        lock_catalog(session)
        changed = [record for record in ticked(session, ids) if record.enabled != on]
        for record in changed:
            record.enabled = on
            record.changed_at = runtime.now()
            verb = "model.enable" if on else "model.disable"
            provider = providers.find_by_id(session, record.provider_id)
            if provider is not None:
                record_act(session, runtime, actor, verb, record, provider, {"enabled": not on}, {"enabled": on})
        return len(changed)


def delete_many(actor: Actor, runtime: Runtime, ids: Sequence[UUID]) -> int:
    """Delete the models that are ticked, in one transaction; how many there were. A deleted default is replaced."""
    with transaction() as session:
        state = lock_catalog(session)
        buried = ticked(session, ids)
        for record in buried:
            provider = providers.find_by_id(session, record.provider_id)
            if provider is not None:
                _bury(session, runtime, actor, record, provider)
        default_model.ensure_default(session, runtime, actor, state)
        return len(buried)


def ticked(session: Session, ids: Sequence[UUID]) -> list[LanguageModelRecord]:
    """The models that are ticked and still there. Raises `Invalid` for none, and for too many."""
    if not ids:
        raise Invalid({"": "No model is ticked. Tick those that you mean."})
    if len(ids) > MOST_AT_ONCE:
        raise Invalid({"": f"At most {MOST_AT_ONCE} models are changed at once. Tick fewer."})
    return store.living_among(session, ids)


@dataclass(frozen=True)
class NewDefault:
    """A model that has become the default, and the one that was it before, if there was one."""

    model: LanguageModelView
    former_id: UUID | None = None


def make_default(
    actor: Actor, runtime: Runtime, language_model_id: UUID, *, instead_of: UUID | None = None
) -> NewDefault:
    """Make this model the default. With `instead_of`, only while that one is it: what somebody chose since stays."""
    with transaction() as session:
        state = lock_catalog(session)
        record, provider = find_living(session, language_model_id)
        if instead_of is not None and state.default_id != instead_of:
            raise Conflict("Another model has become the default since. Nothing was changed.")
        former_id = state.default_id
        default_model.make_default(session, runtime, actor, state, record)
        former = store.find(session, former_id) if former_id is not None and former_id != record.id else None
        return NewDefault(view_of(record, provider, record.id), former.id if former else None)


def step(actor: Actor, runtime: Runtime, language_model_id: UUID, *, up: bool) -> LanguageModelView:
    """Let a model change places with its neighbour within its provider; at the end of the list nothing happens."""
    with transaction() as session:
        lock_catalog(session)
        record, provider = find_living(session, language_model_id)
        neighbour = store.neighbour_of(session, record, up=up)
        if neighbour is not None:
            _take_place(session, runtime, actor, record, provider, neighbour)
        return view_of(record, provider, catalog.default_id(session))


def move(actor: Actor, runtime: Runtime, language_model_id: UUID, before: UUID | None = None) -> LanguageModelView:
    """Put a model just before another one of its provider, or behind all of them.

    Raises `Conflict` when the other one is of another provider.
    """
    with transaction() as session:
        lock_catalog(session)
        record, provider = find_living(session, language_model_id)
        other = find_living(session, before)[0] if before is not None else None
        if other is not None and other.provider_id != provider.id:
            raise Conflict(
                f"{other.display_name} is not a model of {provider.label}. Models are put in order within a provider."
            )
        place = store.place_before(session, record, other)
        if place is not None:
            _take_place(session, runtime, actor, record, provider, place)
        return view_of(record, provider, catalog.default_id(session))


def move_to_top(actor: Actor, runtime: Runtime, language_model_id: UUID) -> LanguageModelView:
    """Put a model before all others of its provider."""
    with transaction() as session:
        lock_catalog(session)
        record, provider = find_living(session, language_model_id)
        first = store.first_position(session, provider.id)
        if first is not None:
            _take_place(session, runtime, actor, record, provider, first)
        return view_of(record, provider, catalog.default_id(session))


def _take_place(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    record: LanguageModelRecord,
    provider: ProviderRecord,
    place: int,
) -> None:
    """Let a model stand where one of its provider's models stands; those between close up."""
    before = record.position
    if place != before:
        store.shift(session, record, place)
        record_act(session, runtime, actor, "model.move", record, provider, {"position": before}, {"position": place})


def delete(actor: Actor, runtime: Runtime, language_model_id: UUID) -> str:
    """Delete a model, leaving a tombstone; answers what it was called. A deleted default is replaced at once."""
    with transaction() as session:
        state = lock_catalog(session)
        record, provider = find_living(session, language_model_id)
        _bury(session, runtime, actor, record, provider)
        default_model.ensure_default(session, runtime, actor, state)
        return record.display_name


def delete_all_of(session: Session, runtime: Runtime, actor: Actor, provider: ProviderRecord) -> list[str]:
    """Delete every model of a provider inside the caller's transaction; answers their display names."""
    state = lock_catalog(session)
    buried = store.living_of(session, provider.id)
    for record in buried:
        _bury(session, runtime, actor, record, provider)
    default_model.ensure_default(session, runtime, actor, state)
    return [record.display_name for record in buried]


def _bury(
    session: Session, runtime: Runtime, actor: Actor, record: LanguageModelRecord, provider: ProviderRecord
) -> None:
    record.deleted_at = record.changed_at = runtime.now()
    record.recommended = False
    session.flush()
    store.set_aliases(session, record.id, ())
    record_act(session, runtime, actor, "model.delete", record, provider, before=identity(record))
