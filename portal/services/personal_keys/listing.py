"""The API keys page: each provider that a person could use, with how their own key for it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ProviderEntry
from portal.domain.faults import Category, sentence
from portal.domain.health import Level, verdict_of
from portal.domain.people import Actor
from portal.domain.personal_keys import after_removal, state_with_key, state_without_key
from portal.domain.shared_keys import KeyState
from portal.services.encryption import master_keys
from portal.services.personal_keys.own_keys import require
from portal.services.personal_keys.reach import models_within_reach, takes_key
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog
from portal.store import personal_keys as store
from portal.store.base import reading
from portal.store.personal_keys import PersonalKeyRecord

PAGE = 40
KEYLESS_NAMED = 5
"""How many providers that take no key are called by their names."""


@dataclass(frozen=True)
class OwnKey:
    """All that is ever told about one's own key. `tested_word` and `tested_sentence` are of its last test."""

    kind: str
    fingerprint: str
    created_at: datetime
    last_used_at: datetime | None
    tested_at: datetime | None
    tested_level: Level
    tested_word: str
    tested_sentence: str


@dataclass(frozen=True)
class Card:
    """One provider and one's own key for it. `savable`: a key may be saved; `testable`: the one that is there tested.

    `without` says what happens when the key is removed.
    """

    name: str
    label: str
    type: ProviderType
    state: KeyState
    key: OwnKey | None
    savable: bool
    testable: bool
    without: str


@dataclass(frozen=True)
class Removal:
    """A key of one's own that somebody else removed, for which provider, and when."""

    provider_id: UUID
    label: str
    removed_by: str
    removed_at: datetime


@dataclass(frozen=True)
class KeysPage:
    """One page of cards, from the `start`-th. `newer` and `older` are where its neighbours begin, None at the ends.

    `keyless` are the labels of the providers that take no key, the first few. `removed` is what others did meanwhile.
    """

    cards: tuple[Card, ...]
    gate_on: bool
    total: int
    start: int
    newer: int | None
    older: int | None
    keyless: tuple[str, ...]
    keyless_total: int
    removed: tuple[Removal, ...] = ()


def read_page(actor: Actor, runtime: Runtime, *, search: str = "", start: int = 0, around: str = "") -> KeysPage:
    """The cards that fit, by name; with `around`, the page on which the provider of that name stands.

    Three queries, however many providers there are.
    """
    user_id = require(actor)
    master_keys.ensure(runtime)
    with reading() as session:
        stored = store.of_user(session, user_id)
        removed = tuple(
            Removal(row.provider_id, row.label, row.removed_by, row.removed_at)
            for row in store.removals_of(session, user_id)
        )
    catalog = current_catalog(runtime)
    reach = models_within_reach(actor, catalog)
    shown = _fitting((entry for entry in _visible(catalog, reach, stored) if takes_key(entry)), search)
    place = next((place for place, entry in enumerate(shown) if entry.name == around), None) if around else start
    start = min(max(0, place or 0), max(0, len(shown) - 1)) // PAGE * PAGE
    keyless = [entry.label for entry in _fitting((catalog.providers[id] for id in reach), "") if not takes_key(entry)]
    return KeysPage(
        cards=tuple(
            _card(actor, catalog, entry, stored.get(entry.id), reach.get(entry.id, 0))
            for entry in shown[start : start + PAGE]
        ),
        gate_on=catalog.gates.personal_keys,
        total=len(shown),
        start=start,
        newer=start - PAGE if start else None,
        older=start + PAGE if start + PAGE < len(shown) else None,
        keyless=tuple(keyless[:KEYLESS_NAMED]),
        keyless_total=len(keyless),
        removed=removed,
    )


def _visible(
    catalog: Catalog, reach: Mapping[UUID, int], stored: Mapping[UUID, PersonalKeyRecord]
) -> Iterable[ProviderEntry]:
    """What a person could use, and whatever they have a key for: what is stored stays listed and can be removed."""
    for provider_id in dict.fromkeys([*reach, *stored]):
        entry = catalog.providers.get(provider_id)
        if entry is not None and not entry.deleted:
            yield entry


def _fitting(entries: Iterable[ProviderEntry], search: str) -> list[ProviderEntry]:
    sought = search.strip().casefold()
    found = [
        entry
        for entry in entries
        if not sought or any(sought in text.casefold() for text in (entry.name, entry.label, _type_label(entry)))
    ]
    return sorted(found, key=lambda entry: (entry.label.casefold(), entry.name))


def _type_label(entry: ProviderEntry) -> str:
    return TYPES[entry.type].label if entry.type in TYPES else entry.type


def _card(actor: Actor, catalog: Catalog, entry: ProviderEntry, row: PersonalKeyRecord | None, models: int) -> Card:
    gate_on, is_offered = catalog.gates.personal_keys, models > 0
    if row is None:
        state, opens = state_without_key(entry.credential, models), False
    else:
        opens = actor.id is not None and entry.id in catalog.personal_keys.get(actor.id, ())
        tested = Category(row.tested) if row.tested else None
        state = state_with_key(opens=opens, tested=tested, gate_on=gate_on, offered=is_offered)
    serves = gate_on and is_offered and opens
    return Card(
        name=entry.name,
        label=entry.label,
        type=TYPES[entry.type],
        state=state,
        key=_own(row, entry.label) if row else None,
        savable=gate_on and is_offered,
        testable=serves,
        without=after_removal(entry.label, entry.credential, models)
        if serves
        else "It serves nothing as it is, so nothing else changes for you.",
    )


def _own(row: PersonalKeyRecord, label: str) -> OwnKey:
    tested = Category(row.tested) if row.tested else None
    verdict = verdict_of(tested) if tested else None
    return OwnKey(
        kind=row.kind,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        tested_at=row.tested_at,
        tested_level=verdict.level if verdict else Level.UNKNOWN,
        tested_word=verdict.word if verdict else "",
        tested_sentence=sentence(tested, label) if tested else "",
    )
