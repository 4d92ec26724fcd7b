"""Publishing language models, changing them, and keeping exactly one the default."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain import versions
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.language_models import Draft, day, faults_of, parse_price
from portal.domain.options import parse
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.language_models import default_model, model_data
from portal.services.language_models.view import LanguageModelView, fields_of, view_of
from portal.services.runtime import Runtime
from portal.store import catalog, providers
from portal.store import language_models as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

BATCH = 250
"""How many models are published in one transaction."""

SAVED = (
    "wire_name",
    "display_name",
    "description",
    "context_limit",
    "recommended",
    "features",
    "capabilities",
    "chats",
    "effort_default",
    "effort_most",
    "output_limit",
    "retires_on",
    "options",
    "limits",
    "prices",
)
"""Only these of a draft are saved, in the order of the form; the audit trail keeps those that changed."""


def read(actor: Actor, runtime: Runtime, language_model_id: UUID) -> LanguageModelView:
    """One published model."""
    with reading() as session:
        record, provider = find_living(session, language_model_id)
        return view_of(record, provider, catalog.default_id(session), store.aliases_of(session, record.id))


def publish(actor: Actor, runtime: Runtime, provider_name: str, draft: Draft) -> LanguageModelView:
    """Publish one model on a provider. The portal's first model becomes the default."""
    with transaction() as session:
        lock_catalog(session)
        provider = providers.find(session, provider_name)
        if provider is None:
            raise Invalid({"provider": "Choose the provider that serves this model."})
        (record,) = publish_many(session, runtime, actor, provider, [draft])
        return view_of(record, provider, catalog.default_id(session))


def publish_ticked(actor: Actor, runtime: Runtime, provider_name: str, drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Publish what was ticked in a discovery; answers the display names.

    Everything is checked before the first is written. Hundreds go in batches of one transaction each, so that nobody
    else waits long.
    """
    if not drafts:
        raise Invalid({"": "No model is ticked. Tick the ones to publish."})
    with reading() as session:
        provider = _provider(session, provider_name)
        taken = store.names_of(session, provider.id)
        for draft in drafts:
            _checked(draft, provider.type)
            _take_name(provider, draft, taken)
    published: list[str] = []
    for start in range(0, len(drafts), BATCH):
        with transaction() as session:
            lock_catalog(session)
            batch = drafts[start : start + BATCH]
            records = publish_many(session, runtime, actor, _provider(session, provider_name), batch)
            published += [record.display_name for record in records]
    return tuple(published)


def turn_off_gone(actor: Actor, runtime: Runtime, provider_name: str, wire_names: Sequence[str]) -> int:
    """Disable the models that a provider no longer lists, by their model IDs; how many were on until now."""
    with transaction() as session:
        lock_catalog(session)
        provider = _provider(session, provider_name)
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
    session: Session, runtime: Runtime, actor: Actor, provider: ProviderRecord, drafts: Iterable[Draft]
) -> list[LanguageModelRecord]:
    """Publish models inside the caller's transaction, in their order. Raises when one of them cannot be."""
    state = lock_catalog(session)
    session.flush()
    taken = store.names_of(session, provider.id)
    position = store.next_position(session)
    records = []
    for draft in drafts:
        clean = _checked(draft, provider.type)
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
            **_columns(clean),
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
        state = lock_catalog(session)
        record, provider = find_living(session, language_model_id)
        clean = _checked(replace(draft, name=record.name), provider.type)
        known = store.aliases_of(session, record.id)
        stored = view_of(record, provider, None, known).draft
        versions.require(record.display_name, fields_of(stored), version)
        aliases = known if clean.aliases is None else _free_aliases(session, record.id, clean.aliases)
        before = {**_words(record), "aliases": known}
        for column, value in _columns(clean).items():
            setattr(record, column, value)
        after = {**_words(record), "aliases": aliases}
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


def _provider(session: Session, name: str) -> ProviderRecord:
    provider = providers.find(session, name)
    if provider is None:
        raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
    return provider


def _take_name(provider: ProviderRecord, draft: Draft, taken: set[str]) -> str:
    """The name that a draft gets; raises `Conflict` when a model of the provider bears it."""
    name = draft.name or draft.wire_name
    if name in taken:
        raise Conflict(f"{provider.name} already has a model named {name}. Give this one another name.")
    taken.add(name)
    return name


def _free_aliases(session: Session, language_model_id: UUID, aliases: Sequence[str]) -> list[str]:
    """These aliases, by name. Raises `Invalid` naming the model that has one of them."""
    taken = store.alias_holder(session, aliases, language_model_id)
    if taken is not None:
        alias, holder = taken
        provider = providers.find_by_id(session, holder.provider_id)
        whose = f"{provider.name}:{holder.name}" if provider else holder.name
        raise Invalid(
            {"aliases": f"{alias} is an alias of {whose} already. Take it from there first, or leave it out."}
        )
    return sorted(set(aliases))


def find_living(session: Session, language_model_id: UUID) -> tuple[LanguageModelRecord, ProviderRecord]:
    """A published model and its provider. Raises `NotFound`."""
    record = store.find(session, language_model_id)
    provider = providers.find_by_id(session, record.provider_id) if record else None
    if record is None or provider is None:
        raise NotFound("There is no such model. It may have been deleted.")
    return record, provider


def _checked(draft: Draft, type_name: str) -> Draft:
    """The draft with clean options. Raises `Invalid` naming every field that cannot be used."""
    type = TYPES[type_name]
    faults = faults_of(draft)
    options, option_faults = parse(type.dialect, draft.options, type_name=type.name, wire_name=draft.wire_name)
    faults |= option_faults
    if faults:
        raise Invalid(faults)
    return replace(
        draft,
        options=options,
        prices={name: str(parse_price(text)) for name, text in draft.prices.items()},
        display_name=" ".join(draft.display_name.replace("\0", "").split()) or draft.wire_name,
        description=draft.description.replace("\0", "").strip(),
    )


def _columns(draft: Draft) -> dict[str, Any]:
    values = {**asdict(draft), "retires_on": day(draft.retires_on) if draft.retires_on else None}
    return {column: list(values[column]) if isinstance(values[column], tuple) else values[column] for column in SAVED}


def _words(record: LanguageModelRecord) -> dict[str, Any]:
    words = {column.replace("_", " "): getattr(record, column) for column in SAVED}
    words["retires on"] = record.retires_on.isoformat() if record.retires_on else ""
    return words


def identity(record: LanguageModelRecord) -> dict[str, Any]:
    """What the audit trail keeps of a model that comes or goes, under the name that its rows have always had."""
    return {"wire name": record.wire_name}


def record_act(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    record: LanguageModelRecord,
    provider: ProviderRecord,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """The audit row of one act on a model."""
    label = f"{provider.name}:{record.name}"
    audit_trail.record(session, runtime, actor, verb, "model", str(record.id), label, before=before, after=after)
