"""Where a request goes: what is stored of a model and its provider, kept in memory while nothing of it changed.

The catalog's version and the count beside it are read with each request's token. What is kept here is of one such
moment; it holds no key in plain.
"""

import threading
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from portal.domain.combinations import OptionValues
from portal.domain.errors import NotFound
from portal.domain.pricing import Prices
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.domain.selection import Selection
from portal.services.encryption import master_keys
from portal.services.keys import credentials, stored_endpoints
from portal.services.keys.stored_endpoints import StoredEndpoint
from portal.services.runtime import Runtime
from portal.store import language_models, provider_faults
from portal.store import providers as stored_providers
from portal.store.base import Database, reading, this_database

Moment = tuple[int, int]
"""The catalog's version, and how often what is known of endpoints changed."""

MOST_KEPT = 4_096


@dataclass(frozen=True)
class Target:
    """A model as it is stored at one moment. `who` is the person whose own key is to serve.

    `faults_stand`: something stands against the provider or the model, which an answer would end.
    """

    provider_id: UUID
    wire_name: str
    options: OptionValues
    prices: Prices
    stored: StoredEndpoint
    who: UUID | None = None
    faults_stand: bool = False
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was worked out of it, by name."""


class _Kept:
    """The targets of one database at one moment."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self.targets: dict[tuple[UUID, UUID | None], Target] = {}


_kept: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()
_changing = threading.Lock()


def find(runtime: Runtime, chosen: Selection, user_id: UUID | None, moment: Moment) -> Target:
    """The target of a selection. Raises `NotFound` for a model that was deleted just now."""
    who = user_id if chosen.credential == credentials.PERSONAL else None
    kept = _of(this_database(), moment)
    key = chosen.language_model_id, who
    found = kept.targets.get(key)
    if found is None:
        found = _read(runtime, chosen, who)
        if len(kept.targets) >= MOST_KEPT:
            kept.targets.clear()
        kept.targets[key] = found
    return found


def _of(database: Database, moment: Moment) -> _Kept:
    kept = _kept.get(database)
    if kept is None or kept.moment != moment:
        with _changing:
            kept = _kept.get(database)
            if kept is None or kept.moment < moment:
                kept = _kept[database] = _Kept(moment)
            elif kept.moment != moment:
                return _Kept(moment)  # a request that began before a change is served as it was then, and keeps nothing
    return kept


def _read(runtime: Runtime, chosen: Selection, who: UUID | None) -> Target:
    master_keys.ensure(runtime)
    with reading() as session:
        model = language_models.facts_for_a_request(session, chosen.language_model_id)
        provider = stored_providers.facts_for_an_endpoint(session, chosen.provider_id)
        if model is None or provider is None:
            raise NotFound(REASON_SENTENCES[Reason.MODEL_DELETED])
        stored = stored_endpoints.stored_of(session, provider, model.wire_name, who)
        stand = bool(provider_faults.of_request(session, chosen.provider_id, model.wire_name))
    return Target(chosen.provider_id, model.wire_name, dict(model.options), dict(model.prices), stored, who, stand)
