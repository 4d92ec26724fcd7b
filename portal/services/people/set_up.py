"""The first administrator: from the environment, or through a link that works once."""

import hmac
import secrets

from portal.domain.accounts import NAME_LENGTH, read_facts
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.people import accounts, passwords
from portal.services.people.sessions import hash_token, open_session
from portal.services.runtime import Runtime
from portal.settings import SettingsError
from portal.store import people as store
from portal.store import settings as setting_store
from portal.store.base import Session, reading, transaction

LINKS = "set_up_links"
KEPT = 8
"""How many links stay good: as many processes as start at once each print their own."""
BY_LINK = "the set-up link"
DEAD = "This link has done its work, or was never good. Sign in, or ask an administrator for an account."


def make_first_administrator(runtime: Runtime) -> bool:
    """Make the administrator whom the environment names, if nobody has an account. True when this call made them.

    Raises `SettingsError` when the e-mail or the password cannot be used.
    """
    settings = runtime.settings
    if not settings.admin_email or not settings.admin_password or _anybody():
        return False
    name = settings.admin_email.split("@")[0][:NAME_LENGTH]
    _, email, faults = read_facts(name, settings.admin_email)
    sentences = []
    if "email" in faults:
        sentences.append("PORTAL_ADMIN_EMAIL is not an e-mail address. It looks like ada@example.org.")
    if fault := passwords.fault(settings.admin_password):
        sentences.append(f"PORTAL_ADMIN_PASSWORD cannot be used. {fault}")
    if sentences:
        raise SettingsError(sentences)
    hashed = passwords.hash_password(settings.admin_password)
    with transaction() as session:
        administrator = store.lock_people(session)
        if store.anybody(session):
            return False
        _make(session, runtime, administrator, name, email, hashed, Actor(None, "the environment"))
    return True


def issue(runtime: Runtime) -> str | None:
    """The path of a fresh one-time link for the console, while nobody has an account; else None."""
    if _anybody():
        return None
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        store.lock_people(session)
        if store.anybody(session):
            return None
        links = [*(setting_store.find(session, LINKS) or []), hash_token(token)][-KEPT:]
        setting_store.put(session, LINKS, links, runtime.now())
    return f"/set-up/{token}"


def awaited(runtime: Runtime) -> bool:
    """Whether nobody has an account yet: then there is no signing in, only the link on the console."""
    return not _anybody()


def require_open(runtime: Runtime, token: str) -> None:
    """Raise `NotFound` unless this link can still make the first administrator."""
    with reading() as session:
        _require_open(session, token)


def create_first(
    runtime: Runtime, token: str, name: str, email: str, password: str, again: str, address: str, user_agent: str
) -> str:
    """Make the first administrator and sign them in; returns the session's token. The link is dead afterwards.

    Raises `NotFound` for a dead link, before anything is said about the form, and `Invalid`.
    """
    require_open(runtime, token)
    name, email, faults = read_facts(name, email)
    if sentence := passwords.fault(password):
        faults["password"] = sentence
    elif password != again:
        faults["again"] = "The two passwords differ. Type the password again."
    if faults:
        raise Invalid(faults)
    hashed = passwords.hash_password(password)
    with transaction() as session:
        administrator = store.lock_people(session)
        _require_open(session, token)
        user = _make(session, runtime, administrator, name, email, hashed, Actor(None, BY_LINK, address=address))
        user.last_signed_in_at = runtime.now()
        themselves = Actor(user.id, user.name, address=address)
        audit_trail.record(session, runtime, themselves, "session.open", "user", user.id, user.name)
        return open_session(session, runtime, user.id, address, user_agent)


def _anybody() -> bool:
    with reading() as session:
        return store.anybody(session)


def _require_open(session: Session, token: str) -> None:
    links = setting_store.find(session, LINKS) or []
    known = [hmac.compare_digest(link, hash_token(token)) for link in links]
    if not any(known) or store.anybody(session):
        raise NotFound(DEAD)


def _make(
    session: Session,
    runtime: Runtime,
    administrator: store.RoleRecord,
    name: str,
    email: str,
    hashed: str,
    actor: Actor,
) -> store.UserRecord:
    user = accounts.add(session, runtime, name, email, hashed, [administrator.id], must_change=False)
    setting_store.forget(session, LINKS)
    facts = {"name": name, "email": email, "roles": [administrator.name]}
    audit_trail.record(session, runtime, actor, "user.create", "user", user.id, name, after=facts)
    return user
