"""Models of a document: new ones are published, and those that are there are changed."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID

from portal.domain.errors import Invalid, PortalError
from portal.domain.language_models import Draft as ModelDraft
from portal.domain.language_models import faults_of
from portal.domain.model_facts import CAN, NAMES, PRICE, prefilled
from portal.domain.people import Actor
from portal.services.configuration.document import Entry
from portal.services.configuration.fields import MODEL, text_of, values_of
from portal.services.language_models import lifecycle, model_data, publishing
from portal.services.language_models.view import draft_of
from portal.services.runtime import Runtime
from portal.store import language_models, providers
from portal.store.base import Session
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.providers import ProviderRecord

_MAPPINGS = ("options", "limits", "prices")
"""Fields of a model of which another program's file says a part: the rest of them stays."""


class Publishing:
    """The models of one import. `one` is the savepoint of an entry, which names it where it cannot be used.

    `partial`: the file says a part of what a model has, and the rest of it stays.
    """

    def __init__(
        self,
        session: Session,
        actor: Actor,
        runtime: Runtime,
        state: CatalogStateRecord,
        one: Callable[[Entry], AbstractContextManager[None]],
        *,
        partial: bool,
    ) -> None:
        self._session, self._actor, self._runtime, self._state = session, actor, runtime, state
        self._one, self._partial = one, partial
        self._published: dict[UUID, dict[str, LanguageModelRecord]] = {}

    def all_of(self, entries: list[Entry]) -> None:
        """New ones are published together, a provider at a time; where that fails, one by one, to name the one."""
        new: dict[UUID, list[tuple[Entry, ModelDraft]]] = {}
        for entry in entries:
            with self._one(entry):
                record, draft = self._one_of(entry)
                waiting = new.setdefault(record.id, []) if record else []
                if record is not None and draft is not None:
                    waiting.append((entry, draft))
        for provider_id, rows in new.items():
            record = providers.find_by_id(self._session, provider_id)
            assert record is not None
            together = [draft for _, draft in rows]
            try:
                with self._session.begin_nested():
                    publishing.publish_many(self._session, self._runtime, self._actor, record, together)
            except PortalError:
                self._session.expire_all()
                for entry, draft in rows:
                    with self._one(entry):
                        publishing.publish_many(self._session, self._runtime, self._actor, record, [draft])

    def _one_of(self, entry: Entry) -> tuple[ProviderRecord | None, ModelDraft | None]:
        """Change a model that is there; of a new one its provider and its draft."""
        given = values_of(entry, MODEL, but=("provider",))
        provider = providers.find(self._session, text_of(entry.values, "provider"))
        if provider is None:
            raise Invalid({"provider": f"No provider is called “{text_of(entry.values, 'provider')[:80]}”."})
        name = given.get("name") or given.get("wire_name", "")
        if not name:
            raise Invalid({"model_id": "Say what the provider calls this model."})
        known = self._known(provider)
        record = known.get(name)
        if record is None:
            draft = _filled(provider.type, ModelDraft(given.get("wire_name") or name, given.get("name", "")), given)
            return provider, draft
        aliases = tuple(language_models.aliases_of(self._session, record.id))
        stored = replace(draft_of(record), aliases=aliases)
        given.pop("sources", None)
        if self._partial:
            given |= {name: {**getattr(stored, name), **given[name]} for name in _MAPPINGS if name in given}
        draft = replace(stored, **{**given, "name": record.name})
        if draft != stored:
            publishing.change_in(self._session, self._state, self._actor, self._runtime, record.id, draft)
        if draft.enabled != record.enabled:
            lifecycle.turn_in(self._session, self._actor, self._runtime, record.id, on=draft.enabled)
        return provider, None

    def _known(self, provider: ProviderRecord) -> dict[str, LanguageModelRecord]:
        if provider.id not in self._published:
            living = language_models.living_of(self._session, provider.id)
            self._published[provider.id] = {record.name: record for record in living}
        return self._published[provider.id]


def _filled(type_name: str, draft: ModelDraft, given: Mapping[str, Any]) -> ModelDraft:
    """A new model: what is given counts, and what is not is filled in with what is publicly known."""
    whole = replace(draft, **{name: value for name, value in given.items() if name != "name"})
    if faults := faults_of(whole):  # what is filled in below would take the place of what cannot be read
        raise Invalid(faults)
    typed_facts = {name for name in NAMES if name in given}
    typed_facts |= {name for name in NAMES if name.startswith(CAN)} if "capabilities" in given else set()
    typed_facts |= {PRICE + name for name in given.get("prices", {})} & set(NAMES)
    if "sources" in given:
        return whole
    return prefilled(whole, model_data.told_publicly(type_name, whole.wire_name), frozenset(typed_facts))
