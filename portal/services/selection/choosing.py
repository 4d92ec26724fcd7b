"""Choosing a model for somebody: the newest catalog, the pure decision, and the choices a selector offers."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.contexts import CONTEXTS
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.domain.reasons import Reason
from portal.domain.selection import Ask, Catalog, ModelEntry, ProviderEntry, Refusal, Selection, select, why_not_usable
from portal.services.keys import credentials
from portal.services.runtime import Runtime
from portal.store import catalog as stored


@dataclass(frozen=True)
class Choice:
    """One model in the selector."""

    id: UUID
    name: str
    display_name: str
    wire_name: str
    provider_name: str
    provider_label: str
    context_limit: int
    recommended: bool
    is_default: bool

    @property
    def label(self) -> str:
        return f"[{self.provider_label}] {self.display_name}"


@dataclass(frozen=True)
class ChoiceGroup:
    """The usable models of one provider, in order."""

    provider_id: UUID
    provider_name: str
    provider_label: str
    provider_type: str
    choices: tuple[Choice, ...]


def current_catalog(runtime: Runtime) -> Catalog:
    """Everything that selection reads, as it is now in the database."""
    return resolve(runtime, stored.newest())


def resolve(runtime: Runtime, snapshot: stored.Snapshot) -> Catalog:
    """A snapshot as selection needs it: with each provider's credential looked up."""
    providers = {
        facts.id: ProviderEntry(
            id=facts.id,
            name=facts.name,
            label=facts.label,
            type=facts.type,
            enabled=facts.enabled,
            deleted=facts.deleted,
            credential=credentials.source(runtime, facts.type, facts.destination, facts.keys, facts.headers),
        )
        for facts in snapshot.providers
    }
    return Catalog(snapshot.version, providers, snapshot.models, snapshot.default_id)


def choose(
    runtime: Runtime,
    actor: Actor,
    context: str = "root",
    chat_model_id: UUID | None = None,
    explicit: UUID | None = None,
) -> Selection | Refusal:
    """The model that answers this person now, or why none does."""
    return select(_ask(actor, context, chat_model_id, explicit), current_catalog(runtime))


def usable_models(runtime: Runtime, actor: Actor, context: str = "root") -> tuple[ChoiceGroup, ...]:
    """What this person may choose from, grouped by provider; groups and models in order of position."""
    catalog = current_catalog(runtime)
    ask = _ask(actor, context)
    grouped: dict[UUID, list[ModelEntry]] = {}
    for model in catalog.in_order():
        if why_not_usable(model, ask, catalog) is None:
            grouped.setdefault(model.provider_id, []).append(model)
    return tuple(_group(catalog, provider_id, models) for provider_id, models in grouped.items())


def why_not(
    runtime: Runtime, actor: Actor, language_model_id: UUID, context: str = "root", catalog: Catalog | None = None
) -> Reason | None:
    """What keeps this person from using this model; None when nothing does."""
    catalog = catalog or current_catalog(runtime)
    return why_not_usable(catalog.models.get(language_model_id), _ask(actor, context), catalog)


def _ask(actor: Actor, context: str, chat_model_id: UUID | None = None, explicit: UUID | None = None) -> Ask:
    # The actor will bring roles' model access and a team; today every person reaches every model.
    known = CONTEXTS.get(context)
    if known is None:
        raise NotFound(f"There is no context called {context}.")
    return Ask(who=actor.id, context=known, chat_model_id=chat_model_id, explicit_id=explicit)


def _group(catalog: Catalog, provider_id: UUID, models: list[ModelEntry]) -> ChoiceGroup:
    provider = catalog.providers[provider_id]
    return ChoiceGroup(
        provider_id=provider.id,
        provider_name=provider.name,
        provider_label=provider.label,
        provider_type=provider.type,
        choices=tuple(
            Choice(
                id=model.id,
                name=model.name,
                display_name=model.display_name,
                wire_name=model.wire_name,
                provider_name=provider.name,
                provider_label=provider.label,
                context_limit=model.context_limit,
                recommended=model.recommended,
                is_default=model.id == catalog.default_id,
            )
            for model in models
        ),
    )
