"""What if: the catalog as it would be after one act. Pure, so that its impact can be shown before anybody acts."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, Pin, TeamEntry
from portal.domain.contexts import Context
from portal.domain.selection import Ask, why_not_usable


def can_be_default(model: ModelEntry | None, catalog: Catalog) -> bool:
    """True for a living model that chats and is no team's own: the default answers everybody."""
    provider = catalog.providers.get(model.provider_id) if model is not None and not model.deleted else None
    return model is not None and provider is not None and model.chats and provider.team_id is None


def elect(catalog: Catalog) -> UUID | None:
    """Who becomes the default: the first usable model by position, else the first one that chats at all."""
    ordered = tuple(entry for entry in catalog.in_order() if can_be_default(entry, catalog))
    usable = (entry for entry in ordered if why_not_usable(entry, Ask(), catalog) is None)
    chosen = next(usable, ordered[0] if ordered else None)
    return chosen.id if chosen else None


def with_model_on(catalog: Catalog, model_id: UUID, *, on: bool) -> Catalog:
    """A model turned on or off. A default that is off stays the default."""
    return _with_model(catalog, model_id, enabled=on)


def without_model(catalog: Catalog, model_id: UUID) -> Catalog:
    """A model deleted: its tombstone stays for trails, and another model becomes the default where it was that."""
    return _with_default(_with_model(catalog, model_id, deleted=True))


def with_models_on(catalog: Catalog, ids: Iterable[UUID], *, on: bool) -> Catalog:
    """Several models turned on or off at once."""
    return _with_models(catalog, ids, enabled=on)


def without_models(catalog: Catalog, ids: Iterable[UUID]) -> Catalog:
    """Several models deleted at once, and another default where it was one of them."""
    return _with_default(_with_models(catalog, ids, deleted=True))


def with_models_offered(catalog: Catalog, ids: Iterable[UUID], feature: str, *, on: bool) -> Catalog:
    """Several models offered for a use, or no longer."""
    use = frozenset((feature,))
    found = [catalog.models[id] for id in ids if id in catalog.models]
    offered = {
        entry.id: replace(entry, features=entry.features | use if on else entry.features - use) for entry in found
    }
    return catalog.changed(models={**catalog.models, **offered}) if offered else catalog


def with_context(catalog: Catalog, context: Context) -> Catalog:
    """A context that asks for something else."""
    return catalog.changed(contexts={**catalog.contexts, context.name: context})


def with_owner(catalog: Catalog, provider_id: UUID, team_id: UUID | None) -> Catalog:
    """A provider of another owner: what its former team chose of it is chosen no more, nor is the default of it."""
    gone = {entry.id for entry in catalog.models.values() if entry.provider_id == provider_id}
    teams = {
        id: replace(team, default_id=None) if team.default_id in gone and id != team_id else team
        for id, team in catalog.teams.items()
    }
    after = _with_provider(catalog, provider_id, team_id=team_id).changed(teams=teams)
    holder = after.models.get(after.default_id) if after.default_id else None
    return after if can_be_default(holder, after) else with_default(after, elect(after))


def with_provider_on(catalog: Catalog, provider_id: UUID, *, on: bool) -> Catalog:
    """A provider turned on or off."""
    return _with_provider(catalog, provider_id, enabled=on)


def without_provider(catalog: Catalog, provider_id: UUID) -> Catalog:
    """A provider deleted, with its models and with the keys that anybody had for it."""
    models = {
        entry.id: replace(entry, deleted=True) if entry.provider_id == provider_id else entry
        for entry in catalog.models.values()
    }
    personal_keys = {who: held - {provider_id} for who, held in catalog.personal_keys.items()}
    gone = _with_provider(catalog, provider_id, deleted=True).changed(models=models, personal_keys=personal_keys)
    return _with_default(gone)


def with_credential(catalog: Catalog, provider_id: UUID, source: str | None) -> Catalog:
    """A provider whose shared key comes from somewhere else; `source` None: there is none any more."""
    return _with_provider(catalog, provider_id, credential=source)


def with_personal_key(catalog: Catalog, user_id: UUID, provider_id: UUID, *, held: bool = True) -> Catalog:
    """One person with or without a key of their own for a provider."""
    now = catalog.personal_keys.get(user_id, frozenset())
    after = now | {provider_id} if held else now - {provider_id}
    return catalog.changed(personal_keys={**catalog.personal_keys, user_id: after})


def with_gate(catalog: Catalog, gate: str, *, on: bool) -> Catalog:
    """A gate turned: `personal_overrides`, `personal_keys` or `ai`."""
    return catalog.changed(gates=replace(catalog.gates, **{gate: on}))


def with_patterns(catalog: Catalog, role_id: UUID, patterns: Iterable[str]) -> Catalog:
    """A role with these patterns; none at all: it reaches every model."""
    others = {id: held for id, held in catalog.patterns.items() if id != role_id}
    wanted = tuple(patterns)
    return catalog.changed(patterns={**others, role_id: wanted} if wanted else others)


def with_pin(catalog: Catalog, context: str, pin: Pin | None) -> Catalog:
    """An administrator's override set for a context, or taken away."""
    others = {name: held for name, held in catalog.admin_overrides.items() if name != context}
    return catalog.changed(admin_overrides={**others, context: pin} if pin else others)


def with_personal_pin(catalog: Catalog, user_id: UUID, context: str, pin: Pin | None) -> Catalog:
    """A person's own override set for a context, or taken away."""
    now = catalog.personal_overrides.get(user_id, {})
    others = {name: held for name, held in now.items() if name != context}
    after = {**others, context: pin} if pin else others
    return catalog.changed(personal_overrides={**catalog.personal_overrides, user_id: after})


def with_default(catalog: Catalog, model_id: UUID | None) -> Catalog:
    """Another model as the default."""
    return catalog.changed(default_id=model_id)


def with_team(catalog: Catalog, team: TeamEntry) -> Catalog:
    """A team as it would be: entitled or not, exclusive or not, with another default."""
    return catalog.changed(teams={**catalog.teams, team.id: team})


def team_changed(
    team: TeamEntry, entitled: bool | None = None, exclusive: bool | None = None, default_id: UUID | None = None
) -> TeamEntry:
    """A team with what is not None."""
    wanted = {"entitled": entitled, "exclusive": exclusive, "default_id": default_id}
    fields: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    return replace(team, **fields)


def _with_model(catalog: Catalog, model_id: UUID, **fields: Any) -> Catalog:
    entry = catalog.models.get(model_id)
    if entry is None:
        return catalog
    return catalog.with_model(replace(entry, **fields))


def _with_models(catalog: Catalog, ids: Iterable[UUID], **fields: Any) -> Catalog:
    changed = {id: replace(catalog.models[id], **fields) for id in ids if id in catalog.models}
    return catalog.changed(models={**catalog.models, **changed}) if changed else catalog


def _with_provider(catalog: Catalog, provider_id: UUID, **fields: Any) -> Catalog:
    entry = catalog.providers.get(provider_id)
    if entry is None:
        return catalog
    return catalog.changed(providers={**catalog.providers, provider_id: replace(entry, **fields)})


def _with_default(catalog: Catalog) -> Catalog:
    """The default moved on, where the model that held it is gone."""
    holder = catalog.models.get(catalog.default_id) if catalog.default_id else None
    return catalog if holder is not None and not holder.deleted else with_default(catalog, elect(catalog))
