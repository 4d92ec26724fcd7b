"""Registering applications, turning them off and deleting them: each counts at once, in every process."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from portal.domain import applications as rules
from portal.domain import versions
from portal.domain.applications import Environment
from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.services.applications import keys, listing, records
from portal.services.applications.keys import Made
from portal.services.applications.listing import Application
from portal.services.applications.records import MANAGE, VIEW
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.applications import ApplicationRecord
from portal.store.base import reading, transaction


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
    actor: Actor, runtime: Runtime, name: str, environments: str | Sequence[Environment], public_key: str = ""
) -> Made:
    """Register an application with this public key, or with an invented secret where there is none.

    Raises `Invalid` naming `name`, `environments`, `public_key`; `Denied` for whoever may not ask models themselves.
    """
    actor.require(MANAGE)
    name = name.strip()
    places, faults = _environments(environments)
    if fault := rules.name_fault(name):
        faults["name"] = fault
    public = keys.read_public(public_key, faults)
    if faults:
        raise Invalid(faults)
    master_keys.ensure(runtime)
    with transaction() as session:
        records.require(session, actor)
        if store.is_name_taken(session, name):
            raise Invalid({"name": "There is an application of this name. Type another one."})
        if store.count(session) >= rules.MOST_APPLICATIONS:
            raise Conflict(f"There are {rules.MOST_APPLICATIONS} applications, as many as fit. Delete one first.")
        record = ApplicationRecord(
            id=uuid4(),
            name=name,
            environments=_stored(places),
            enabled=True,
            created_at=runtime.now(),
            created_by=actor.label,
        )
        session.add(record)
        session.flush()
        key, secret = keys.make(session, runtime, actor, record.id, public)
        after = records.facts(record) | {"key": keys.told(key)}
        records.tell(session, runtime, actor, "create", record, None, after)
        return Made(record.id, name, key.id.hex, key.algorithm, secret)


def change(
    actor: Actor,
    runtime: Runtime,
    application_id: UUID,
    environments: str | Sequence[Environment],
    version: str | None = None,
) -> None:
    """Change where an application runs.

    Raises `Invalid` naming `environments`, `NotFound`, and `Outdated` when somebody saved after `version` was drawn.
    """
    actor.require(MANAGE)
    places, faults = _environments(environments)
    if faults:
        raise Invalid(faults)
    with transaction() as session:
        records.require(session, actor)
        record = records.living(session, application_id, lock=True)
        versions.require("this application", listing.fields_of(record), version)
        before = records.facts(record)
        record.environments = _stored(places)
        session.flush()
        if before != records.facts(record):
            records.tell(session, runtime, actor, "change", record, before, records.facts(record))


def turn(actor: Actor, runtime: Runtime, application_id: UUID, *, on: bool) -> str:
    """Let an application's tokens work, or none of them; returns its name. Nothing of it is lost while it is off."""
    actor.require(MANAGE)
    with transaction() as session:
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


def _environments(given: str | Sequence[Environment]) -> tuple[tuple[Environment, ...], dict[str, str]]:
    text = given if isinstance(given, str) else rules.environments_text(given)
    places, fault = rules.environments_from_text(text)
    return places, {"environments": fault} if fault else {}


def _stored(places: Sequence[Environment]) -> list[list[str]]:
    return [[each.name, each.audience] for each in places]
