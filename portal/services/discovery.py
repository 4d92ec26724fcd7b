"""Asking a provider which models it serves, and comparing its answer with what is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.dialects import DIALECTS
from portal.dialects.base import Limits, Listing
from portal.dialects.types import TYPES
from portal.domain.errors import NotFound
from portal.domain.faults import Fault, UpstreamError, sentence
from portal.domain.language_models import ASSUMED_CONTEXT, Draft
from portal.domain.people import Actor
from portal.services import doors, resting, upstream
from portal.services.doors import Opened
from portal.services.tools import Tools
from portal.store import language_models as store
from portal.store.base import reading, transaction
from portal.store.providers import ProviderRecord

PATIENCE = Limits(connect=5, read=15, total=30, body=8_000_000)
"""A listing may be long and slow, but a person waits for it."""

NO_LISTING = "This kind of provider does not list its models. Type the names of those you use."
EMPTY_LISTING = "The provider answers, and lists no models."


class State(StrEnum):
    """How a listed model stands to what is published. `GONE`: published here, and no longer listed there."""

    NEW = "new"
    PUBLISHED = "published"
    GONE = "gone"


@dataclass(frozen=True)
class Listed:
    """One model of a listing. `assumed` is True when the context limit is the portal's guess, not the provider's."""

    wire_name: str
    display_name: str
    context_limit: int
    assumed: bool
    state: State
    chat: bool = True

    @property
    def draft(self) -> Draft:
        """What publishing this row as it stands would publish."""
        return Draft(wire_name=self.wire_name, display_name=self.display_name, context_limit=self.context_limit)


@dataclass(frozen=True)
class Discovery:
    """What a provider listed. `sentence` says what is to be said: a fault, or why there is nothing to tick."""

    provider_name: str
    provider_label: str
    rows: tuple[Listed, ...] = ()
    fault: Fault | None = None
    sentence: str = ""
    can_list: bool = True

    @property
    def assumed(self) -> bool:
        """Whether any context limit is a guess."""
        return any(row.assumed and row.state is State.NEW for row in self.rows)

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)


def discover(actor: Actor, tools: Tools, provider_id: UUID) -> Discovery:
    """List a saved provider's models with its own key, and mark each as new, published or gone."""
    with reading() as session:
        provider = session.get(ProviderRecord, provider_id)
        if provider is None or provider.deleted_at is not None:
            raise NotFound
        published = store.wire_names_of(session, provider_id)
        type, name, label = TYPES.get(provider.type), provider.name, provider.label

    def ask(opened: Opened) -> tuple[Discovery, Fault | None]:
        listed = _list(tools, opened, published)
        return listed, listed.fault

    try:
        proves = type is not None and type.listing_proves_key
        _, found = resting.through(tools, provider_id, ask, proves=proves)
    except UpstreamError as error:
        return Discovery(name, label, fault=error.fault, sentence=sentence(error.fault, label))
    if found.fault is None and type is not None:
        with transaction() as session:
            record = session.get(ProviderRecord, provider_id)
            if record is not None:
                record.discovered_at = tools.now()
    return found


def discover_unsaved(actor: Actor, tools: Tools, opened: Opened) -> Discovery:
    """List what stands behind a form that is not saved yet: every model is new."""
    return _list(tools, opened, {})


def _list(tools: Tools, opened: Opened, published: Mapping[str, str]) -> Discovery:
    name, label = opened.provider_name, opened.provider_label
    if DIALECTS[opened.door.type.dialect].list_models(opened.door) is None:
        return Discovery(name, label, sentence=NO_LISTING, can_list=False)
    try:
        listings = upstream.list_all(tools.wire, opened.door, opened.destination, PATIENCE)
    except UpstreamError as error:
        return Discovery(name, label, fault=error.fault, sentence=sentence(error.fault, label))
    if opened.key_id is not None:
        doors.note_use(tools, opened.key_id)
    rows = compare(listings, published)
    return Discovery(name, label, rows, sentence="" if rows else EMPTY_LISTING)


def compare(listings: list[Listing], published: Mapping[str, str]) -> tuple[Listed, ...]:
    """The listing in its order, each model once, then what is published and no longer listed."""
    rows: dict[str, Listed] = {}
    for listing in listings:
        rows.setdefault(
            listing.wire_name,
            Listed(
                wire_name=listing.wire_name,
                display_name=listing.display_name or listing.wire_name,
                context_limit=listing.context_limit or ASSUMED_CONTEXT,
                assumed=not listing.context_limit,
                state=State.PUBLISHED if listing.wire_name in published else State.NEW,
                chat=listing.chat,
            ),
        )
    gone = (
        Listed(wire_name, display_name, 0, assumed=False, state=State.GONE)
        for wire_name, display_name in sorted(published.items())
        if wire_name not in rows
    )
    return (*rows.values(), *gone)
