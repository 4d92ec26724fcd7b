"""Entries of a document put into effect, one after the other, in one transaction and through the verbs of the pages.

Each entry has a savepoint of its own: one that cannot be used is named, takes nothing along, and the next is tried.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from portal.dialects.secret import Secret
from portal.domain.errors import Invalid, PortalError
from portal.domain.model_facts import PRICE
from portal.domain.model_search import named
from portal.domain.people import Actor
from portal.domain.provider_headers import TypedHeader
from portal.domain.providers import free_name, name_fault
from portal.domain.schedule import Probe
from portal.services import settings
from portal.services.allowances import setting
from portal.services.configuration import allowances, applications, groups, own, provider_keys
from portal.services.configuration.document import Document, Entry, Note
from portal.services.configuration.fields import (
    BUDGET,
    CONTEXT,
    MODEL,
    OVERRIDE,
    PROVIDER,
    SETTING,
    TEAM,
    switch_of,
    text_of,
    values_of,
)
from portal.services.configuration.language_models import Publishing
from portal.services.health import schedules as checks
from portal.services.keys import headers as provider_headers
from portal.services.language_models import default_model
from portal.services.overrides import choices, contexts, gates, pins
from portal.services.providers import drafts, registry
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store import language_models, overrides, providers, schedules, teams
from portal.store.base import Session
from portal.store.language_models import CatalogStateRecord
from portal.store.providers import ProviderRecord

_SCHEDULE = ("check_minutes", "check_by")


class Applying:
    """One import under way. `faults` name what could not be used, `notices` what is left to do by hand."""

    def __init__(self, session: Session, actor: Actor, runtime: Runtime, state: CatalogStateRecord) -> None:
        self._session, self._actor, self._runtime, self._state = session, actor, runtime, state
        self.faults: list[Note] = []
        self.notices: list[Note] = []

    def all_of(self, document: Document) -> None:
        """Every section, in an order in which what is spoken of is there already."""
        for entries, put in (
            (document.contexts, self._context),
            (document.teams, self._team),
            (document.roles, self._role),
            (document.providers, self._provider),
        ):
            for entry in entries:
                with self._one(entry):
                    put(entry)
        partial = document.kind != own.KIND
        publishing = Publishing(self._session, self._actor, self._runtime, self._state, self._one, partial=partial)
        publishing.all_of(document.models)
        with self._one(document.default):
            if document.default is not None:
                self._default(document.default)
        for entries, put in (
            (document.teams, self._team_default),
            (document.applications, self._application),
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

    def _application(self, entry: Entry) -> None:
        self.notices += applications.put(self._session, self._actor, self._runtime, entry)

    def _allowance(self, entry: Entry) -> None:
        said = allowances.put(self._session, self._actor, self._runtime, entry)
        self.notices += [Note(entry.place, sentence) for sentence in said]

    def _unpriced(self, entry: Entry) -> None:
        allowed = switch_of("", entry.values["allowed"])
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
            self.notices += provider_keys.put(self._session, self._actor, self._runtime, entry, record)
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
        self.notices += provider_keys.put(self._session, self._actor, self._runtime, entry, record)

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
        if "enabled" in entry.values and (on := switch_of("enabled", entry.values["enabled"])) != record.enabled:
            registry.turn_in(self._session, self._actor, self._runtime, entry.name, on=on)

    def _owner(self, entry: Entry, draft: drafts.Draft) -> str | None:
        if "team" not in entry.values:
            return draft.owner
        name = text_of(entry.values, "team").strip()
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
                text_of(row, "name").strip(), text_of(row, "value"), switch_of("headers", row.get("secret", False))
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

    def _default(self, entry: Entry) -> None:
        catalog = choosing.resolve(self._runtime, stored_catalog.read(self._session))
        found = named(catalog, text_of(entry.values, "model"))
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
        on = switch_of("", entry.values["on"])
        gates.turn_in(self._session, self._actor, self._runtime, entry.name, on=on)

    def _settings(self, entry: Entry) -> None:
        given = values_of(entry, SETTING)
        draft = settings.draft_in(self._session, self._runtime)
        settings.change_in(self._session, self._actor, self._runtime, replace(draft, **given))


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
