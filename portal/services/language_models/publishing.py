"""Publishing language models, changing them, and keeping exactly one the default."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain import versions
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.language_models import Draft, borrowed_fault, faults_of, parse_price
from portal.domain.model_facts import Facts, prefilled, sources_after
from portal.domain.options import parse
from portal.domain.people import Actor
from portal.domain.typed_text import looks_secret
from portal.services.language_models import default_model, model_data, prefilling
from portal.services.language_models.records import columns_of, find_living, identity, record_act, words_of
from portal.services.language_models.view import LanguageModelView, draft_of, fields_of, view_of
from portal.services.people import team_rights
from portal.services.runtime import Runtime
from portal.store import catalog, provider_listings, providers
from portal.store import language_models as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.providers import ProviderRecord

BATCH = 250
"""How many models are published in one transaction."""


def read(actor: Actor, runtime: Runtime, language_model_id: UUID) -> LanguageModelView:
    """One published model."""
    with reading() as session:
        record, provider = find_living(session, language_model_id)
        return view_of(record, provider, catalog.default_id(session), store.aliases_of(session, record.id))


def publish(
    actor: Actor, runtime: Runtime, provider_name: str, draft: Draft, *, typed: Collection[str] | None = None
) -> LanguageModelView:
    """Publish one model on a provider. The portal's first model becomes the default.

    With `typed`, the names of the facts that somebody typed, all others are filled in with what is known: from the
    provider's last listing, then from public data.
    """
    with transaction() as session:
        lock_catalog(session)
        provider = providers.find(session, provider_name)
        if provider is None:
            raise Invalid({"provider": "Choose the provider that serves this model."})
        if typed is not None:
            _checked(draft, provider.type)  # before what cannot be read is taken for what is not known
            draft = prefilled(draft, _known(session, provider, draft.wire_name), frozenset(typed))
        (record,) = publish_many(session, runtime, actor, provider, [draft])
        return view_of(record, provider, catalog.default_id(session))


def known_of(actor: Actor, runtime: Runtime, provider_name: str, wire_name: str) -> Draft:
    """A model that is not published yet, with what would be filled in of it, each fact with its source."""
    with reading() as session:
        provider = providers.find(session, provider_name)
        facts = _known(session, provider, wire_name) if provider is not None and wire_name else {}
        return prefilled(Draft(wire_name), facts)


def publish_ticked(actor: Actor, runtime: Runtime, provider_name: str, drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Publish what was ticked in a discovery; answers the display names.

    Everything is checked before the first is written. Hundreds go in batches of one transaction each, so that nobody
    else waits long.
    """
    if not drafts:
        raise Invalid({"": "No model is ticked. Tick the ones to publish."})
    with reading() as session:
        provider = _provider(session, actor, provider_name)
        taken = store.names_of(session, provider.id)
        for draft in drafts:
            _checked_row(draft, provider.type)
            _take_name(provider, draft, taken)
    published: list[str] = []
    for start in range(0, len(drafts), BATCH):
        with transaction() as session:
            lock_catalog(session)
            batch = drafts[start : start + BATCH]
            records = publish_many(session, runtime, actor, _provider(session, actor, provider_name), batch)
            published += [record.display_name for record in records]
    return tuple(published)


def turn_off_gone(actor: Actor, runtime: Runtime, provider_name: str, wire_names: Sequence[str]) -> int:
    """Disable the models that a provider no longer lists, by their model IDs; how many were on until now."""
    with transaction() as session:
        lock_catalog(session)
        provider = _provider(session, actor, provider_name)
        gone = [
            record
            for record in store.living_of(session, provider.id)
            if record.enabled and record.wire_name in wire_names
        ]
        for record in gone:
            record.enabled = False
            record.changed_at = runtime.now()
            record_act(
                session,
                runtime,
                actor,
                "model.disable",
                record,
                provider,
                before={"enabled": True},
                after={"enabled": False},
            )
        return len(gone)


def publish_many(
    session: Session, runtime: Runtime, actor: Actor, provider: ProviderRecord, drafts: Sequence[Draft]
) -> list[LanguageModelRecord]:
    """Publish models inside the caller's transaction, in their order. Raises when one of them cannot be."""
    state = lock_catalog(session)
    session.flush()
    taken = store.names_of(session, provider.id)
    position = store.next_position(session)
    records = []
    for draft in drafts:
        clean = (_checked_row if len(drafts) > 1 else _checked)(draft, provider.type)
        name = _take_name(provider, clean, taken)
        now = runtime.now()
        record = LanguageModelRecord(
            id=uuid4(),
            provider_id=provider.id,
            name=name,
            enabled=clean.enabled,
            position=position + len(records),
            created_at=now,
            created_by=actor.label,
            changed_at=now,
            **columns_of(clean),
        )
        session.add(record)
        session.flush()
        if clean.aliases:
            store.set_aliases(session, record.id, _free_aliases(session, record.id, clean.aliases))
        if record.recommended:
            store.clear_recommendation(session, record.id)
        record_act(session, runtime, actor, "model.publish", record, provider, after=identity(record))
        records.append(record)
    if records:
        default_model.ensure_default(session, runtime, actor, state)
    return records


def default_drafts(type: ProviderType) -> tuple[Draft, ...]:
    """What a new provider of this type gets when nobody ticks or lists a model."""
    return tuple(model_data.draft_of(type.name, name) for name in type.default_models)


def change(actor: Actor, runtime: Runtime, language_model_id: UUID, draft: Draft, version: str) -> LanguageModelView:
    """Change a model. Raises `Outdated` when its form was not drawn from what is stored now."""
    with transaction() as session:
        return change_in(session, lock_catalog(session), actor, runtime, language_model_id, draft, version)


def change_in(
    session: Session,
    state: CatalogStateRecord,
    actor: Actor,
    runtime: Runtime,
    language_model_id: UUID,
    draft: Draft,
    version: str | None = None,
) -> LanguageModelView:
    """The same inside the caller's transaction, which holds the catalog's row. Without a version none is compared."""
    record, provider = find_living(session, language_model_id)
    clean = _checked(replace(draft, name=record.name), provider.type)
    known = store.aliases_of(session, record.id)
    stored = view_of(record, provider, None, known).draft
    if version is not None:
        versions.require(record.display_name, fields_of(stored), version)
    aliases = known if clean.aliases is None else _free_aliases(session, record.id, clean.aliases)
    before = {**words_of(record), "aliases": known}
    clean = replace(clean, sources=sources_after(draft_of(record), clean))
    for column, value in columns_of(clean).items():
        setattr(record, column, value)
    after = {**words_of(record), "aliases": aliases}
    differing = [key for key in after if after[key] != before[key]]
    if differing:
        record.changed_at = runtime.now()
        session.flush()
        store.set_aliases(session, record.id, aliases)
        if record.recommended:
            store.clear_recommendation(session, record.id)
        default_model.ensure_default(session, runtime, actor, state)
        record_act(
            session,
            runtime,
            actor,
            "model.change",
            record,
            provider,
            before={key: before[key] for key in differing},
            after={key: after[key] for key in differing},
        )
    return view_of(record, provider, catalog.default_id(session), aliases)


def _known(session: Session, provider: ProviderRecord, wire_name: str) -> Facts:
    told = provider_listings.told_of(session, provider.id, wire_name)
    return prefilling.facts_of(provider.type, wire_name, prefilling.from_kept(told))


def _provider(session: Session, actor: Actor, name: str) -> ProviderRecord:
    provider = providers.find(session, name)
    if provider is None:
        raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
    team_rights.require_own(session, actor, provider.team_id)
    return provider


def _take_name(provider: ProviderRecord, draft: Draft, taken: set[str]) -> str:
    """The name that a draft gets; raises `Conflict` when a model of the provider bears it."""
    name = draft.name or draft.wire_name
    if name in taken:
        raise Conflict(f"{provider.label} already has a model named {name}. Give this one another name.")
    taken.add(name)
    return name


def _free_aliases(session: Session, language_model_id: UUID, aliases: Sequence[str]) -> list[str]:
    """These aliases, by name. Raises `Invalid` naming the model that has one of them."""
    taken = store.alias_holder(session, aliases, language_model_id)
    if taken is not None:
        alias, holder = taken
        provider = providers.find_by_id(session, holder.provider_id)
        whose = f"{holder.display_name} on {provider.label}" if provider else holder.display_name
        raise Invalid(
            {"aliases": f"{alias} is an alias of {whose} already. Take it from there first, or leave it out."}
        )
    return sorted(set(aliases))


def _checked_row(draft: Draft, type_name: str) -> Draft:
    """The same for one of several, which the sentence names unless its name is what may not be repeated."""
    try:
        return _checked(draft, type_name)
    except Invalid as invalid:
        if looks_secret(draft.wire_name):
            raise
        named = {name: f"{draft.wire_name[:80]}: {said}" for name, said in invalid.faults.items()}
        raise Invalid(named) from invalid


def _checked(draft: Draft, type_name: str) -> Draft:
    """The draft with clean options. Raises `Invalid` naming every field that cannot be used."""
    type = TYPES[type_name]
    faults = faults_of(draft)
    if not draft.listed and (fault := borrowed_fault(type.name, type.label, draft.wire_name)):
        faults.setdefault("wire_name", fault)
    options, option_faults = parse(type.dialect, draft.options, type_name=type.name, wire_name=draft.wire_name)
    faults |= option_faults
    if faults:
        raise Invalid(faults)
    return replace(
        draft,
        options=options,
        prices=model_data.as_text({name: parse_price(text) or Decimal(0) for name, text in draft.prices.items()}),
        display_name=" ".join(draft.display_name.replace("\0", "").split()) or draft.wire_name,
        description=draft.description.replace("\0", "").strip(),
    )
