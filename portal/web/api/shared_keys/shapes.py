"""A shared key as JSON: everything but the key."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portal.domain.faults import Category
from portal.domain.health import Level
from portal.domain.shared_keys import KeyView
from portal.services.keys.listing import KeyRow
from portal.web.api.schemas import Told


class SharedKey(Told):
    """A key, by its fingerprint."""

    id: UUID
    fingerprint: str
    kind: str
    position: int
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    tested_at: datetime | None
    tested: Category | None
    replaces: UUID | None


class PooledKey(SharedKey):
    """A key in the order of its provider. `serves`: the next request goes to it; `opens`: it can be decrypted here."""

    level: Level
    state: str
    serves: bool
    opens: bool


class KeptKey(Told):
    """A key that was just saved, and what is to be said of how it was typed."""

    key: SharedKey
    remarks: Sequence[str]


def key_of(view: KeyView) -> SharedKey:
    """A key as it is told."""
    return SharedKey.of(view)


def row_of(row: KeyRow) -> PooledKey:
    """The same with how it stands."""
    return PooledKey.of(row.key, level=row.state.level, state=row.state.word, serves=row.serves, opens=row.opens)
