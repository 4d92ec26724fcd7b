"""Registering applications, giving them other keys, turning them off and deleting them: each counts at once, in every
process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.secret import Secret
from portal.domain import applications as rules
from portal.domain import versions
from portal.domain.applications import Environment
from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.later import Later
from portal.services.applications import ended, listing
from portal.services.applications.listing import Application
from portal.services.applications.purpose import purpose_of
from portal.services.audit import trail as audit_trail
from portal.services.encryption import master_keys
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.applications import ApplicationKeyRecord, ApplicationRecord
from portal.store.base import Session, reading, transaction

keys = Later("portal.vault.application_keys")

VIEW, MANAGE = Permission.APPLICATION_VIEW, Permission.APPLICATION_MANAGE

NOT_HERE = "There is no such application. It may have been deleted meanwhile."
NO_SUCH_KEY = "This key has ended already."
REPLACED_MEANWHILE = (
    "This key was replaced after this form was drawn. Open the form again to replace the newer one, too."
)


@dataclass(frozen=True)
class Made:
    """A key that was just registered. `secret` is shown once and kept nowhere in plain; None for a public key.

    `old_until` is when the key that it replaces stops working.
    """

    id: UUID
    name: str
    kid: str
    algorithm: str
    secret: Secret | None
    old_until: datetime | None = None


def list_all(actor: Actor, runtime: Runtime) -> Sequence[Application]:
    """Every application, by name."""
    actor.require(VIEW)
    with reading() as session:
        records = store.living(session, rules.MOST_APPLICATIONS)
        found = store.keys_of(session, [record.id for record in records], runtime.now())
        return tuple(listing.shown(record, found[record.id]) for record in records)


def find(actor: Actor, runtime: Runtime, application_id: UUID) -> Application:
    """One application. Raises `NotFound`."""
    actor.require(VIEW)
    with reading() as session:
        record = _living(session, application_id)
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
    public = _public(public_key, faults)
    if faults:
        raise Invalid(faults)
    master_keys.ensure(runtime)
    with transaction() as session:
        _require(session, actor)
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
        key, secret = _new_key(session, runtime, actor, record.id, public)
        after = _facts(record) | {"key": _told(key)}
        _tell(session, runtime, actor, "create", record, None, after)
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
        _require(session, actor)
        record = _living(session, application_id, lock=True)
        versions.require("this application", listing.fields_of(record), version)
        before = _facts(record)
        record.environments = _stored(places)
        session.flush()
        if before != _facts(record):
            _tell(session, runtime, actor, "change", record, before, _facts(record))


def turn(actor: Actor, runtime: Runtime, application_id: UUID, *, on: bool) -> str:
    """Let an application's tokens work, or none of them; returns its name. Nothing of it is lost while it is off."""
    actor.require(MANAGE)
    with transaction() as session:
        _require(session, actor)
        record = _living(session, application_id, lock=True)
        if record.enabled != on:
            before = _facts(record)
            record.enabled = on
            session.flush()
            _tell(session, runtime, actor, "enable" if on else "disable", record, before, _facts(record))
        return record.name


def rotate(
    actor: Actor,
    runtime: Runtime,
    application_id: UUID,
    hours: int,
    public_key: str = "",
    instead_of: str | None = None,
) -> Made:
    """Give an application another key; the one that it has works for so many hours more.

    Without a public key a secret is invented. `instead_of` names the key to be replaced by its `kid`: once it was
    replaced, raises `Conflict`. Raises `Invalid` naming `hours` or `public_key`, and `NotFound`.
    """
    actor.require(MANAGE)
    faults: dict[str, str] = {}
    if not 0 <= hours <= rules.LONGEST_OVERLAP:
        faults["hours"] = f"The old key can work for 0 to {rules.LONGEST_OVERLAP} hours more."
    public = _public(public_key, faults)
    if faults:
        raise Invalid(faults)
    master_keys.ensure(runtime)
    now = runtime.now()
    with transaction() as session:
        _require(session, actor)
        record = _living(session, application_id, lock=True)
        held = store.keys_of(session, [record.id], now)[record.id]
        old = next((key for key in held if key.expires_at is None), None)
        if instead_of is not None and instead_of != (old.id.hex if old else ""):
            raise Conflict(REPLACED_MEANWHILE)
        if len(held) >= rules.MOST_KEYS and hours:
            raise Conflict(f"{rules.MOST_KEYS} keys of this application work still. End one of them first.")
        until = now + timedelta(hours=hours)
        before = {"key": _told(old)} if old else {}
        if old is not None:
            old.expires_at = until
            session.flush()
        ended.wipe_in(session, record.id, now)
        key, secret = _new_key(session, runtime, actor, record.id, public)
        after = {"key": _told(key)} | ({"old key works until": until if hours else "now"} if old else {})
        _tell(session, runtime, actor, "rotate", record, before, after)
        return Made(record.id, record.name, key.id.hex, key.algorithm, secret, until if old and hours else None)


def end_key(actor: Actor, runtime: Runtime, application_id: UUID, key_id: UUID) -> str:
    """End a key that was replaced, at once; returns the application's name. Raises `NotFound`, and `Conflict` for the
    key with which it signs now: that one is replaced, or the application turned off."""
    actor.require(MANAGE)
    now = runtime.now()
    with transaction() as session:
        _require(session, actor)
        record = _living(session, application_id, lock=True)
        held = store.keys_of(session, [record.id], now)[record.id]
        key = next((one for one in held if one.id == key_id), None)
        if key is None:
            raise NotFound(NO_SUCH_KEY)
        if key.expires_at is None:
            raise Conflict("This is the key in use. Replace it, or turn the application off.")
        key.expires_at = now
        session.flush()
        ended.wipe_in(session, record.id, now)
        _tell(session, runtime, actor, "end_key", record, {"key": _told(key)}, None)
        return record.name


def delete(actor: Actor, runtime: Runtime, application_id: UUID) -> str:
    """Delete an application with its keys; returns its name, which is free again. Usage keeps it."""
    actor.require(MANAGE)
    with transaction() as session:
        _require(session, actor)
        record = _living(session, application_id, lock=True)
        store.forget_keys(session, record.id)
        record.deleted_at = runtime.now()
        session.flush()
        _tell(session, runtime, actor, "delete", record, _facts(record), None)
        return record.name


def _require(session: Session, actor: Actor) -> None:
    """An application lets its users ask models: nobody gives that out who may not do it."""
    mine = rights.of_actor(session, actor, MANAGE)
    if mine.beyond({Permission.CHAT}):
        raise Denied("An application lets its users ask models, and you may not do that yourself.")


def _living(session: Session, application_id: UUID, *, lock: bool = False) -> ApplicationRecord:
    record = store.find(session, application_id, lock=lock)
    if record is None:
        raise NotFound(NOT_HERE)
    return record


def _environments(given: str | Sequence[Environment]) -> tuple[tuple[Environment, ...], dict[str, str]]:
    text = given if isinstance(given, str) else rules.environments_text(given)
    places, fault = rules.environments_from_text(text)
    return places, {"environments": fault} if fault else {}


def _stored(places: Sequence[Environment]) -> list[list[str]]:
    return [[each.name, each.audience] for each in places]


def _public(typed: str, faults: dict[str, str]) -> Any:
    """The public key that was typed in; None where nothing was."""
    if not typed.strip():
        return None
    try:
        return keys.read_public_key(typed)
    except keys.NotAPublicKey as error:
        faults["public_key"] = error.sentence
        return None


def _new_key(
    session: Session, runtime: Runtime, actor: Actor, application_id: UUID, public: Any
) -> tuple[ApplicationKeyRecord, Secret | None]:
    """Store this public key, or an invented secret, encrypted."""
    key = ApplicationKeyRecord(
        id=uuid4(), application_id=application_id, created_at=runtime.now(), created_by=actor.label
    )
    secret: Secret | None = None
    if public is not None:
        key.algorithm, key.public_key, key.fingerprint = public.algorithm, public.pem, public.fingerprint
    else:
        secret = keys.new_secret()
        encrypted = runtime.vault.encrypt(secret, purpose_of(application_id, key.id))
        key.algorithm, key.fingerprint = rules.ALGORITHMS[0], runtime.vault.fingerprint(secret)
        key.encrypted, key.master_key_id = encrypted.text, encrypted.master_key_id
    session.add(key)
    session.flush()
    return key, secret


def _told(key: ApplicationKeyRecord) -> str:
    """What the audit trail may know of a key."""
    return f"{key.algorithm} {key.fingerprint}"


def _facts(record: ApplicationRecord) -> dict[str, Any]:
    places = {each.name: each.audience for each in listing.environments_of(record)}
    return {"environments": places, "works": "yes" if record.enabled else "no"}


def _tell(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    act: str,
    record: ApplicationRecord,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    verb = f"application.{act}"
    audit_trail.record(session, runtime, actor, verb, "application", record.id, record.name, before, after)
