"""The keys with which applications sign: registered, replaced with an overlap, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.secret import Secret
from portal.domain import applications as rules
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.people import Actor
from portal.later import Later
from portal.services.applications import ended, records
from portal.services.applications.purpose import purpose_of
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.applications import ApplicationKeyRecord
from portal.store.base import Session, transaction

signing = Later("portal.vault.application_keys")

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
    actor.require(records.MANAGE)
    faults: dict[str, str] = {}
    if not 0 <= hours <= rules.LONGEST_OVERLAP:
        faults["hours"] = f"The old key can work for 0 to {rules.LONGEST_OVERLAP} hours more."
    public = read_public(public_key, faults)
    if faults:
        raise Invalid(faults)
    master_keys.ensure(runtime)
    now = runtime.now()
    with transaction() as session:
        records.require(session, actor)
        record = records.living(session, application_id, lock=True)
        held = store.keys_of(session, [record.id], now)[record.id]
        old = next((key for key in held if key.expires_at is None), None)
        if instead_of is not None and instead_of != (old.id.hex if old else ""):
            raise Conflict(REPLACED_MEANWHILE)
        if len(held) >= rules.MOST_KEYS and hours:
            raise Conflict(f"{rules.MOST_KEYS} keys of this application work still. End one of them first.")
        until = now + timedelta(hours=hours)
        before = {"key": told(old)} if old else {}
        if old is not None:
            old.expires_at = until
            session.flush()
        ended.wipe_in(session, record.id, now)
        key, secret = make(session, runtime, actor, record.id, public)
        after = {"key": told(key)} | ({"old key works until": until if hours else "now"} if old else {})
        records.tell(session, runtime, actor, "rotate", record, before, after)
        return Made(record.id, record.name, key.id.hex, key.algorithm, secret, until if old and hours else None)


def end(actor: Actor, runtime: Runtime, application_id: UUID, key_id: UUID) -> str:
    """End a key that was replaced, at once; returns the application's name. Raises `NotFound`, and `Conflict` for the
    key with which it signs now: that one is replaced, or the application turned off."""
    actor.require(records.MANAGE)
    now = runtime.now()
    with transaction() as session:
        records.require(session, actor)
        record = records.living(session, application_id, lock=True)
        held = store.keys_of(session, [record.id], now)[record.id]
        key = next((one for one in held if one.id == key_id), None)
        if key is None:
            raise NotFound(NO_SUCH_KEY)
        if key.expires_at is None:
            raise Conflict("This is the key in use. Replace it, or turn the application off.")
        key.expires_at = now
        session.flush()
        ended.wipe_in(session, record.id, now)
        records.tell(session, runtime, actor, "end_key", record, {"key": told(key)}, None)
        return record.name


def read_public(typed: str, faults: dict[str, str]) -> Any:
    """The public key that was typed in; None where nothing was."""
    if not typed.strip():
        return None
    try:
        return signing.read_public_key(typed)
    except signing.NotAPublicKey as error:
        faults["public_key"] = error.sentence
        return None


def make(
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
        secret = signing.new_secret()
        encrypted = runtime.vault.encrypt(secret, purpose_of(application_id, key.id))
        key.algorithm, key.fingerprint = rules.ALGORITHMS[0], runtime.vault.fingerprint(secret)
        key.encrypted, key.master_key_id = encrypted.text, encrypted.master_key_id
    session.add(key)
    session.flush()
    return key, secret


def told(key: ApplicationKeyRecord) -> str:
    """What the audit trail may know of a key."""
    return f"{key.algorithm} {key.fingerprint}"
