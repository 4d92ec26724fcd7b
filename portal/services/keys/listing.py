"""Reading a pool: the state of each key of a provider, and how far the rotation of one has come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import TYPES
from portal.domain.cooldown import order
from portal.domain.errors import NotFound
from portal.domain.faults import Category
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.shared_keys import KeyState, KeyView, state_of
from portal.services.encryption import master_keys
from portal.services.keys import credentials, shared_keys
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store import shared_keys as store
from portal.store.base import Session, reading
from portal.store.providers import ProviderRecord

RETIRED_SHOWN = 3


@dataclass(frozen=True)
class KeyRow:
    """One key of the table. `serves`: the next request goes to it; `heir` would serve if it went, None: no key would.

    `successor` is the key that is to take its place.
    """

    key: KeyView
    state: KeyState
    opens: bool
    serves: bool
    first: bool
    old: bool
    heir: KeyView | None = None
    successor: KeyView | None = None


@dataclass(frozen=True)
class Pool:
    """A provider's keys in order, its newest tombstones, and the environment's variable that serves without any."""

    rows: tuple[KeyRow, ...]
    retired: tuple[KeyView, ...]
    variable: str
    rotate_after_days: int
    keyless: bool

    def row(self, key_id: UUID) -> KeyRow | None:
        return next((row for row in self.rows if row.key.id == key_id), None)


@dataclass(frozen=True)
class Rotation:
    """The rotation of `old`: `new` is None until its successor is added; `step` is what is to be done next, 1 to 4."""

    provider_name: str
    provider_label: str
    pool: Pool
    old: KeyRow
    new: KeyRow | None

    @property
    def tested(self) -> bool:
        return self.new is not None and self.new.key.tested is Category.OK

    @property
    def in_place(self) -> bool:
        return self.new is not None and self.new.key.position < self.old.key.position

    @property
    def step(self) -> int:
        if self.new is None:
            return 1
        if not self.tested:
            return 2
        return 4 if self.in_place else 3


def read_pool(session: Session, runtime: Runtime, provider: ProviderRecord) -> Pool:
    """The keys of a provider, each with its state now."""
    type = TYPES[provider.type]
    now = runtime.now()
    stored = store.of_provider(session, provider.id) if type.key is not KeyRule.NONE else []
    views = [shared_keys.view(row) for row in stored]
    opening = {row.id for row in stored if shared_keys.opens(runtime, row, provider.destination) is not None}
    queue = order((key for key in views if key.id in opening), now)
    rows = []
    for place, key in enumerate(views):
        rows.append(_row(key, place, queue, views, provider, now))
    found = credentials.fallback(runtime, type, provider.destination, provider.team_id)
    return Pool(
        rows=tuple(rows),
        retired=tuple(shared_keys.view(row) for row in store.retired_of(session, provider.id, RETIRED_SHOWN)),
        variable=found.variable if found else "",
        rotate_after_days=provider.rotate_after_days,
        keyless=type.key is not KeyRule.REQUIRED,
    )


def read_rotation(actor: Actor, runtime: Runtime, name: str, key_id: UUID) -> Rotation:
    """How far the rotation of this key has come. Raises `NotFound` when it, or its provider, is gone."""
    actor.require(Permission.PROVIDER_EDIT)
    master_keys.ensure(runtime)
    with reading() as session:
        provider = stored_providers.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        pool = read_pool(session, runtime, provider)
        old = pool.row(key_id)
        if old is None:
            raise NotFound("This key is gone: it was deleted, or another one took its place.")
        new = pool.row(old.successor.id) if old.successor else None
        return Rotation(provider.name, provider.label, pool, old, new)


def _row(
    key: KeyView, place: int, queue: list[KeyView], views: list[KeyView], provider: ProviderRecord, now: datetime
) -> KeyRow:
    opens = any(other.id == key.id for other in queue)
    serves = bool(queue) and queue[0].id == key.id
    return KeyRow(
        key=key,
        state=state_of(key, opens=opens, serves=serves, now=now),
        opens=opens,
        serves=serves,
        first=place == 0,
        old=opens and key.is_old(now, provider.rotate_after_days),
        heir=next((other for other in queue if other.id != key.id), None),
        successor=next((other for other in views if other.replaces == key.id), None),
    )
