"""Entries of a document put into effect, one after the other, in one transaction and through the verbs of the pages.

Each entry has a savepoint of its own: one that cannot be used is named, takes nothing along, and the next is tried.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from portal.dialects.input.typed_keys import read_typed_key
from portal.dialects.provider_types.table import TYPES, is_own
from portal.dialects.secret import Secret
from portal.domain.errors import Invalid, PortalError
from portal.domain.language_models import Draft as ModelDraft
from portal.domain.language_models import faults_of
from portal.domain.model_facts import CAN, NAMES, PRICE, prefilled
from portal.domain.model_search import named
from portal.domain.people import Actor
from portal.domain.provider_headers import TypedHeader
from portal.domain.providers import free_name, name_fault
from portal.domain.schedule import Probe
from portal.services import settings
from portal.services.allowances import setting
from portal.services.configuration import allowances, groups, own, typed
from portal.services.configuration.document import Document, Entry, Key, Note
from portal.services.configuration.fields import (
    BUDGET,
    CONTEXT,
    MODEL,
    OVERRIDE,
    PROVIDER,
    SETTING,
    TEAM,
    values_of,
)
from portal.services.health import schedules as checks
from portal.services.keys import headers as provider_headers
from portal.services.keys import references, shared_keys
from portal.services.language_models import default_model, lifecycle, model_data, publishing
from portal.services.language_models.view import draft_of
from portal.services.overrides import choices, contexts, gates, pins
from portal.services.providers import drafts, registry
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store import language_models, overrides, providers, schedules, teams
from portal.store.base import Session
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.providers import ProviderRecord

_SCHEDULE = ("check_minutes", "check_by")

_MAPPINGS = ("options", "limits", "prices")
"""Fields of a model of which another program's file says a part: the rest of them stays."""


class Applying:
    """One import under way. `faults` name what could not be used, `notices` what is left to do by hand."""

    def __init__(self, session: Session, actor: Actor, runtime: Runtime, state: CatalogStateRecord) -> None:
        self._session, self._actor, self._runtime, self._state = session, actor, runtime, state
        self.faults: list[Note] = []
        self.notices: list[Note] = []
        self._partial = False
        self._published: dict[UUID, dict[str, LanguageModelRecord]] = {}

    def all_of(self, document: Document) -> None:
        """Every section, in an order in which what is spoken of is there already."""
        self._partial = document.kind != own.KIND
        for entries, put in (
            (document.contexts, self._context),
            (document.teams, self._team),
            (document.roles, self._role),
            (document.providers, self._provider),
        ):
            for entry in entries:
                with self._one(entry):
                    put(entry)
        self._models(document.models)
        with self._one(document.default):
            if document.default is not None:
                self._default(document.default)
        for entries, put in (
            (document.teams, self._team_default),
            (document.overrides, self._override),
            (document.gates, self._gate),
            ([document.unpriced] if document.unpriced else [], self._unpriced),
            (document.limits, self._allowance),
            (document.budgets, self._allowance),
        ):
            for entry in entries:
                with self._one(entry):
                    put(entry)
        with self._one(document.settings):
            if document.settings is not None:
                self._settings(document.settings)

    @contextmanager
    def _one(self, entry: Entry | None) -> Iterator[None]:
        if entry is None:
            yield
            return
        try:
            with self._session.begin_nested():
                yield
        except Invalid as invalid:
            self._session.expire_all()
            for name, said in invalid.faults.items():
                self.faults.append(Note(f"{entry.place}.{_called(name)}" if name else entry.place, said))
        except PortalError as error:
            self._session.expire_all()
            self.faults.append(Note(entry.place, error.sentence))

    def _context(self, entry: Entry) -> None:
        given = values_of(entry, CONTEXT)
        record = overrides.find_context(self._session, entry.name)
        if record is None:
            contexts.add_in(self._session, self._actor, self._runtime, contexts.Draft(entry.name, **_labelled(given)))
            return
        draft = replace(contexts.draft_of(record), **given)
        contexts.change_in(self._session, self._actor, self._runtime, entry.name, draft)

    def _team(self, entry: Entry) -> None:
        groups.put_team(self._session, self._actor, self._runtime, entry)

    def _team_default(self, entry: Entry) -> None:
        groups.put_team_default(self._session, self._actor, self._runtime, entry)

    def _role(self, entry: Entry) -> None:
        groups.put_role(self._session, self._actor, self._runtime, entry)

    def _allowance(self, entry: Entry) -> None:
        said = allowances.put(self._session, self._actor, self._runtime, entry)
        self.notices += [Note(entry.place, sentence) for sentence in said]

    def _unpriced(self, entry: Entry) -> None:
        allowed = _switch("", entry.values["allowed"])
        setting.allow_unpriced_in(self._session, self._actor, self._runtime, allowed=allowed)

    def _provider(self, entry: Entry) -> None:
        session, actor, runtime = self._session, self._actor, self._runtime
        given = values_of(entry, PROVIDER, but=("enabled", "team", "headers", *_SCHEDULE))
        schedule = values_of(
            entry, {name: PROVIDER[name] for name in _SCHEDULE}, but=tuple(PROVIDER.keys() - _SCHEDULE)
        )
        if fault := name_fault(entry.name):
            raise Invalid({"": f"{fault} {_suggested(entry.name, providers.names(session))}"})
        record = providers.find(session, entry.name)
        draft = registry.draft_of(session, record) if record else drafts.Draft(type="", name=entry.name)
        if record is not None and given.get("type", record.type) != record.type:
            raise Invalid({"type": f"{record.label} is of the type {record.type}, which stays as it is."})
        kept = provider_headers.typed_of(session, record.id) if record else ()
        secret = frozenset(header.name.lower() for header in kept if header.secret)
        draft = replace(draft, **given, headers=self._headers(entry, kept, secret), owner=self._owner(entry, draft))
        if record is not None and draft == registry.draft_of(session, record):
            self._turn(entry, record)
            self._schedule(record, schedule)
            self._keys(entry, record)
            return
        prepared = drafts.prepare(draft, runtime, naming=record is None, saving=True, kept_headers=secret)
        self.notices += [Note(entry.place, said) for said in prepared.notices]
        if record is None:
            registry.register_in(session, actor, runtime, prepared, ())
        else:
            registry.change_in(session, actor, runtime, entry.name, prepared)
        record = providers.find(session, entry.name)
        assert record is not None
        self._turn(entry, record)
        self._schedule(record, schedule)
        self._keys(entry, record)

    def _schedule(self, record: ProviderRecord, given: dict[str, Any]) -> None:
        """How often it is checked, and how. What is not given stays."""
        interval, probe = schedules.interval_of(self._session, record.id)
        minutes = given["check_minutes"] if "check_minutes" in given else interval and interval / 60
        asked = given.get("check_by") or probe
        if asked not in set(Probe):
            raise Invalid({"check_by": f"There is no such way. There are {' and '.join(Probe)}."})
        if (minutes, asked) != (interval and interval / 60, probe):
            try:
                checks.change_in(self._session, self._actor, self._runtime, record.name, minutes, Probe(asked))
            except Invalid as invalid:
                raise Invalid({"check_minutes": " ".join(invalid.faults.values())}) from None

    def _turn(self, entry: Entry, record: ProviderRecord) -> None:
        if "enabled" in entry.values and (on := _switch("enabled", entry.values["enabled"])) != record.enabled:
            registry.turn_in(self._session, self._actor, self._runtime, entry.name, on=on)

    def _owner(self, entry: Entry, draft: drafts.Draft) -> str | None:
        if "team" not in entry.values:
            return draft.owner
        name = typed.text(entry.values["team"] or "").strip()
        if not name:
            return "" if draft.owner is not None else None
        found = next((team for team in teams.every(self._session) if team.name.casefold() == name.casefold()), None)
        if found is None:
            raise Invalid({"team": f"No team is called “{name[:80]}”. Make it first, or leave this field out."})
        return str(found.id)

    def _headers(self, entry: Entry, kept: tuple[TypedHeader, ...], secret: frozenset[str]) -> tuple[TypedHeader, ...]:
        given = entry.values.get("headers")
        if given is None:
            return kept
        if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
            raise Invalid({"headers": "This has to be a list of headers, each with a name and a value."})
        found = []
        for row in given:
            header = TypedHeader(
                _text(row, "name").strip(), _text(row, "value"), _switch("headers", row.get("secret", False))
            )
            if header.secret and header.value and self._is_stored(entry, header):
                header = replace(header, value="")  # blank keeps it
            if header.secret and not header.value and header.name.lower() not in secret:
                self.notices.append(Note(entry.place, f"Enter the secret header {header.name} on the provider’s page."))
            else:
                found.append(header)
        return tuple(found)

    def _is_stored(self, entry: Entry, header: TypedHeader) -> bool:
        record = providers.find(self._session, entry.name)
        if record is None:
            return False
        fingerprint = self._runtime.vault.fingerprint(Secret(header.value))
        stored = provider_headers.headers_of(self._session, self._runtime, record)
        return any((one.name, one.value, one.secret) == (header.name, fingerprint, True) for one in stored)

    def _keys(self, entry: Entry, record: ProviderRecord) -> None:
        session, runtime, type = self._session, self._runtime, TYPES[record.type]
        for key in entry.keys:
            if key.variables:
                self._reference(entry, record, key)
                continue
            read = read_typed_key(
                type, key.kind, key.parts, at_home=is_own(type, frozenset(record.destination.split()))
            )
            if read.faults:
                raise Invalid({"keys": " ".join(dict.fromkeys(read.faults.values()))})
            secret = Secret(read.text)
            if read.text and not shared_keys.holds(session, runtime, record, secret):
                shared_keys.add(session, runtime, self._actor, record, secret, read.kind)
        if not entry.keys and not self._has_key(record):
            self.notices.append(Note(entry.place, "It has no key yet. Enter one on the provider’s page."))

    def _reference(self, entry: Entry, record: ProviderRecord, key: Key) -> None:
        """A variable that may not be named leaves the provider without this key, and is said."""
        session, runtime, type = self._session, self._runtime, TYPES[record.type]
        if fault := references.fault_of(runtime, type, record.destination, key.parts):
            self.notices.append(Note(f"{entry.place}.keys", fault))
            return
        text = Secret(references.written(key.parts))
        if not shared_keys.holds(session, runtime, record, text):
            shared_keys.add(session, runtime, self._actor, record, text, references.KIND + key.kind)
        unset = [name for name in key.parts.values() if not runtime.variable(name)]
        if unset:
            said = f"The variable {', '.join(unset)} is not set on this server. Until it is, there is no key."
            self.notices.append(Note(f"{entry.place}.keys", said))

    def _has_key(self, record: ProviderRecord) -> bool:
        catalog = choosing.resolve(self._runtime, stored_catalog.read(self._session))
        return catalog.providers[record.id].credential is not None

    def _models(self, entries: list[Entry]) -> None:
        """New ones are published together, a provider at a time; where that fails, one by one, to name the one."""
        new: dict[UUID, list[tuple[Entry, ModelDraft]]] = {}
        for entry in entries:
            with self._one(entry):
                record, draft = self._model(entry)
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
        self._published.clear()

    def _model(self, entry: Entry) -> tuple[ProviderRecord | None, ModelDraft | None]:
        """Change a model that is there; of a new one its provider and its draft."""
        given = values_of(entry, MODEL, but=("provider",))
        provider = providers.find(self._session, _text(entry.values, "provider"))
        if provider is None:
            raise Invalid({"provider": f"No provider is called “{_text(entry.values, 'provider')[:80]}”."})
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

    def _default(self, entry: Entry) -> None:
        catalog = choosing.resolve(self._runtime, stored_catalog.read(self._session))
        found = named(catalog, _text(entry.values, "model"))
        if len(found) != 1:
            raise Invalid({"": "There is no such model, or there are several. Write it as provider:model."})
        record = language_models.record_of(self._session, found[0].id)
        default_model.make_default(self._session, self._runtime, self._actor, self._state, record)

    def _override(self, entry: Entry) -> None:
        given = values_of(entry, OVERRIDE)
        if not given:
            pins.clear_in(self._session, self._actor, self._runtime, entry.name)
            return
        wanted = choices.Typed(given.get("model", ""), given.get("effort", ""))
        pins.pin_in(self._session, self._actor, self._runtime, entry.name, wanted)

    def _gate(self, entry: Entry) -> None:
        on = _switch("", entry.values["on"])
        gates.turn_in(self._session, self._actor, self._runtime, entry.name, on=on)

    def _settings(self, entry: Entry) -> None:
        given = values_of(entry, SETTING)
        draft = settings.draft_in(self._session, self._runtime)
        settings.change_in(self._session, self._actor, self._runtime, replace(draft, **given))


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


def _called(field: str) -> str:
    """What a field of a form is called in a document."""
    renamed = {
        one.stored: one.name
        for one in (*MODEL.values(), *SETTING.values(), *TEAM.values(), *BUDGET.values())
        if one.stored
    }
    for prefix, section in ((PRICE, "prices."), ("setting_", "settings."), ("headers-", "headers.")):
        if field.startswith(prefix):
            return section + field.removeprefix(prefix)
    return renamed.get(field, field)


def _labelled(given: dict[str, Any]) -> dict[str, Any]:
    return {"label": "", **given}


def _suggested(name: str, taken: set[str]) -> str:
    return f"Call it {free_name(name, taken)}, for example."


def _text(values: Mapping[str, Any], name: str) -> str:
    try:
        return typed.text(values.get(name) or "")
    except typed.Unusable as unusable:
        raise Invalid({name: unusable.said}) from None


def _switch(name: str, value: Any) -> bool:
    try:
        return typed.switch(value)
    except typed.Unusable as unusable:
        raise Invalid({name: unusable.said}) from None
