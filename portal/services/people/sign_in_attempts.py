"""Tries at signing in are counted before the password is looked at, so that many at once count as many."""

import contextlib
import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.accounts import has_control
from portal.domain.attempts import ACCOUNT, ADDRESS, Patience, in_words
from portal.domain.errors import Throttled
from portal.domain.people import Actor
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


def _subjects(email: str, address: str) -> tuple[tuple[str, Patience], ...]:
    """The account first, always: two transactions that lock in one order never wait for each other."""
    return (_hashed("account", email), ACCOUNT), (_hashed("address", _neighbourhood(address)), ADDRESS)


def _neighbourhood(address: str) -> str:
    """Whoever has one IPv6 address has the other ones of its /64 too: they count as one."""
    with contextlib.suppress(ValueError):
        number = ipaddress.ip_address(address)
        if number.version == 6 and not number.ipv4_mapped:
            return str(ipaddress.ip_network((number, 64), strict=False))
    return address


def _hashed(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()}"


def count(runtime: Runtime, email: str, address: str) -> Try:
    """Count a try for the account and for the address. Raises `Throttled` during a pause, for accounts that do not
    exist too, so that the answer tells nothing about who has one. The first try in each pause leaves an audit row."""
    now = runtime.now()
    with transaction() as session:
        records = [(store.lock_attempts(session, subject, now), rule) for subject, rule in _subjects(email, address)]
        until = max((record.blocked_until for record, _ in records if record.blocked_until), default=now)
        if until > now:
            _note_refusal(session, runtime, records, email, address)
        left, pause = min(rule.free for _, rule in records), None
        for record, rule in records if until <= now else ():
            if record.last_at < now - rule.forgotten_after:
                record.failures = 0
            record.failures += 1
            record.last_at = now
            mine = rule.pause(record.failures)
            record.blocked_until = now + mine if mine else None
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


def forgive(runtime: Runtime, email: str, address: str) -> None:
    """The password was right: the account starts afresh, the address gets this one try back."""
    (account, _), (address_subject, _) = _subjects(email, address)
    now = runtime.now()
    with transaction() as session:
        record = store.lock_attempts(session, account, now)
        record.failures, record.blocked_until = 0, None
        record = store.lock_attempts(session, address_subject, now)
        record.failures = max(0, record.failures - 1)
        record.blocked_until = None
    with transaction() as session:
        store.sweep_attempts(session, now - max(ACCOUNT.forgotten_after, ADDRESS.forgotten_after))


def _throttled(until: datetime, now: datetime) -> Throttled:
    wait = until - now
    return Throttled(
        f"Too many tries. Wait {in_words(wait)}, then type the password again.",
        retry_after=max(1, -int(-wait.total_seconds() // 1)),
    )
