"""Tries at signing in are counted before the password is looked at, so that many at once count as many."""

import contextlib
import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.accounts import has_control, plain_email
from portal.domain.attempts import ACCOUNT, ADDRESS, PAIR, Patience, in_seconds, in_words
from portal.domain.errors import NotFound, Throttled
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.store import people
from portal.store import sessions as store
from portal.store.base import Session, transaction
from portal.store.sessions import SignInAttemptRecord


@dataclass(frozen=True)
class Try:
    """One counted try: how many are left before a pause, and the pause that begins if this one fails."""

    left: int
    pause: timedelta | None


def _subjects(email: str, address: str, browser: str) -> tuple[tuple[str, Patience], ...]:
    """What a try counts for, in one order always: two transactions that lock in one order never wait for each other.

    `browser` names one that signed in to this account before: it counts by itself, and by nothing that others do.
    """
    account = _hashed(email)
    if browser:
        return ((f"pair:{account}:{_hashed(browser)}", PAIR),)
    near = _hashed(_neighbourhood(address))
    return (f"account:{account}", ACCOUNT), (f"pair:{account}:{near}", PAIR), (f"address:{near}", ADDRESS)


def of_session(session_id: UUID) -> str:
    """What counts tries of whoever is signed in already: guesses from elsewhere keep nobody from their own account."""
    return f"session {session_id}"


def _neighbourhood(address: str) -> str:
    """Whoever has one IPv6 address has the other ones of its /64 too: they count as one."""
    with contextlib.suppress(ValueError):
        number = ipaddress.ip_address(address)
        if number.version == 6 and not number.ipv4_mapped:
            return str(ipaddress.ip_network((number, 64), strict=False))
    return address


def _hashed(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:32]


def count(runtime: Runtime, email: str, address: str, browser: str = "") -> Try:
    """Count a try for the account at this address, for the account, and for the address.

    Raises `Throttled` during a pause, for accounts that do not exist too, so that the answer tells nothing about who
    has one. The first try in each pause leaves an audit row.
    """
    now = runtime.now()
    with transaction() as session:
        subjects = _subjects(email, address, browser)
        records = [(store.lock_attempts(session, subject, now), rule) for subject, rule in subjects]
        until = max((record.blocked_until for record, _ in records if record.blocked_until), default=now)
        if until > now:
            _note_refusal(session, runtime, records, email, address)
        left, pause = min(rule.free for _, rule in records), None
        for record, rule in records if until <= now else ():
            mine = store.count_try(record, rule, now)
            left = min(left, max(0, rule.free - record.failures))
            pause = max(filter(None, (pause, mine)), default=None)
    if until > now:
        raise _throttled(until, now)
    return Try(left, pause)


def _note_refusal(
    session: Session, runtime: Runtime, records: list[tuple[SignInAttemptRecord, Patience]], email: str, address: str
) -> None:
    """Tell the trail that somebody tries on in a pause: once in each, so that nobody can fill it with noise."""
    now = runtime.now()
    pausing = [(record, rule) for record, rule in records if record.blocked_until and record.blocked_until > now]
    # A pause is as old as the last failure, until somebody tries in it.
    fresh = [record for record, rule in pausing if record.blocked_until == record.last_at + _pause(record, rule)]
    for record in fresh:
        record.last_at = record.blocked_until or now
    if fresh:
        user = None if has_control(email) else people.user_by_email(session, email)
        subject = (user.id, user.name) if user else ("", "")
        actor = Actor(None, "somebody", address=address)
        audit_trail.record(session, runtime, actor, "session.refuse", "user", *subject)


def _pause(record: SignInAttemptRecord, rule: Patience) -> timedelta:
    return rule.pause(record.failures) or timedelta()


def forgive(runtime: Runtime, email: str, address: str, browser: str = "") -> None:
    """The password was right: the account starts afresh here, and what others share gets this one try back."""
    now = runtime.now()
    with transaction() as session:
        for subject, rule in _subjects(email, address, browser):
            record = store.lock_attempts(session, subject, now)
            record.failures = 0 if rule is PAIR else max(0, record.failures - 1)
            if rule is not ACCOUNT or record.failures < rule.free:
                record.blocked_until = None
    with transaction() as session:
        store.sweep_attempts(session, now - max(rule.forgotten_after for rule in (PAIR, ACCOUNT, ADDRESS)))


def unlock(actor: Actor, runtime: Runtime, email: str) -> str:
    """Forget every failed try at an account, from everywhere; returns its name. Raises `NotFound`."""
    actor.require(Permission.USER_MANAGE)
    email = plain_email(email)
    account = _hashed(email)
    with transaction() as session:
        user = None if has_control(email) else people.user_by_email(session, email)
        if user is None:
            raise NotFound("Nobody has an account with this e-mail.")
        store.forget_attempts(session, [f"account:{account}", f"pair:{account}:"])
        audit_trail.record(session, runtime, actor, "user.unlock", "user", user.id, user.name)
        return user.name


def _throttled(until: datetime, now: datetime) -> Throttled:
    wait = until - now
    return Throttled(
        f"Too many tries. Wait {in_words(wait)}, then type the password again.",
        retry_after=in_seconds(wait),
    )
