"""The published models as the Models page lists them: searched and filtered here, a bounded number at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.catalog import ANYBODY
from portal.domain.contexts import Context
from portal.domain.features import offers
from portal.domain.language_models import parse_price
from portal.domain.people import Actor
from portal.domain.reasons import REASON_WORDS, Reason
from portal.domain.selection import Ask, Catalog, ModelEntry, ProviderEntry, why_not_usable
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog
from portal.store import language_models as store
from portal.store.base import reading

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
    page: int = 1


@dataclass(frozen=True)
class Row:
    """One model in the list. `reason` says why it cannot be used; None when it can."""

    id: UUID
    name: str
    wire_name: str
    display_name: str
    description: str
    is_default: bool
    recommended: bool
    enabled: bool
    chats: bool
    capabilities: tuple[str, ...]
    context_limit: int
    price_in: Decimal | None
    price_out: Decimal | None
    tuned: int
    reason: Reason | None

    @property
    def reason_words(self) -> str:
        return REASON_WORDS[self.reason] if self.reason else ""


@dataclass(frozen=True)
class Group:
    """The models of one provider on this page; `total` counts all that it has published."""

    provider: ProviderEntry
    type: ProviderType | None
    total: int
    rows: tuple[Row, ...]


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

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1 if self.shown else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * PAGE + self.shown


def list_models(actor: Actor, runtime: Runtime, filter: Filter) -> ModelsPage:
    """The models that pass the filter, grouped by provider, with the reason beside each that cannot be used."""
    catalog = current_catalog(runtime)
    living = catalog.in_order()
    reasons = {entry.id: why_not_usable(entry, ANY_USE, catalog) for entry in living}
    grouped = _grouped(living)
    wanted = [entry for group in grouped.values() for entry in group if _passes(entry, filter, catalog, reasons)]
    pages = max(1, -(-len(wanted) // PAGE))
    page = min(max(1, filter.page), pages)
    cut = wanted[(page - 1) * PAGE : page * PAGE]
    with reading() as session:
        facts = store.facts_of(session, [entry.id for entry in cut])
    rows = [
        (entry.provider_id, _row(entry, facts[entry.id], catalog, reasons[entry.id]))
        for entry in cut
        if entry.id in facts
    ]
    groups = tuple(
        Group(
            provider=catalog.providers[provider_id],
            type=TYPES.get(catalog.providers[provider_id].type),
            total=len(grouped[provider_id]),
            rows=tuple(row for of, row in rows if of == provider_id),
        )
        for provider_id in dict.fromkeys(of for of, _ in rows)
    )
    return ModelsPage(
        groups=groups,
        shown=len(rows),
        matching=len(wanted),
        total=len(living),
        usable=sum(reason is None for reason in reasons.values()),
        serving=len(grouped),
        page=page,
        pages=pages,
        providers=tuple(
            sorted((catalog.providers[provider_id] for provider_id in grouped), key=lambda entry: entry.name)
        ),
    )


def connected(actor: Actor, runtime: Runtime) -> tuple[ProviderEntry, ...]:
    """Every provider there is, by name: what a form offers to choose from."""
    entries = (entry for entry in current_catalog(runtime).providers.values() if not entry.deleted)
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _grouped(living: Sequence[ModelEntry]) -> dict[UUID, list[ModelEntry]]:
    """By provider, in the order of each provider's first model."""
    groups: dict[UUID, list[ModelEntry]] = {}
    for entry in living:
        groups.setdefault(entry.provider_id, []).append(entry)
    return groups


def _passes(entry: ModelEntry, filter: Filter, catalog: Catalog, reasons: dict[UUID, Reason | None]) -> bool:
    provider = catalog.providers[entry.provider_id]
    haystack = f"{entry.display_name}\n{entry.name}\n{entry.wire_name}\n{provider.name}\n{provider.label}".casefold()
    tests: tuple[Callable[[], bool], ...] = (
        lambda: all(word in haystack for word in filter.search.casefold().split()),
        lambda: not filter.provider or provider.name == filter.provider,
        lambda: not filter.capability or filter.capability in entry.capabilities,
        lambda: offers(entry.features, filter.feature),
        lambda: not filter.usable or (filter.usable == "yes") == (reasons[entry.id] is None),
    )
    return all(test() for test in tests)


def _row(entry: ModelEntry, facts: store.ListedFacts, catalog: Catalog, reason: Reason | None) -> Row:
    def price(name: str) -> Decimal | None:
        text = facts.prices.get(name)
        return parse_price(str(text)) if text is not None else None

    return Row(
        id=entry.id,
        name=entry.name,
        wire_name=entry.wire_name,
        display_name=entry.display_name,
        description=facts.description,
        is_default=entry.id == catalog.default_id,
        recommended=entry.recommended,
        enabled=entry.enabled,
        chats=entry.chats,
        capabilities=tuple(sorted(entry.capabilities)),
        context_limit=entry.context_limit,
        price_in=price("input"),
        price_out=price("output"),
        tuned=len(facts.options),
        reason=reason,
    )
