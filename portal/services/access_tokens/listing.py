"""Tokens as pages show them: never a value, but how it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain import access_tokens as tokens
from portal.domain.access_tokens import Status
from portal.domain.permissions import PERMISSION_GROUPS, Permission
from portal.store import access_tokens as store
from portal.store.access_tokens import AccessTokenRecord, AccessTokenValueRecord
from portal.store.base import Session

LABELS = {grant.permission: grant.label for _, grants in PERMISSION_GROUPS for grant in grants}
MOST_ENDED = 20
"""Tokens that were revoked or ran out, of which a page reminds."""


@dataclass(frozen=True)
class Scope:
    """What a token may do; `held`: its owner may do it, too, so that it counts."""

    permission: Permission
    label: str
    held: bool


@dataclass(frozen=True)
class Replaced:
    """An older value that still works, and until when."""

    prefix: str
    until: datetime


@dataclass(frozen=True)
class Token:
    """One token. `prefix` is how its value begins; `instead_of` names that value for the form that replaces it."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_address: str
    status: Status
    prefix: str = ""
    instead_of: str = ""
    replaced: tuple[Replaced, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """A person's tokens: those that work, and some that ended."""

    living: tuple[Token, ...]
    ended: tuple[Token, ...]


def of_person(session: Session, user_id: UUID, held: frozenset[Permission], now: datetime) -> Tokens:
    """The tokens of a person who may do what is `held`."""
    living = store.living_of(session, user_id, now, tokens.MOST_LIVING)
    ended = store.ended_of(session, user_id, now, MOST_ENDED)
    values = store.values_of(session, [record.id for record in living], now)
    return Tokens(
        tuple(shown(record, values[record.id], held, now) for record in living),
        tuple(shown(record, (), held, now) for record in ended),
    )


def shown(
    record: AccessTokenRecord,
    values: Sequence[AccessTokenValueRecord],
    held: frozenset[Permission],
    now: datetime,
) -> Token:
    """A token with those of its values that work."""
    current = next((value for value in values if value.expires_at is None), None)
    granted = tokens.scopes_of(record.scopes)
    return Token(
        id=record.id,
        name=record.name,
        scopes=tuple(Scope(one, label, one in held) for one, label in LABELS.items() if one in granted),
        created_at=record.created_at,
        expires_at=record.expires_at,
        last_used_at=record.last_used_at,
        last_address=record.last_address,
        status=tokens.status(now, record.expires_at, record.revoked_at),
        prefix=current.prefix if current else "",
        instead_of=name_of_value(current) if current else "",
        replaced=tuple(Replaced(value.prefix, value.expires_at) for value in values if value.expires_at is not None),
    )


def name_of_value(value: AccessTokenValueRecord) -> str:
    """What tells one value of a token from another in a form. It opens nothing."""
    return value.digest[:16]
