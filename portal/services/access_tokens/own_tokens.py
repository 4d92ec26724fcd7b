"""One's own tokens: made and shown once, replaced while both values work, revoked at once."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain.allowances import Allowance, Kind
from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import PERMISSION_GROUPS, Grant, Permission
from portal.domain.rights import Rights
from portal.services.access_tokens import listing
from portal.services.access_tokens.listing import Token, Tokens
from portal.services.audit import trail as audit_trail
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.store import access_tokens as store
from portal.store import allowances, people
from portal.store.access_tokens import AccessTokenRecord, AccessTokenValueRecord
from portal.store.base import Session, reading, transaction

NOT_HERE = "You have no token of that name that works. It may have been revoked, or have expired."
REPLACED_MEANWHILE = (
    "This token was replaced after this form was drawn, and its new value was shown then. "
    "Open the form again to replace that one, too."
)


@dataclass(frozen=True)
class Made:
    """A new value, to be shown once and kept nowhere. `old_until` is when the value that it replaces stops working."""

    id: UUID
    name: str
    value: Secret
    expires_at: datetime | None
    old_until: datetime | None = None


@dataclass(frozen=True)
class End:
    """When a token ends from now on; None: not by itself."""

    at: datetime | None


def list_own(actor: Actor, runtime: Runtime) -> Tokens:
    """One's own tokens."""
    user_id = _me(actor)
    with reading() as session:
        return listing.of_person(session, user_id, actor.permissions, runtime.now())


def find(actor: Actor, runtime: Runtime, token_id: UUID) -> Token:
    """One of one's own tokens that works. Raises `NotFound`."""
    user_id, now = _me(actor), runtime.now()
    with reading() as session:
        record = _living(store.find(session, user_id, token_id), now)
        return listing.shown(record, store.values_of(session, [record.id], now)[record.id], actor.permissions, now)


def scopes_to_give(actor: Actor) -> tuple[tuple[str, tuple[Grant, ...]], ...]:
    """What one may let a token do: what one may do oneself, in the groups of the Roles page."""
    groups = (
        (group, tuple(grant for grant in grants if grant.permission in actor.permissions & tokens.SCOPES))
        for group, grants in PERMISSION_GROUPS
    )
    return tuple((group, grants) for group, grants in groups if grants)


def create(
    actor: Actor, runtime: Runtime, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> Made:
    """Make a token that may do what `scopes` name.

    Raises `Invalid` naming `name`, `scopes`, `expires_at`; `Denied` for a scope beyond what one may do oneself;
    `Conflict` when one has as many as there may be.
    """
    user_id, now = _me(actor), runtime.now()
    name, faulty = tokens.read_name(name)
    wanted = tokens.scopes_of(" ".join(scopes))
    faults = {"name": faulty} if faulty else {}
    if not scopes:
        faults["scopes"] = "Tick at least one thing that the token may do."
    elif len(wanted) != len(set(scopes)):
        faults["scopes"] = "One of these is no permission. Look at the list again."
    if not tokens.works(now, expires_at):
        faults["expires_at"] = "This moment has passed. Choose a later one."
    if faults:
        raise Invalid(faults)
    with transaction() as session:
        _refuse_beyond(_lock_me(session, actor, user_id), wanted)
        _refuse_to_outlive(session, actor, user_id, expires_at, now)
        if store.is_name_taken(session, user_id, name, now):
            raise Invalid({"name": "You have a token of this name. Type another one, or replace that one."})
        if store.count_living(session, user_id, now) >= tokens.MOST_LIVING:
            raise Conflict(f"You have {tokens.MOST_LIVING} tokens, as many as there may be. Revoke one first.")
        record = AccessTokenRecord(
            id=uuid4(),
            user_id=user_id,
            name=name,
            scopes=tokens.stored_scopes(wanted),
            created_at=now,
            expires_at=expires_at,
        )
        session.add(record)
        session.flush()
        value = _new_value(session, record.id, now)
        _tell(session, runtime, actor, "create", record, None, _facts(record, actor.label))
    return Made(record.id, name, value, expires_at)


def replace(
    actor: Actor,
    runtime: Runtime,
    token_id: UUID,
    hours: int,
    end: End | None = None,
    instead_of: str | None = None,
) -> Made:
    """Give a token another value; the one that it has works for so many hours more. `end` changes when it ends.

    `instead_of` names the value to be replaced: once it was replaced, raises `Conflict`. Raises `Invalid` naming
    `hours`, and `NotFound`; `Denied` where somebody acts with a token that may do less than this one.
    """
    user_id, now = _me(actor), runtime.now()
    if not 0 <= hours <= tokens.LONGEST_OVERLAP:
        raise Invalid({"hours": f"The old value can work for 0 to {tokens.LONGEST_OVERLAP} hours more."})
    if end is not None and not tokens.works(now, end.at):
        raise Invalid({"expires_at": "This moment has passed. Choose a later one."})
    with transaction() as session:
        mine = _lock_me(session, actor, user_id)
        record = _living(store.find(session, user_id, token_id, lock=True), now)
        if actor.token:  # whoever has but a token in hand is told no value that may do more, or for longer
            _refuse_beyond(mine, tokens.scopes_of(record.scopes))
            _refuse_to_outlive(session, actor, user_id, end.at if end else record.expires_at, now)
        values = store.values_of(session, [record.id], now)[record.id]
        old = next(value for value in values if value.expires_at is None)
        if instead_of is not None and instead_of != listing.name_of_value(old):
            raise Conflict(REPLACED_MEANWHILE)
        if len(values) >= tokens.MOST_VALUES:
            raise Conflict(f"{tokens.MOST_VALUES} values of this token work still. Wait until one of them has ended.")
        before = _facts(record, actor.label)
        if end is not None:
            record.expires_at = end.at
        old.expires_at = until = now + timedelta(hours=hours)
        value = _new_value(session, record.id, now)
        after = _facts(record, actor.label) | {"old value works until": until if hours else "now"}
        _tell(session, runtime, actor, "replace", record, before, after)
    return Made(record.id, record.name, value, record.expires_at, tokens.sooner(until, record.expires_at))


def revoke(actor: Actor, runtime: Runtime, token_id: UUID) -> str:
    """End one's own token, at once and everywhere; returns its name. Raises `NotFound`."""
    user_id = _me(actor)
    with transaction() as session:
        return end_one(session, runtime, actor, user_id, actor.label, token_id)


def end_one(session: Session, runtime: Runtime, actor: Actor, owner_id: UUID, owner: str, token_id: UUID) -> str:
    """The same in the caller's transaction, for a token of whoever it is."""
    record = _living(store.find(session, owner_id, token_id, lock=True), runtime.now())
    record.revoked_at = runtime.now()
    session.flush()  # rows before the trail, as everywhere: who locks in one order never waits in a circle
    _tell(session, runtime, actor, "revoke", record, _facts(record, owner), None)
    return record.name


def _me(actor: Actor) -> UUID:
    if actor.id is None or not actor.may(Permission.ACCESS_TOKEN):
        raise Denied("Your roles do not let you have access tokens. Ask an administrator for the permission.")
    return actor.id


def _lock_me(session: Session, actor: Actor, user_id: UUID) -> Rights:
    """What the actor may do now. Their row is locked: whoever disables them waits, and names are taken once."""
    people.user_by_id(session, user_id, lock=True)
    return rights.of_actor(session, actor, Permission.ACCESS_TOKEN)


def _refuse_beyond(mine: Rights, scopes: Collection[Permission]) -> None:
    if beyond := mine.beyond(scopes):
        names = ", ".join(sorted(beyond))
        raise Denied(f"You may not do this yourself, so no token of yours may: {names}.")


def _refuse_to_outlive(
    session: Session, actor: Actor, user_id: UUID, expires_at: datetime | None, now: datetime
) -> None:
    """A token makes none that works longer than itself, and one that has a limit or a budget makes none at all."""
    if not actor.token:
        return
    parent = store.living_named(session, user_id, actor.token, now)
    if parent is None or allowances.find(session, Kind.TOKEN, parent.id) != Allowance():
        raise Denied(
            "This token has a limit or a budget of its own, so it makes and replaces no tokens. Sign in for it."
        )
    if parent.expires_at is not None and (expires_at is None or expires_at > parent.expires_at):
        ends = f"{parent.expires_at:%Y-%m-%d %H:%M} UTC"
        raise Invalid({"expires_at": f"A token that is made with another one ends no later than that: {ends}."})


def _living(record: AccessTokenRecord | None, now: datetime) -> AccessTokenRecord:
    if record is None or record.revoked_at is not None or not tokens.works(now, record.expires_at):
        raise NotFound(NOT_HERE)
    return record


def _new_value(session: Session, token_id: UUID, now: datetime) -> Secret:
    """Invent a value and store its hash."""
    value = tokens.spell("".join(secrets.choice(tokens.ALPHABET) for _ in range(tokens.RANDOM)))
    secret = Secret(value)
    session.add(
        AccessTokenValueRecord(
            digest=secret.digest(), token_id=token_id, prefix=tokens.prefix_of(value), created_at=now
        )
    )
    session.flush()
    return secret


def _facts(record: AccessTokenRecord, owner: str) -> dict[str, Any]:
    """What the audit trail may know of a token."""
    return {
        "owner": owner,
        "scopes": sorted(tokens.scopes_of(record.scopes)),
        "expires": record.expires_at or "never",
    }


def _tell(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    act: str,
    record: AccessTokenRecord,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    verb = f"access_token.{act}"
    audit_trail.record(session, runtime, actor, verb, "access_token", record.id, record.name, before, after)
