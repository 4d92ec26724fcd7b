"""Choosing a model for somebody: the newest catalog, the pure decision, and the choices a selector offers."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from weakref import WeakKeyDictionary

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, Person, ProviderEntry
from portal.domain.contexts import Context
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.domain.reasons import Reason
from portal.domain.retirement import retirement_words
from portal.domain.selection import Ask, Refusal, Selection, select, usable, why_not_usable
from portal.services.keys import credentials
from portal.services.runtime import Runtime
from portal.store import catalog as stored
from portal.store.base import Session, reading
from portal.vault import Vault


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
    retires_on: date | None = None
    reasons: bool = False

    @property
    def label(self) -> str:
        return f"[{self.provider_label}] {self.display_name}"

    def label_on(self, today: date) -> str:
        """The label with a word on when the model goes, if that is soon."""
        words = retirement_words(self.retires_on, today)
        return f"{self.label} – {words}" if words else self.label


@dataclass(frozen=True)
class ChoiceGroup:
    """The usable models of one provider, in order."""

    provider_id: UUID
    provider_name: str
    provider_label: str
    provider_type: str
    choices: tuple[Choice, ...]


_resolved: WeakKeyDictionary[Vault, tuple[stored.Snapshot, Mapping[str, str], Catalog]] = WeakKeyDictionary()


def current_catalog(runtime: Runtime) -> Catalog:
    """Everything that selection reads, as it is now in the database.

    What follows from one version is worked out once in a process: while nothing changed, this is one cheap read.
    """
    return _worked_out(runtime, stored.newest())


@contextmanager
def reading_beside(runtime: Runtime) -> Iterator[tuple[Session, Catalog]]:
    """A session for whoever reads more than the catalog, and the catalog, as new as any page's.

    It costs one cheap query more in there. A newer one is read and worked out before another session is opened.
    """
    catalog = known_catalog(runtime)
    with reading() as session:
        if stored.version_in(session) == catalog.version:
            yield session, catalog
            return
    catalog = current_catalog(runtime)
    with reading() as session:
        yield session, catalog


def known_catalog(runtime: Runtime) -> Catalog:
    """The same as this process knows it: no read. Its version is to be compared with the database’s first."""
    return _worked_out(runtime, stored.known())


def _worked_out(runtime: Runtime, snapshot: stored.Snapshot) -> Catalog:
    known = _resolved.get(runtime.vault)
    if known is not None and known[0] is snapshot and known[1] == runtime.environment:
        return known[2]
    catalog, complete = _resolve(runtime, snapshot)
    if complete:
        _resolved[runtime.vault] = snapshot, dict(runtime.environment), catalog
    return catalog


def resolve(runtime: Runtime, snapshot: stored.Snapshot) -> Catalog:
    """A snapshot as selection needs it: with each provider's credential looked up, and whose personal keys exist."""
    return _resolve(runtime, snapshot)[0]


def _resolve(runtime: Runtime, snapshot: stored.Snapshot) -> tuple[Catalog, bool]:
    """The catalog, and whether it may be kept: a key under a master key that is not at hand may open a moment later."""
    named = (
        {(entry.provider_id, entry.name): entry.id for entry in snapshot.models.values() if not entry.deleted}
        if any(facts.default_model for facts in snapshot.providers)
        else {}
    )
    providers = {
        facts.id: ProviderEntry(
            id=facts.id,
            name=facts.name,
            label=facts.label,
            type=facts.type,
            enabled=facts.enabled,
            deleted=facts.deleted,
            credential=credentials.source(
                runtime, facts.type, facts.destination, facts.keys, facts.headers, facts.team_id
            ),
            team_id=facts.team_id,
            default_id=named.get((facts.id, facts.default_model)) if facts.default_model else None,
        )
        for facts in snapshot.providers
    }
    destinations = {facts.id: facts.destination for facts in snapshot.providers}
    personal = {
        user_id: frozenset(
            provider_id
            for provider_id, key in keys.items()
            if credentials.would_open(runtime, key, destinations.get(provider_id, ""))
        )
        for user_id, keys in snapshot.personal_keys.items()
    }
    used = {key.master_key_id for facts in snapshot.providers for key in (*facts.keys, *facts.headers)}
    used |= {key.master_key_id for keys in snapshot.personal_keys.values() for key in keys.values()}
    catalog = Catalog(
        version=snapshot.version,
        providers=providers,
        models=snapshot.models,
        default_id=snapshot.default_id,
        gates=snapshot.gates,
        contexts=snapshot.contexts,
        admin_overrides=snapshot.admin_overrides,
        personal_overrides=snapshot.personal_overrides,
        personal_keys=personal,
        patterns=snapshot.patterns,
        teams=snapshot.teams,
        aliases=snapshot.aliases,
    )
    return catalog, all(runtime.vault.knows(id) for id in used)


def person(actor: Actor) -> Person:
    """Who asks, as selection knows them."""
    user = actor.end_user
    if user is None:
        return Person(actor.id, actor.role_ids, actor.team_id)
    return Person(actor.id, actor.role_ids, actor.team_id, patterns=user.patterns, ceiling=user.ceiling)


def choose(
    runtime: Runtime,
    actor: Actor,
    context: str = "root",
    chat_model_id: UUID | None = None,
    explicit: UUID | None = None,
    *,
    provider_id: UUID | None = None,
    effort: str = "",
) -> Selection | Refusal:
    """The model that answers this person now, or why none does. Raises `NotFound` for a context that nobody made."""
    catalog = current_catalog(runtime)
    return choose_from(catalog, actor, context, chat_model_id, explicit, provider_id=provider_id, effort=effort)


def choose_from(
    catalog: Catalog,
    actor: Actor,
    context: str = "root",
    chat_model_id: UUID | None = None,
    explicit: UUID | None = None,
    *,
    provider_id: UUID | None = None,
    effort: str = "",
) -> Selection | Refusal:
    """The same by a catalog that is at hand."""
    ask = Ask(person(actor), context_of(catalog, context), chat_model_id, explicit, provider_id, effort)
    return select(ask, catalog)


def usable_models(runtime: Runtime, actor: Actor, context: str = "root") -> tuple[ChoiceGroup, ...]:
    """What this person may choose from, grouped by provider; groups and models in order of position."""
    catalog = current_catalog(runtime)
    return tuple(
        group_of(catalog, provider_id, models)
        for provider_id, models in usable(Ask(person(actor), context_of(catalog, context)), catalog)
    )


def why_not(
    runtime: Runtime, actor: Actor, language_model_id: UUID, context: str = "root", catalog: Catalog | None = None
) -> Reason | None:
    """What keeps this person from using this model; None when nothing does."""
    catalog = catalog or current_catalog(runtime)
    ask = Ask(person(actor), context_of(catalog, context))
    return why_not_usable(catalog.models.get(language_model_id), ask, catalog)


def context_of(catalog: Catalog, name: str) -> Context:
    """The context of that name. Raises `NotFound`."""
    known = catalog.contexts.get(name)
    if known is None:
        raise NotFound(f"There is no context called {name}.")
    return known


def group_of(catalog: Catalog, provider_id: UUID, models: Iterable[ModelEntry]) -> ChoiceGroup:
    """These models of one provider as a selector shows them."""
    provider = catalog.providers[provider_id]
    return ChoiceGroup(
        provider_id=provider.id,
        provider_name=provider.name,
        provider_label=provider.label,
        provider_type=provider.type,
        choices=tuple(choice_of(catalog, model) for model in models),
    )


def choice_of(catalog: Catalog, model: ModelEntry) -> Choice:
    """One model as a selector shows it, whether or not it can be used."""
    provider = catalog.providers[model.provider_id]
    return Choice(
        id=model.id,
        name=model.name,
        display_name=model.display_name,
        wire_name=model.wire_name,
        provider_name=provider.name,
        provider_label=provider.label,
        context_limit=model.context_limit,
        recommended=model.recommended,
        is_default=model.id == catalog.default_id,
        retires_on=model.retires_on,
        reasons="reasoning" in model.capabilities,
    )
