"""One's own account: the name and the password."""

from uuid import UUID

from portal.domain import versions
from portal.domain.accounts import name_fault
from portal.domain.errors import Denied, Invalid
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.people import passwords, sign_in_attempts
from portal.services.runtime import Runtime
from portal.store import audit as audit_store
from portal.store import people as store
from portal.store import sessions as session_store
from portal.store.base import Session, reading, transaction


def read_name(actor: Actor) -> tuple[str, str]:
    """One's name, and the version of it that the form is drawn from."""
    with reading() as session:
        user = _me(session, actor)
        return user.name, versions.version_of({"name": user.name})


def who_set_password(actor: Actor) -> str:
    """Who set the password that one has now, when it was somebody else; "" when nobody knows."""
    with reading() as session:
        user = _me(session, actor)
        if not user.must_change_password:
            return ""
        return audit_store.last_actor(session, ("user.create", "user.reset_password"), "user", str(user.id))


def change_name(actor: Actor, runtime: Runtime, name: str, version: str | None = None) -> None:
    """Change what others see. Raises `Invalid` naming `name`, and `Outdated` when it was changed since `version`."""
    name = " ".join(name.split())
    if sentence := name_fault(name):
        raise Invalid({"name": sentence})
    with transaction() as session:
        user = _me(session, actor, lock=True)
        versions.require("your name", {"name": user.name}, version)
        before, user.name = user.name, name
        if before != name:
            audit_trail.record(
                session, runtime, actor, "user.change", "user", user.id, name, {"name": before}, {"name": name}
            )


def change_password(actor: Actor, runtime: Runtime, this: UUID, current: str, new: str, again: str) -> int:
    """Change the password and end all sessions but `this`; how many ended.

    Raises `Invalid` naming `current`, `new`, `again`, and `Throttled` after too many wrong ones.
    """
    faults = {}
    if not current:
        faults["current"] = "Type the password that you have now."
    if sentence := passwords.fault(new):
        faults["new"] = sentence
    elif new == current:
        faults["new"] = "This is the password that you have now. Choose another one."
    elif new != again:
        faults["again"] = "The two new passwords differ. Type the new one again."
    if faults:
        raise Invalid(faults)
    with reading() as session:
        seen = _me(session, actor)
    browser = sign_in_attempts.of_session(this)
    sign_in_attempts.count(runtime, seen.email, actor.address, browser)
    if not passwords.matches(seen.password_hash, current):
        raise Invalid({"current": "This is not the password that you have now. Type it again."})
    hashed = passwords.hash_password(new)
    with transaction() as session:
        user = _me(session, actor, lock=True)
        if user.password_hash != seen.password_hash:
            raise Invalid({"current": "Your password was changed a moment ago. Type the newer one."})
        user.password_hash = hashed
        user.must_change_password = False
        ended = session_store.end_all(session, user.id, keep=this)
        session_store.mark_proven(session, this, user.id, runtime.now())
        after = {"other sessions ended": ended}
        audit_trail.record(session, runtime, actor, "user.change_password", "user", user.id, user.name, after=after)
    sign_in_attempts.forgive(runtime, seen.email, actor.address, browser)
    return ended


def _me(session: Session, actor: Actor, *, lock: bool = False) -> store.UserRecord:
    user = store.user_by_id(session, actor.id, lock=lock) if actor.id else None
    if user is None or not user.enabled:
        raise Denied("This account is closed. Ask an administrator.")
    return user
