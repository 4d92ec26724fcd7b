"""A fresh sign-in: what hands out power or cannot be undone asks for the password again when it was given long ago."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.attempts import in_words
from portal.domain.errors import Denied, Invalid
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.people import passwords, sign_in_attempts
from portal.services.runtime import Runtime
from portal.store import people
from portal.store import sessions as store
from portal.store.base import Session, reading, transaction
from portal.store.people import UserRecord


def is_fresh(runtime: Runtime, proven_at: datetime | None) -> bool:
    """Whether a password that was given then still counts. It always does where the setting is 0."""
    lasts = timedelta(minutes=runtime.settings.fresh_minutes)
    return not lasts or (proven_at is not None and proven_at > runtime.now() - lasts)


def prove(actor: Actor, runtime: Runtime, session_id: UUID, password: str, action: str) -> None:
    """Take the password of whoever is signed in once more, for their session; `action` is what it is asked for.

    Raises `Invalid` naming `password`, and `Throttled` after too many wrong ones: they count as those of signing in do.
    """
    if not password:
        raise Invalid({"password": "Type your password."})
    with reading() as session:
        seen = _me(session, actor)
        email, known = seen.email, seen.password_hash
    browser = sign_in_attempts.of_session(session_id)
    counted = sign_in_attempts.count(runtime, email, actor.address, browser)
    right = passwords.matches(known, password)
    with transaction() as session:
        user = _me(session, actor, lock=True)
        right = right and user.password_hash == known
        if right and not store.mark_proven(session, session_id, user.id, runtime.now()):
            raise Denied("This session has ended. Sign in again.")
        verb = "session.prove" if right else "session.mistype"
        audit_trail.record(session, runtime, actor, verb, "user", user.id, user.name, after={"for": action})
    if not right:
        wait = f" Wait {in_words(counted.pause)}, then try again." if counted.pause else " Type it again."
        raise Invalid({"password": f"This is not your password.{wait}"})
    sign_in_attempts.forgive(runtime, email, actor.address, browser)


def _me(session: Session, actor: Actor, *, lock: bool = False) -> UserRecord:
    user = people.user_by_id(session, actor.id, lock=lock) if actor.id else None
    if user is None or not user.enabled:
        raise Denied("This account is closed. Ask an administrator.")
    return user
