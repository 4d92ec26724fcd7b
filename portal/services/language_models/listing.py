"""The published models as the Models page lists them: searched and filtered here, a bounded number at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, pairwise
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ANYBODY, ModelEntry, ProviderEntry
from portal.domain.contexts import Context
from portal.domain.features import offers
from portal.domain.language_models import parse_price
from portal.domain.model_facts import abilities_known, is_assumed
from portal.domain.model_search import Index
from portal.domain.people import Actor
from portal.domain.reasons import REASON_WORDS, Reason
from portal.domain.retirement import retirement_words, retires_soon
from portal.domain.selection import Ask, why_not_usable
from portal.services.language_models.failing import ModelFailing, failing_models
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog, reading_beside
from portal.store import language_models as store
from portal.store import model_cooldowns, people

PAGE = 50

ANY_USE = Ask(ANYBODY, Context("any", "Any use", "", ""))
"""An ask that wants no feature: whether a model can be used at all, for whatever it is offered for."""


@dataclass(frozen=True)
class Filter:
    """What the page's address asks for; empty means everything."""

    search: str = ""
    provider: str = ""
    capability: str = ""
    feature: str = ""
    usable: str = ""
    off: bool = False
    retiring: bool = False
    role: UUID | None = None
    page: int = 1


@dataclass(frozen=True)
class Row:
    """One model in the list. `reason` says why it cannot be used; None when it can."""

    id: UUID
    name: str
    wire_name: str
    display_name: str
    is_default: bool
    recommended: bool
    enabled: bool
    chats: bool
    capabilities: tuple[str, ...]
    context_limit: int
    price_in: Decimal | None
    price_out: Decimal | None
    reason: Reason | None
    retires: str = ""
    assumed: bool = False
    """The context limit is the portal's own guess."""
    known: bool = True
    """Whether anybody told what it can do."""
    paused_until: datetime | None = None
    """Until when a key of its provider pauses for this model alone."""
    failing: ModelFailing | None = None
    """What chats met at this model alone, while its provider answers."""

    @property
    def reason_words(self) -> str:
        return REASON_WORDS[self.reason] if self.reason else ""


@dataclass(frozen=True)
class Group:
    """The models of one provider on this page; `total` counts all that it has published.

    `following` is the model that comes after the last of the rows, whatever the filter; None when nothing does.
    """

    provider: ProviderEntry
    type: ProviderType | None
    total: int
    rows: tuple[Row, ...]
    following: UUID | None = None


@dataclass(frozen=True)
class ModelsPage:
    """A page of the list, and the providers that have published anything."""

    groups: tuple[Group, ...]
    shown: int
    matching: int
    total: int
    usable: int
    serving: int
    page: int
    pages: int
    providers: tuple[ProviderEntry, ...]
    roles: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * PAGE + self.shown


@dataclass(frozen=True)
class Availability:
    """What follows from one version of the catalog: the models by provider, and whether each can be used at all.

    `groups` come in the order of each provider's first model; `listed` are the models as the groups follow each other,
    `index` finds among them, `following` says which is next at the same provider, and `providers` are those that have
    any, by name.
    """

    groups: Mapping[UUID, tuple[ModelEntry, ...]]
    listed: tuple[ModelEntry, ...]
    index: Index
    providers: tuple[ProviderEntry, ...]
    reasons: Mapping[UUID, Reason | None]
    following: Mapping[UUID, UUID]
    usable: int
    total: int


def availability_of(catalog: Catalog) -> Availability:
    """Worked out once for each version of the catalog, so that pages and searches stay cheap."""
    found: Availability = catalog.remembered("availability", lambda _: _availability(catalog))
    return found


def _availability(catalog: Catalog) -> Availability:
    groups: dict[UUID, list[ModelEntry]] = {}
    living = catalog.in_order()
    for entry in living:
        groups.setdefault(entry.provider_id, []).append(entry)
    reasons = {entry.id: why_not_usable(entry, ANY_USE, catalog) for entry in living}
    usable = sum(reason is None for reason in reasons.values())
    listed = tuple(chain.from_iterable(groups.values()))
    return Availability(
        groups={id: tuple(group) for id, group in groups.items()},
        listed=listed,
        index=Index(catalog, listed),
        providers=tuple(sorted((catalog.providers[id] for id in groups), key=lambda entry: entry.name)),
        reasons=reasons,
        following={one.id: other.id for group in groups.values() for one, other in pairwise(group)},
        usable=usable,
        total=len(living),
    )


def list_models(actor: Actor, runtime: Runtime, filter: Filter) -> ModelsPage:
    """The models that pass the filter, grouped by provider, with the reason beside each that cannot be used."""
    today = runtime.now().date()
    with reading_beside(runtime) as (session, catalog):
        availability = availability_of(catalog)
        grouped, reasons = availability.groups, availability.reasons
        wanted = _wanted(catalog, availability, filter, today)
        pages = max(1, -(-len(wanted) // PAGE))
        page = min(max(1, filter.page), pages)
        cut = wanted[(page - 1) * PAGE : page * PAGE]
        facts = store.facts_of(session, [entry.id for entry in cut])
        roles = people.role_names(session)
        paused = model_cooldowns.paused_among(
            session, {entry.provider_id for entry in cut}, [entry.wire_name for entry in cut], runtime.now()
        )
        labels = {entry.provider_id: catalog.providers[entry.provider_id].label for entry in cut}
        failing = failing_models(session, labels, [entry.wire_name for entry in cut], runtime.now())
    shown: dict[UUID, list[Row]] = {}
    for entry in cut:
        if (of_entry := facts.get(entry.id)) is not None:
            until = paused.get((entry.provider_id, entry.wire_name)) if paused else None
            fails = failing.get((entry.provider_id, entry.wire_name)) if failing else None
            row = _row(entry, of_entry, catalog, reasons[entry.id], today, until, fails)
            shown.setdefault(entry.provider_id, []).append(row)
    groups = tuple(
        Group(
            provider=catalog.providers[provider_id],
            type=TYPES.get(catalog.providers[provider_id].type),
            total=len(grouped[provider_id]),
            rows=tuple(rows),
            following=availability.following.get(rows[-1].id),
        )
        for provider_id, rows in shown.items()
    )
    return ModelsPage(
        groups=groups,
        shown=sum(map(len, shown.values())),
        matching=len(wanted),
        total=availability.total,
        usable=availability.usable,
        serving=len(grouped),
        page=page,
        pages=pages,
        providers=availability.providers,
        roles=roles,
    )


@dataclass(frozen=True)
class Stretch:
    """Some models of the list, as they follow each other. `end` is where the next stretch begins; None at the end."""

    entries: tuple[ModelEntry, ...]
    catalog: Catalog
    facts: Mapping[UUID, store.ListedFacts]
    reasons: Mapping[UUID, Reason | None]
    end: tuple[int, UUID] | None


def list_stretch(
    actor: Actor, runtime: Runtime, filter: Filter, *, after: tuple[int, UUID] | None = None, size: int = PAGE
) -> Stretch:
    """So many of the models that pass the filter, behind the one at this place, or what took its place since."""
    with reading_beside(runtime) as (session, catalog):
        availability = availability_of(catalog)
        wanted = _wanted(catalog, availability, filter, runtime.now().date())
        start = _behind(wanted, after) if after else 0
        cut = tuple(wanted[start : start + size])
        facts = store.facts_of(session, [entry.id for entry in cut])
    more = start + len(cut) < len(wanted)
    end = (start + len(cut) - 1, cut[-1].id) if cut and more else None
    return Stretch(cut, catalog, facts, availability.reasons, end)


def _behind(wanted: Sequence[ModelEntry], after: tuple[int, UUID]) -> int:
    place, id = after
    if 0 <= place < len(wanted) and wanted[place].id == id:
        return place + 1
    found = next((at for at, entry in enumerate(wanted) if entry.id == id), None)
    return found + 1 if found is not None else max(0, min(place, len(wanted)))


def connected(actor: Actor, runtime: Runtime) -> tuple[ProviderEntry, ...]:
    """Every provider there is, by name: what a form offers to choose from."""
    entries = (entry for entry in current_catalog(runtime).providers.values() if not entry.deleted)
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _wanted(catalog: Catalog, availability: Availability, filter: Filter, today: date) -> Sequence[ModelEntry]:
    """The models that pass every filter that is set; nothing walks over all of them where none is."""
    models: Iterable[ModelEntry] = availability.index.matching(filter.search)
    if filter.provider:
        called = {id for id, provider in catalog.providers.items() if provider.name == filter.provider}
        models = (entry for entry in models if entry.provider_id in called)
    if filter.capability:
        models = (entry for entry in models if filter.capability in entry.capabilities)
    if filter.feature:
        models = (entry for entry in models if offers(entry.features, filter.feature))
    if filter.usable:
        models = (entry for entry in models if (filter.usable == "yes") == (availability.reasons[entry.id] is None))
    if filter.role and (reach := catalog.reach(frozenset({filter.role}))) is not None:
        models = (entry for entry in models if entry.id in reach)
    if filter.off:
        models = (entry for entry in models if not entry.enabled)
    if filter.retiring:
        models = (entry for entry in models if retires_soon(entry.retires_on, today))
    return models if isinstance(models, Sequence) else list(models)


@lru_cache(1024)
def _price(text: object) -> Decimal | None:
    """A stored price. The models of a page share a few."""
    return parse_price(str(text)) if text is not None else None


def _row(
    entry: ModelEntry,
    facts: store.ListedFacts,
    catalog: Catalog,
    reason: Reason | None,
    today: date,
    paused_until: datetime | None,
    failing: ModelFailing | None,
) -> Row:
    return Row(
        id=entry.id,
        name=entry.name,
        wire_name=entry.wire_name,
        display_name=entry.display_name,
        is_default=entry.id == catalog.default_id,
        recommended=entry.recommended,
        enabled=entry.enabled,
        chats=entry.chats,
        capabilities=tuple(sorted(entry.capabilities)),
        context_limit=entry.context_limit,
        price_in=_price(facts.price_in),
        price_out=_price(facts.price_out),
        reason=reason,
        retires=retirement_words(entry.retires_on, today),
        assumed=is_assumed(facts.sources),
        known=abilities_known(facts.sources),
        paused_until=paused_until,
        failing=failing,
    )
