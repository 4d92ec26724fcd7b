"""Signing in and out. Sessions are rows: opened at sign-in, read on every request, ended by deleting them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portal.domain import browsers, rights
from portal.domain.accounts import has_control, plain_email
from portal.domain.attempts import in_words
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services import last_used
from portal.services.audit import trail as audit_trail
from portal.services.last_used import Used
from portal.services.people import passwords, sign_in_attempts
from portal.services.runtime import Runtime
from portal.store import people, signed_in
from portal.store import sessions as store
from portal.store.base import Session, reading, transaction

IDLE = timedelta(hours=2)


@dataclass(frozen=True)
class SignedIn:
    """Whoever holds a session's token, with what they may do right now."""

    session_id: UUID
    user_id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    must_change_password: bool
    role_ids: frozenset[UUID] = frozenset()
    team_id: UUID | None = None
    proven_at: datetime | None = None

    def actor(self, address: str) -> Actor:
        return Actor(self.user_id, self.name, self.permissions, address, self.role_ids, self.team_id)


@dataclass(frozen=True)
class OpenSession:
    """One of a person's sessions, as their profile lists it."""

    id: UUID
    address: str
    browser: str
    began_at: datetime
    last_seen_at: datetime
    is_this: bool


def sign_in(
    runtime: Runtime,
    email: str,
    password: str,
    address: str,
    user_agent: str,
    replaces: str | None = None,
    browser: str = "",
) -> str:
    """Open a session for whoever this e-mail and password belong to; returns its token. `replaces` ends an older one.

    `browser` names one that signed in to this account before, blank for any other: see `sign_in_attempts`.

    Raises `Throttled` during a pause and `Invalid` otherwise, in the same words and after the same work for an
    unknown e-mail, a wrong password and a disabled account.
    """
    email = plain_email(email)
    if not email or not password:
        missing = (("email", email, "Type your e-mail."), ("password", password, "Type your password."))
        raise Invalid({field: sentence for field, typed, sentence in missing if not typed})
    counted = sign_in_attempts.count(runtime, email, address, browser)
    with reading() as session:
        user = None if has_control(email) else people.user_by_email(session, email)
    right = passwords.matches(user.password_hash if user else None, password)
    fresh = passwords.hash_password(password) if right and user and passwords.outdated(user.password_hash) else None
    token = None
    with transaction() as session:
        if right and user:
            token = _admit(session, runtime, user, fresh, address, user_agent, replaces)
        if token is None:
            subject = (user.id, user.name) if user else ("", "")
            audit_trail.record(
                session, runtime, Actor(None, "somebody", address=address), "session.fail", "user", *subject
            )
    if token is None:
        raise Invalid({"": _refusal(counted)})
    sign_in_attempts.forgive(runtime, email, address, browser)
    with transaction() as session:
        store.sweep_sessions(session, runtime.now(), runtime.now() - IDLE)
    return token


def sign_out(actor: Actor, runtime: Runtime, session_id: UUID) -> None:
    """End the session that the person is using."""
    with transaction() as session:
        if actor.id and store.end_one(session, session_id, actor.id):
            audit_trail.record(session, runtime, actor, "session.close", "session", session_id, actor.label)


def list_of(actor: Actor, runtime: Runtime, this: UUID) -> tuple[OpenSession, ...]:
    """The actor's own sessions, the latest used first; `this` is the one that asks."""
    if actor.id is None:
        return ()
    now = runtime.now()
    with reading() as session:
        return tuple(
            OpenSession(
                id=row.id,
                address=row.address,
                browser=browsers.in_words(row.user_agent),
                began_at=row.created_at,
                last_seen_at=row.last_seen_at,
                is_this=row.id == this,
            )
            for row in store.living_of(session, actor.id, now, now - IDLE)
        )


def end_one(actor: Actor, runtime: Runtime, session_id: UUID) -> None:
    """End one of the actor's own sessions. Raises `NotFound` for anybody else's."""
    with transaction() as session:
        if actor.id is None or not store.end_one(session, session_id, actor.id):
            raise NotFound("This session has ended already.")
        audit_trail.record(session, runtime, actor, "session.revoke", "session", session_id, actor.label)


def end_others(actor: Actor, runtime: Runtime, keep: UUID) -> int:
    """End all of the actor's sessions but one; how many there were."""
    if actor.id is None:
        return 0
    with transaction() as session:
        ended = store.end_all(session, actor.id, keep)
        if ended:
            audit_trail.record(
                session, runtime, actor, "session.revoke", "user", actor.id, actor.label, after={"ended": ended}
            )
    return ended


def hash_token(token: str) -> str:
    """What is stored of a token. It is random and long, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, runtime: Runtime, user_id: UUID, address: str, user_agent: str) -> str:
    """Begin a session inside the caller's transaction; returns the token for the cookie, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    now = runtime.now()
    session.add(
        store.SessionRecord(
            user_id=user_id,
            token_hash=hash_token(token),
            created_at=now,
            last_seen_at=now,
            proven_at=now,
            expires_at=now + timedelta(hours=runtime.settings.session_hours),
            address=address[:64],
            user_agent=user_agent.replace("\0", "")[:300],
        )
    )
    session.flush()
    return token


def find(token: str, runtime: Runtime) -> SignedIn | None:
    """Who holds this token, in one query; None when it is unknown, over, idle too long, or its user is disabled."""
    with reading() as session:
        rows = signed_in.look_up(session, hash_token(token))
    now = runtime.now()
    if not rows or rows[0].expires_at <= now or rows[0].last_seen_at <= now - IDLE:
        return None
    first = rows[0]
    if last_used.is_due(first.last_seen_at, now):
        last_used.here().note(Used.SESSION, first.session_id, now)
    stored: dict[tuple[str, str | None], set[str]] = {}
    for row in rows:
        if row.role is not None:
            stored.setdefault((row.role, row.built_in), set()).add(row.permission or "")
    held = rights.together(rights.of_role(built_in, names) for (_, built_in), names in stored.items())
    return SignedIn(
        first.session_id,
        first.user_id,
        first.email,
        first.name,
        tuple(role for role, _ in stored),
        held.permissions,
        first.must_change_password,
        frozenset(row.role_id for row in rows if row.role_id is not None),
        first.team_id,
        first.proven_at,
    )


def _admit(
    session: Session,
    runtime: Runtime,
    seen: people.UserRecord,
    fresh: str | None,
    address: str,
    user_agent: str,
    replaces: str | None,
) -> str | None:
    """Open the session, unless the account was disabled or got another password since it was looked at."""
    user = people.user_by_id(session, seen.id, lock=True)
    if user is None or not user.enabled or user.password_hash != seen.password_hash:
        return None
    if fresh:
        user.password_hash = fresh
    user.last_signed_in_at = runtime.now()
    if replaces:
        store.end_by_token(session, hash_token(replaces))
    token = open_session(session, runtime, user.id, address, user_agent)
    audit_trail.record(
        session, runtime, Actor(user.id, user.name, address=address), "session.open", "user", user.id, user.name
    )
    return token


def _refusal(counted: sign_in_attempts.Try) -> str:
    if counted.pause:
        return f"This e-mail and password do not go together. Wait {in_words(counted.pause)}, then try again."
    tries = "One more try" if counted.left == 1 else f"{counted.left} more tries"
    return f"This e-mail and password do not go together. Type the password again; {tries} before a pause."
