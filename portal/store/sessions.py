"""Who is signed in, from where, and how often somebody tried in vain."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, ForeignKey, String, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.attempts import Patience
from portal.store.base import Record


class SessionRecord(Record):
    """One sign-in. The cookie holds a random token; only its hash is here."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    proven_at: Mapped[datetime | None]
    """When the password was last given in it."""


class SignInAttemptRecord(Record):
    """Failures in a row for one subject: `pair:…` (an account and an address or browser), `account:…`, `address:…`.

    `reader:…` counts the e-mails that nobody has, of one person who shares chats.
    """

    __tablename__ = "sign_in_attempts"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime | None]


def mark_proven(session: Session, session_id: UUID, user_id: UUID, now: datetime) -> bool:
    """Note that the password was given in this session of a person; False when they have no such session."""
    mine = update(SessionRecord).where(SessionRecord.id == session_id, SessionRecord.user_id == user_id)
    return _count(session.execute(mine.values(proven_at=now))) == 1


MOST_LIVING = 200
"""Sessions of one person that a page lists: a script that signs in each minute makes more than anybody reads."""


def living_of(session: Session, user_id: UUID, now: datetime, idle_since: datetime) -> Sequence[SessionRecord]:
    """The sessions of a person that would still be let in, the latest used first, and so many at most."""
    return session.scalars(
        select(SessionRecord)
        .where(
            SessionRecord.user_id == user_id,
            SessionRecord.expires_at > now,
            SessionRecord.last_seen_at > idle_since,
        )
        .order_by(SessionRecord.last_seen_at.desc(), SessionRecord.id)
        .limit(MOST_LIVING)
    ).all()


def count_of(session: Session, user_id: UUID) -> int:
    """How many sessions a person has, those that ran out and were not swept yet included."""
    counted = select(func.count()).select_from(SessionRecord).where(SessionRecord.user_id == user_id)
    return session.scalar(counted) or 0


def end_one(session: Session, session_id: UUID, user_id: UUID) -> bool:
    """Delete one session of a person; False when they have no such session."""
    gone = delete(SessionRecord).where(SessionRecord.id == session_id, SessionRecord.user_id == user_id)
    return _count(session.execute(gone)) == 1


def end_by_token(session: Session, token_hash: str) -> UUID | None:
    """Delete the session with this token; whose it was, or None."""
    user_id = session.scalar(select(SessionRecord.user_id).where(SessionRecord.token_hash == token_hash))
    session.execute(delete(SessionRecord).where(SessionRecord.token_hash == token_hash))
    return user_id


def end_all(session: Session, user_id: UUID, keep: UUID | None = None) -> int:
    """Delete every session of a person but `keep`; how many there were."""
    gone = delete(SessionRecord).where(SessionRecord.user_id == user_id)
    if keep is not None:
        gone = gone.where(SessionRecord.id != keep)
    return _count(session.execute(gone))


def sweep_sessions(session: Session, now: datetime, idle_since: datetime) -> None:
    """Delete what has run out. Rows that another transaction holds are left for the next sweep: nothing waits."""
    over = (
        select(SessionRecord.id)
        .where(or_(SessionRecord.expires_at < now, SessionRecord.last_seen_at < idle_since))
        .limit(500)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(SessionRecord).where(SessionRecord.id.in_(over)))


def sweep_attempts(session: Session, before: datetime) -> None:
    """Delete counts that nobody added to since `before`, waiting for no one."""
    old = (
        select(SignInAttemptRecord.subject)
        .where(SignInAttemptRecord.last_at < before)
        .limit(500)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(SignInAttemptRecord).where(SignInAttemptRecord.subject.in_(old)))


def forget_attempts(session: Session, prefixes: Sequence[str]) -> int:
    """Delete the counts whose subjects begin so; how many there were."""
    found = or_(*(SignInAttemptRecord.subject.startswith(prefix, autoescape=True) for prefix in prefixes))
    return _count(session.execute(delete(SignInAttemptRecord).where(found)))


def lock_attempts(session: Session, subject: str, now: datetime) -> SignInAttemptRecord:
    """The count of one subject, made if it is new, locked until the transaction ends."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(SignInAttemptRecord).values(subject=subject, failures=0, last_at=now)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["subject"]))
    return session.scalars(
        select(SignInAttemptRecord).where(SignInAttemptRecord.subject == subject).with_for_update()
    ).one()


def count_try(record: SignInAttemptRecord, rule: Patience, now: datetime) -> timedelta | None:
    """Count a try in a record that is locked; returns the pause that begins if it fails."""
    if record.last_at < now - rule.forgotten_after:
        record.failures = 0
    record.failures += 1
    record.last_at = now
    pause = rule.pause(record.failures)
    record.blocked_until = now + pause if pause else None
    return pause


def _count(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount
