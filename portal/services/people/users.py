"""Users: make, change, disable, delete. Nobody touches whoever may do more than they themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.domain import versions
from portal.domain.accounts import EMAIL_LENGTH, read_facts
from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.rights import Rights
from portal.services.audit import trail as audit_trail
from portal.services.people import accounts, passwords, rights
from portal.services.people.rights import HeldRole
from portal.services.runtime import Runtime
from portal.store import access_tokens, chats
from portal.store import people as store
from portal.store import sessions as session_store
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog

MANAGE = Permission.USER_MANAGE
PAGE = 50
Place = tuple[str, UUID]
"""Where a page of people begins or ends: a sort key and an id."""


@dataclass(frozen=True)
class Person:
    """A user as the list and the page show them. `reachable`: the one who looks may change them."""

    id: UUID
    name: str
    email: str
    enabled: bool
    must_change_password: bool
    created_at: datetime
    last_signed_in_at: datetime | None
    roles: tuple[HeldRole, ...]
    reachable: bool
    is_me: bool
    version: str
    """What the form of this user is drawn from."""


@dataclass(frozen=True)
class Crowd:
    """One page of people, with the places where the pages before and after it begin."""

    people: tuple[Person, ...]
    before: Place | None
    after: Place | None


@dataclass(frozen=True)
class Loss:
    """What goes with a user."""

    chats: int
    sessions: int
    access_tokens: int = 0


@dataclass(frozen=True)
class Credentials:
    """A new account, or a new password for one. The password is shown once, to whoever asked, and kept nowhere."""

    id: UUID
    name: str
    email: str
    password: str


def list_for(
    actor: Actor,
    runtime: Runtime,
    *,
    term: str = "",
    enabled: bool | None = None,
    role_id: UUID | None = None,
    after: Place | None = None,
    before: Place | None = None,
) -> Crowd:
    """A page of people by name, from a place on. `term` is looked for in names and e-mails."""
    wanted = store.Wanted(term.replace("\0", "").strip()[:EMAIL_LENGTH], enabled, role_id, after, before)
    with reading() as session:
        mine = rights.of_actor(session, actor, MANAGE)
        rows = store.list_people(session, wanted, PAGE + 1)
        held = rights.roles_of(session, [row.id for row in rows])
    more = len(rows) > PAGE
    if more:
        rows = rows[1:] if wanted.before else rows[:PAGE]
    people = tuple(_person(row, held[row.id], mine, actor) for row in rows)
    comes_before = more if wanted.before else wanted.after is not None
    comes_after = wanted.before is not None or more
    first, last = (rows[0], rows[-1]) if rows else (None, None)
    return Crowd(
        people,
        (first.sort_key, first.id) if first and comes_before else None,
        (last.sort_key, last.id) if last and comes_after else None,
    )


def find(actor: Actor, runtime: Runtime, user_id: UUID) -> Person:
    """One user. Raises `NotFound`, and `Denied` when they may do more than the actor."""
    with reading() as session:
        mine = rights.of_actor(session, actor, MANAGE)
        user = accounts.reach(session, mine, user_id, lock=False)
        return _person(user, rights.roles_of(session, [user.id])[user.id], mine, actor)


def roles_to_give(actor: Actor, runtime: Runtime) -> tuple[HeldRole, ...]:
    """The roles that the actor may give out: those that grant nothing beyond their own rights."""
    with reading() as session:
        mine = rights.of_actor(session, actor, MANAGE)
        return tuple(role for role in rights.every_role(session) if mine.covers(role.rights))


def create(
    actor: Actor, runtime: Runtime, name: str, email: str, role_ids: Collection[UUID], password: str = ""
) -> Credentials:
    """Make a user who must choose a password of their own at the first sign-in. Without one given, one is invented.

    Raises `Invalid` naming `name`, `email`, `roles`, `password`; `Denied` for a role beyond the actor's rights.
    """
    name, email, faults = read_facts(name, email)
    if password and (sentence := passwords.fault(password)):
        faults["password"] = sentence
    if not role_ids:
        faults["roles"] = "Tick at least one role."
    if faults:
        raise Invalid(faults)
    first = password or passwords.invent()
    hashed = passwords.hash_password(first)
    with transaction() as session:
        store.lock_people(session)
        mine = rights.of_actor(session, actor, MANAGE)
        roles = accounts.give(session, mine, role_ids)
        accounts.refuse_taken_email(session, email)
        user = accounts.add(session, runtime, name, email, hashed, [role.id for role in roles], must_change=True)
        audit_trail.record(
            session, runtime, actor, "user.create", "user", user.id, name, after=accounts.facts_of(user, roles)
        )
    return Credentials(user.id, name, email, first)


def change(
    actor: Actor,
    runtime: Runtime,
    user_id: UUID,
    name: str,
    email: str,
    role_ids: Collection[UUID],
    version: str | None = None,
) -> None:
    """Change name, e-mail and roles.

    Raises `Invalid`, `Denied`, `NotFound`; `Conflict` for the last Administrator; `Outdated` when somebody saved after
    `version` was drawn.
    """
    name, email, faults = read_facts(name, email)
    if not role_ids:
        faults["roles"] = "Tick at least one role."
    if faults:
        raise Invalid(faults)
    with transaction() as session:
        administrator = store.lock_people(session)
        mine = rights.of_actor(session, actor, MANAGE)
        user = accounts.reach(session, mine, user_id)
        held = rights.roles_of(session, [user.id])[user.id]
        versions.require(user.name, _fields(user, held), version)
        before = accounts.facts_of(user, held)
        roles = accounts.give(session, mine, role_ids)
        if user.enabled and accounts.among(administrator, held) and not accounts.among(administrator, roles):
            rights.require_another_administrator(session, administrator, user)
        if email != user.email:
            accounts.refuse_taken_email(session, email)
        user.name, user.email = name, email
        store.set_roles(session, user.id, [role.id for role in roles])
        after = accounts.facts_of(user, roles)
        if after != before:
            audit_trail.record(session, runtime, actor, "user.change", "user", user.id, name, before, after)


def enable(actor: Actor, runtime: Runtime, user_id: UUID) -> str:
    """Let a disabled user in again; returns their name."""
    with transaction() as session:
        store.lock_people(session)
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id)
        if not user.enabled:
            user.enabled = True
            audit_trail.record(session, runtime, actor, "user.enable", "user", user.id, user.name)
        return user.name


def disable(actor: Actor, runtime: Runtime, user_id: UUID) -> str:
    """Lock a user out, at once and everywhere, and end their access tokens; all else is kept. Returns their name."""
    with transaction() as session:
        administrator = store.lock_people(session)
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id)
        if user.enabled:
            accounts.refuse_parting_with(session, actor, administrator, user)
            user.enabled = False
            session_store.end_all(session, user.id)
            ended = access_tokens.revoke_all(session, user.id, runtime.now())
            after = {"access tokens revoked": ended} if ended else None
            audit_trail.record(session, runtime, actor, "user.disable", "user", user.id, user.name, after=after)
        return user.name


def reset_password(actor: Actor, runtime: Runtime, user_id: UUID) -> Credentials:
    """Invent a password for a user, who must choose their own with it; their sessions end."""
    invented = passwords.invent()
    hashed = passwords.hash_password(invented)
    with transaction() as session:
        store.lock_people(session)
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id)
        if user.id == actor.id:
            raise Conflict("This is your own account. Change your password on your profile page.")
        user.password_hash = hashed
        user.must_change_password = True
        session_store.end_all(session, user.id)
        audit_trail.record(session, runtime, actor, "user.reset_password", "user", user.id, user.name)
        return Credentials(user.id, user.name, user.email, invented)


def what_goes_with(actor: Actor, runtime: Runtime, user_id: UUID) -> Loss:
    """What deleting a user would lose."""
    with reading() as session:
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id, lock=False)
        return Loss(
            chats.count_of(session, user.id),
            session_store.count_of(session, user.id),
            access_tokens.count_living(session, user.id, runtime.now()),
        )


def remove(actor: Actor, runtime: Runtime, user_id: UUID) -> str:
    """Delete a user with chats, sessions, own keys and tokens; the audit trail keeps their name. Returns the name."""
    with transaction() as session:
        lock_catalog(session)
        administrator = store.lock_people(session)
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id)
        accounts.refuse_parting_with(session, actor, administrator, user)
        held = rights.roles_of(session, [user.id])[user.id]
        before = accounts.facts_of(user, held)
        session_store.end_all(session, user.id)
        session.delete(user)
        session.flush()  # rows before the trail, as everywhere: who locks in one order never waits in a circle
        audit_trail.record(session, runtime, actor, "user.delete", "user", user.id, user.name, before=before)
        return user.name


def _fields(user: Any, roles: Collection[HeldRole]) -> versions.Fields:
    """What the form of a user shows."""
    named = sorted(roles, key=lambda role: role.name)
    held = versions.Stored([str(role.id) for role in named], ", ".join(role.name for role in named) or "no role")
    return {"name": user.name, "email": user.email, "roles": held}


def _person(row: Any, roles: tuple[HeldRole, ...], mine: Rights, actor: Actor) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        enabled=row.enabled,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
        last_signed_in_at=row.last_signed_in_at,
        roles=roles,
        reachable=mine.covers(rights.together(roles)),
        is_me=row.id == actor.id,
        version=versions.version_of(_fields(row, roles)),
    )
