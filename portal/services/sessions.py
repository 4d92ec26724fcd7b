"""Sessions are rows: opened at sign-in, read on every request, ended by deleting them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from portal.domain import standing
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.tools import Tools
from portal.store import sessions as store
from portal.store import signed_in
from portal.store.base import Session, reading, transaction

IDLE = timedelta(hours=2)
NOTE_EVERY = timedelta(minutes=1)
"""How often at most a session's last use is written: a page with ten requests costs one write, not ten."""


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

    def actor(self, address: str) -> Actor:
        return Actor(self.user_id, self.name, self.permissions, address)


def hash_token(token: str) -> str:
    """What is stored of a token. It is random and long, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, tools: Tools, user_id: UUID, address: str, user_agent: str) -> str:
    """Begin a session inside the caller's transaction; returns the token for the cookie, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    now = tools.now()
    session.add(
        store.SessionRecord(
            user_id=user_id,
            token_hash=hash_token(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=tools.settings.session_hours),
            address=address[:64],
            user_agent=user_agent[:300],
        )
    )
    session.flush()
    return token


def find(token: str, tools: Tools) -> SignedIn | None:
    """Who holds this token, in one query; None when it is unknown, over, idle too long, or its user is disabled."""
    with reading() as session:
        rows = signed_in.look_up(session, hash_token(token))
    now = tools.now()
    if not rows or rows[0].expires_at <= now or rows[0].last_seen_at <= now - IDLE:
        return None
    first = rows[0]
    if first.last_seen_at <= now - NOTE_EVERY:
        with transaction() as session:
            store.mark_seen(session, first.session_id, now, now - NOTE_EVERY)
    stored: dict[tuple[str, str | None], set[str]] = {}
    for row in rows:
        if row.role is not None:
            stored.setdefault((row.role, row.built_in), set()).add(row.permission or "")
    rights = standing.together(standing.of_role(built_in, names) for (_, built_in), names in stored.items())
    return SignedIn(
        first.session_id,
        first.user_id,
        first.email,
        first.name,
        tuple(role for role, _ in stored),
        rights.permissions,
        first.must_change_password,
    )
