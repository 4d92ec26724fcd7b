"""Asking a provider which models it serves, and comparing its answer with what is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from portal.dialects import DIALECTS
from portal.dialects.base import Limits, Listing
from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError, sentence
from portal.domain.language_models import Draft, parse_price
from portal.domain.model_facts import PRICE, Source, Value
from portal.domain.people import Actor
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import endpoints
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.language_models import prefilling, refreshing
from portal.services.runtime import Runtime
from portal.services.upstream import listing as upstream_listing
from portal.services.upstream.behind import may_be_unlisted
from portal.store import language_models as store
from portal.store import provider_listings as listings_store
from portal.store import providers as providers_store
from portal.store.base import reading, transaction
from portal.store.language_models import Published

PATIENCE = Limits(connect=5, read=15, total=30, body=8_000_000)
"""A listing may be long and slow, but a person waits for it."""

NO_LISTING = "This kind of provider does not list its models. Type the names of those you use."
EMPTY_LISTING = "The provider answers, and lists no models. Type the names of those you use."
OPEN_LISTING = "Such a list may be open to everybody, so it says nothing about the key. Test it as well."


class State(StrEnum):
    """How a listed model compares with what is published. `GONE`: published here, and no longer listed there."""

    NEW = "new"
    PUBLISHED = "published"
    GONE = "gone"


@dataclass(frozen=True)
class Listed:
    """One model of a listing. `draft` is what publishing it as it stands would publish, each fact with its source.

    `retired`: listed, but to go soon. `enabled` is of a published one. `responses_only`: it answers to an API that
    chats do not speak.
    """

    draft: Draft
    state: State
    retired: bool = False
    enabled: bool = True
    responses_only: bool = False

    @property
    def wire_name(self) -> str:
        return self.draft.wire_name

    @property
    def display_name(self) -> str:
        return self.draft.display_name or self.draft.wire_name

    @property
    def context_limit(self) -> int:
        return self.draft.context_limit

    @property
    def limit_from(self) -> str:
        """Whose word the context limit is, by `Source`; "" where nobody knows."""
        return self.draft.sources.get("context_limit", "")

    @property
    def prices(self) -> dict[str, Decimal]:
        """USD per 1M tokens; one that somebody typed and that is none is left out."""
        found = ((name, parse_price(text)) for name, text in self.draft.prices.items())
        return {name: amount for name, amount in found if amount is not None}

    @property
    def prices_from(self) -> str:
        """Whose word the prices are, by `Source`: they are one list, never a mix."""
        found = (self.draft.sources.get(PRICE + name) for name in self.draft.prices)
        return next((source for source in found if source), "")

    @property
    def chat(self) -> bool:
        """False when it probably does not chat."""
        return self.draft.chats

    @property
    def assumed(self) -> bool:
        """True when the context limit is the portal's guess."""
        return self.limit_from == Source.ASSUMED

    @property
    def listed(self) -> bool:
        """Whether the provider names it."""
        return self.state is not State.GONE

    @property
    def offered(self) -> bool:
        """Whether it is one of those that people look for: it chats, and stays."""
        return self.chat and not self.retired


@dataclass(frozen=True)
class Discovery:
    """What a provider listed. `sentence` says what is to be said: a fault, or why there is nothing to tick.

    With a `fault` the rows are the usual models of such a provider, for those whose list may not be read.

    `note` is what is to be known about such a listing. `names_needed`: what is listed is not what can be asked, so
    names are to be typed. `told` is what the listing says of each model, and `refreshed` how many published models it
    filled in.
    """

    provider_name: str
    provider_label: str
    rows: tuple[Listed, ...] = ()
    fault: Fault | None = None
    sentence: str = ""
    can_list: bool = True
    note: str = ""
    names_needed: bool = False
    discovered_at: datetime | None = None
    told: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    refreshed: int = 0

    @property
    def assumed(self) -> bool:
        """Whether any context limit is a guess."""
        return any(row.assumed and row.state is State.NEW for row in self.rows)

    @property
    def suggested(self) -> bool:
        """Whether any number of a new row comes from public data, and not from the provider."""
        told = ((row.limit_from, row.prices_from) for row in self.rows if row.state is State.NEW)
        return any(Source.PUBLIC in pair for pair in told)

    @property
    def offered(self) -> tuple[Listed, ...]:
        """The rows that are shown at once: models that chat, and what is published here."""
        return tuple(row for row in self.rows if row.offered or row.state is not State.NEW)

    @property
    def to_publish(self) -> tuple[str, ...]:
        """The names that can be published as they are listed; none where what is listed is not what can be asked."""
        return () if self.names_needed else tuple(row.wire_name for row in self.rows if row.offered and row.listed)

    @property
    def others(self) -> tuple[Listed, ...]:
        """The rest: what probably does not chat, or goes soon."""
        return tuple(row for row in self.rows if not row.offered and row.state is State.NEW)

    @property
    def gone(self) -> tuple[Listed, ...]:
        """What is published and on here, and no longer listed there."""
        return tuple(row for row in self.rows if row.state is State.GONE and row.enabled)

    @property
    def listed(self) -> int:
        return len(self.rows) - self.count(State.GONE)

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)


def discover(actor: Actor, runtime: Runtime, provider_id: UUID) -> Discovery:
    """List a saved provider's models with its own key, and mark each as new, published or gone."""
    with reading() as session:
        provider = providers_store.find_by_id(session, provider_id)
        if provider is None:
            raise NotFound
        published = store.published_on(session, provider_id)
        type, name, label = TYPES.get(provider.type), provider.name, provider.label
        before = provider.discovered_at

    def ask(resolved: ResolvedEndpoint) -> tuple[Discovery, Fault | None]:
        listed = _list(runtime, resolved, published)
        return listed, listed.fault

    try:
        proves = type is not None and type.listing_proves_key
        _, found = key_cooldown.through(runtime, provider_id, ask, proves=proves, listing=True)
    except UpstreamError as error:
        return Discovery(name, label, fault=error.fault, sentence=sentence(error.fault, label), discovered_at=before)
    if found.fault is None and found.can_list and type is not None:
        with transaction() as session:
            record = providers_store.lock_by_id(session, provider_id)
            if record is not None:
                record.discovered_at = runtime.now()
                listings_store.keep(session, provider_id, found.to_publish, record.discovered_at, found.told)
    return replace(found, discovered_at=before, refreshed=refreshing.refresh(actor, runtime, provider_id, found.told))


def discover_unsaved(actor: Actor, runtime: Runtime, resolved: ResolvedEndpoint) -> Discovery:
    """List what is behind a form that is not saved yet: every model is new.

    Such a form publishes the usual models by itself, so they are not offered in the place of a list.
    """
    found = _list(runtime, resolved, {})
    return replace(found, rows=()) if found.fault else found


def _list(runtime: Runtime, resolved: ResolvedEndpoint, published: Mapping[str, Published]) -> Discovery:
    name, label, type = resolved.provider_name, resolved.provider_label, resolved.endpoint.type
    if DIALECTS[type.dialect].list_models(resolved.endpoint) is None:
        return Discovery(name, label, sentence=NO_LISTING, can_list=False, names_needed=True)
    try:
        listings = upstream_listing.list_all(
            resolved.way_out(runtime), resolved.endpoint, resolved.destination, PATIENCE
        )
    except UpstreamError as error:
        rows = _usual(resolved.endpoint.type, published) if error.fault.category is Category.PERMISSION else ()
        return Discovery(name, label, rows, error.fault, sentence(error.fault, label), names_needed=True)
    if resolved.key_id is not None:
        endpoints.note_use(runtime, resolved)
    rows = compare(listings, published, type.name)
    rows = tuple(row for row in rows if row.listed or not may_be_unlisted(resolved.endpoint, row.wire_name))
    if type.surfaces:  # it lists base models, and deployments of other names are served all the same
        rows = tuple(row for row in rows if row.state is not State.GONE)
    return Discovery(
        name,
        label,
        rows,
        sentence="" if rows else EMPTY_LISTING,
        told=prefilling.kept(listings),
        note=type.listing_note or (OPEN_LISTING if resolved.endpoint.secret and not type.listing_proves_key else ""),
        names_needed=bool(type.surfaces) or not rows,
    )


def _usual(type: ProviderType, published: Mapping[str, Published]) -> tuple[Listed, ...]:
    """The models that a type usually has: what can be offered where its list may not be read."""
    rows = compare([Listing(name) for name in type.default_models], published, type.name)
    return tuple(row for row in rows if row.listed)


def compare(listings: Sequence[Listing], published: Mapping[str, Published], type_name: str = "") -> tuple[Listed, ...]:
    """The listing in its order, each model once, then what is published and no longer listed."""
    rows: dict[str, Listed] = {}
    for listing in listings:
        if listing.wire_name not in rows:
            state = State.PUBLISHED if listing.wire_name in published else State.NEW
            draft = prefilling.listed_draft(type_name, listing)
            rows[listing.wire_name] = Listed(
                draft, state, retired=listing.retired, responses_only=listing.responses_only
            )
    gone = (
        Listed(
            Draft(wire_name, display_name=known.display_name, context_limit=known.context_limit),
            State.GONE,
            enabled=known.enabled,
        )
        for wire_name, known in sorted(published.items())
        if wire_name not in rows
    )
    return (*rows.values(), *gone)
