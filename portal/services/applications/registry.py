"""Registering applications, turning them off and deleting them: each counts at once, in every process."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from portal.domain import applications as rules
from portal.domain import versions
from portal.domain.access import Patterns, read_patterns
from portal.domain.applications import Environment
from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.domain.typed_text import looks_secret
from portal.services.applications import keys, listing, records
from portal.services.applications.keys import Made
from portal.services.applications.listing import Application
from portal.services.applications.records import MANAGE, VIEW
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.applications import ApplicationRecord
from portal.store.base import Session, reading, transaction

Environments = str | Sequence[Environment]
"""Where an application runs: as it is typed, one on each line, or read already."""


def list_all(actor: Actor, runtime: Runtime) -> Sequence[Application]:
    """Every application, by name."""
    actor.require(VIEW)
    with reading() as session:
        living = store.living(session, rules.MOST_APPLICATIONS)
        found = store.keys_of(session, [record.id for record in living], runtime.now())
        return tuple(listing.shown(record, found[record.id]) for record in living)


def find(actor: Actor, runtime: Runtime, application_id: UUID) -> Application:
    """One application. Raises `NotFound`."""
    actor.require(VIEW)
    with reading() as session:
        record = records.living(session, application_id)
        return listing.shown(record, store.keys_of(session, [record.id], runtime.now())[record.id])


def register(
    actor: Actor,
    runtime: Runtime,
    name: str,
    environments: Environments,
    public_key: str = "",
    models: Patterns = "",
) -> Made:
    """Register an application with this public key, or with an invented secret where there is none.

    `models` are the patterns of those that it may use at most; blank is no ceiling of its own.
    Raises `Invalid` naming `name`, `environments`, `models`, `public_key`; `Denied` for whoever may not ask models
    themselves.
    """
    actor.require(MANAGE)
    faults: dict[str, str] = {}
    record = _new(actor, runtime, name, environments, models, faults)
    public = keys.read_public(public_key, faults)
    if faults:
        raise Invalid(faults)
    master_keys.ensure(runtime)
    with transaction() as session:
        _add(session, actor, record)
        key, secret = keys.make(session, runtime, actor, record.id, public)
        after = records.facts(record) | {"key": keys.told(key)}
        records.tell(session, runtime, actor, "create", record, None, after)
        return Made(record.id, record.name, key.id.hex, key.algorithm, secret)


def register_in(
    session: Session, actor: Actor, runtime: Runtime, name: str, environments: Environments, models: Patterns
) -> ApplicationRecord:
    """The same inside the caller's transaction and without any key: until it is given one, none of its tokens works."""
    actor.require(MANAGE)
    faults: dict[str, str] = {}
    record = _new(actor, runtime, name, environments, models, faults)
    if faults:
        raise Invalid(faults)
    _add(session, actor, record)
    records.tell(session, runtime, actor, "create", record, None, records.facts(record))
    return record


def change(
    actor: Actor,
    runtime: Runtime,
    application_id: UUID,
    environments: Environments | None = None,
    models: Patterns | None = None,
    version: str | None = None,
) -> None:
    """Change where an application runs, and which models it may use at most. None stays as it is.

    Raises `Invalid` naming `environments` or `models`, `NotFound`, and `Outdated` when somebody saved after `version`
    was drawn.
    """
    actor.require(MANAGE)
    with transaction() as session:
        change_in(session, actor, runtime, application_id, environments, models, version)


def change_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    application_id: UUID,
    environments: Environments | None = None,
    models: Patterns | None = None,
    version: str | None = None,
) -> None:
    """The same inside the caller's transaction."""
    faults: dict[str, str] = {}
    places = None if environments is None else _environments(environments, faults)
    patterns = None if models is None else _ceiling(models, faults)
    if faults:
        raise Invalid(faults)
    records.require(session, actor)
    record = records.living(session, application_id, lock=True)
    versions.require("this application", listing.fields_of(record), version)
    before = records.facts(record)
    record.environments = record.environments if places is None else places
    record.ceiling = record.ceiling if patterns is None else patterns
    session.flush()
    if before != records.facts(record):
        records.tell(session, runtime, actor, "change", record, before, records.facts(record))


def turn(actor: Actor, runtime: Runtime, application_id: UUID, *, on: bool) -> str:
    """Let an application's tokens work, or none of them; returns its name. Nothing of it is lost while it is off."""
    actor.require(MANAGE)
    with transaction() as session:
        return turn_in(session, actor, runtime, application_id, on=on)


def turn_in(session: Session, actor: Actor, runtime: Runtime, application_id: UUID, *, on: bool) -> str:
    """The same inside the caller's transaction."""
    records.require(session, actor)
    record = records.living(session, application_id, lock=True)
    if record.enabled != on:
        before = records.facts(record)
        record.enabled = on
        session.flush()
        records.tell(session, runtime, actor, "enable" if on else "disable", record, before, records.facts(record))
    return record.name


def delete(actor: Actor, runtime: Runtime, application_id: UUID) -> str:
    """Delete an application with its keys; returns its name, which is free again. Usage keeps it."""
    actor.require(MANAGE)
    with transaction() as session:
        records.require(session, actor)
        record = records.living(session, application_id, lock=True)
        store.forget_keys(session, record.id)
        record.deleted_at = runtime.now()
        session.flush()
        records.tell(session, runtime, actor, "delete", record, records.facts(record), None)
        return record.name


def _new(
    actor: Actor, runtime: Runtime, name: str, environments: Environments, models: Patterns, faults: dict[str, str]
) -> ApplicationRecord:
    """An application of what was typed, not stored yet. What is wrong with it is added to the faults."""
    name = name.strip()
    if fault := rules.name_fault(name):
        faults["name"] = fault
    return ApplicationRecord(
        id=uuid4(),
        name=name,
        environments=_environments(environments, faults),
        ceiling=_ceiling(models, faults),
        enabled=True,
        created_at=runtime.now(),
        created_by=actor.label,
    )


def _add(session: Session, actor: Actor, record: ApplicationRecord) -> None:
    records.require(session, actor)
    if store.is_name_taken(session, record.name):
        raise Invalid({"name": "There is an application of this name. Type another one."})
    if store.count(session) >= rules.MOST_APPLICATIONS:
        raise Conflict(f"There are {rules.MOST_APPLICATIONS} applications, as many as fit. Delete one first.")
    session.add(record)
    session.flush()


def _environments(given: Environments, faults: dict[str, str]) -> list[list[str]]:
    """As they are stored."""
    places, fault = (
        rules.environments_from_text(given) if isinstance(given, str) else rules.environments_from_list(given)
    )
    if fault:
        faults["environments"] = fault
    return [[each.name, each.audience] for each in places]


def _ceiling(given: Patterns, faults: dict[str, str]) -> list[str]:
    """As it is stored."""
    patterns, fault = read_patterns(given)
    if not fault and any(map(looks_secret, patterns)):
        fault = "This looks like a key. A pattern of models is read by everybody."
    if fault:
        faults["models"] = fault
    return list(patterns)
