"""Reading providers: the list with its verdicts, and what is known of each one's key."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.cooldown import order as in_order
from portal.domain.errors import Denied
from portal.domain.health import UNTESTED, Credential, KeyStatus, Level, PooledKey, Verdict
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.provider_status import Learned
from portal.domain.shared_keys import ROTATE_AFTER_DAYS, KeyView
from portal.services.encryption import master_keys
from portal.services.health import history as check_history
from portal.services.health import provider_status
from portal.services.health.history import CheckView
from portal.services.keys import credentials, shared_keys
from portal.services.runtime import Runtime
from portal.store import language_models as stored_models
from portal.store import provider_headers as stored_headers
from portal.store import providers as store
from portal.store import shared_keys as stored_keys
from portal.store.base import Session, reading
from portal.store.providers import ProviderRecord

PAGE = 50


class Tab(StrEnum):
    """The list's filters by verdict, in the order they stand."""

    ALL = "all"
    OK = "ok"
    ATTENTION = "attention"
    FAILING = "failing"
    UNTESTED = "untested"
    OFF = "off"


class Order(StrEnum):
    """How the list is sorted: trouble first, or by label."""

    STATUS = "status"
    NAME = "name"


URGENCY: tuple[Level, ...] = (Level.BAD, Level.ATTENTION, Level.UNKNOWN, Level.GOOD, Level.OFF)

TAB_LEVELS: dict[Tab, Level] = {
    Tab.OK: Level.GOOD,
    Tab.ATTENTION: Level.ATTENTION,
    Tab.FAILING: Level.BAD,
    Tab.UNTESTED: Level.UNKNOWN,
    Tab.OFF: Level.OFF,
}


@dataclass(frozen=True)
class KeyLine:
    """What may be said of the key a provider would send: never the key.

    `stored` is the key in the portal that serves next, else the first that waits to be entered again; `variable` the
    environment's. `keys` is how many are stored, `cooling_down` how many of those are cooling down. `aged` are those to
    be rotated.
    """

    status: KeyStatus
    credential: Credential
    stored: KeyView | None = None
    variable: str = ""
    keys: int = 0
    cooling_down: int = 0
    aged: tuple[KeyView, ...] = ()
    rotate_after_days: int = ROTATE_AFTER_DAYS

    @property
    def old(self) -> bool:
        return bool(self.aged)

    @property
    def fingerprint(self) -> str:
        return self.stored.fingerprint if self.stored else self.credential.fingerprint


@dataclass(frozen=True)
class ProviderRow:
    """One provider in a list. With `by_chats` its status is what chats learned, with `learned`, and not its check's."""

    id: UUID
    name: str
    label: str
    type: ProviderType
    base_url: str
    enabled: bool
    verdict: Verdict
    check: CheckView | None
    by_chats: bool
    learned: Learned | None
    answered_at: datetime | None
    key: KeyLine
    models: int
    spark: tuple[int | None, ...]
    created_at: datetime
    changed_at: datetime

    @property
    def latency_ms(self) -> int | None:
        return self.check.latency_ms if self.check else None

    @property
    def against_key(self) -> CheckView | Learned | None:
        """What is known of the key that serves: what its check says, or what chats learned of every key."""
        if not self.by_chats:
            return self.check
        return self.learned if self.learned and not self.learned.partly else None

    @property
    def since(self) -> datetime | None:
        """Since when it stands as it does, by what says so; None when that is not known."""
        if self.learned and (self.by_chats or self.learned.since):
            return self.learned.since
        if self.answered_at:
            return self.answered_at
        return self.check.since if self.check else None


@dataclass(frozen=True)
class ProviderList:
    """One page of providers, and how many stand behind each tab. `older` and `newer` are names, or empty."""

    rows: tuple[ProviderRow, ...]
    counts: dict[Tab, int]
    total: int
    newer: str = ""
    older: str = ""


def list_for(
    actor: Actor,
    runtime: Runtime,
    *,
    search: str = "",
    tab: Tab = Tab.ALL,
    order: Order = Order.STATUS,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> ProviderList:
    """Providers that fit, `size` at a time; `after` and `before` are the name where the page begins or ends."""
    if not actor.may(Permission.PROVIDER_VIEW):
        raise Denied("You may not see providers. Ask an administrator for the permission.")
    master_keys.ensure(runtime)
    with reading() as session:
        found = store.living(session, search.strip())
        keys = key_lines(session, runtime, found)
        statuses = provider_status.statuses(
            session, found, {item.id: keys[item.id].credential for item in found}, runtime.now()
        )
        counts = {Tab.ALL: len(found)} | {
            tab: sum(1 for current in statuses.values() if current.verdict.level is level)
            for tab, level in TAB_LEVELS.items()
        }
        if tab is not Tab.ALL:
            found = [item for item in found if statuses[item.id].verdict.level is TAB_LEVELS[tab]]
        found.sort(key=lambda item: (item.label.lower(), item.name))
        if order is Order.STATUS:
            found.sort(key=lambda item: URGENCY.index(statuses[item.id].verdict.level))
        shown, newer, older = _page(found, after, before, size)
        ids = [item.id for item in shown]
        models = stored_models.count_by_provider(session, ids)
        sparks = check_history.sparks(session, ids)
    rows = tuple(
        ProviderRow(
            id=item.id,
            name=item.name,
            label=item.label,
            type=TYPES[item.type],
            base_url=item.base_url,
            enabled=item.enabled,
            verdict=statuses[item.id].verdict,
            check=statuses[item.id].check,
            by_chats=statuses[item.id].by_chats,
            learned=statuses[item.id].learned,
            answered_at=statuses[item.id].answered_at,
            key=keys[item.id],
            models=models.get(item.id, 0),
            spark=sparks.get(item.id, ()) if statuses[item.id].verdict not in UNTESTED else (),
            created_at=item.created_at,
            changed_at=item.changed_at,
        )
        for item in shown
    )
    return ProviderList(rows, counts, len(found), newer, older)


def _page(
    found: Sequence[ProviderRecord], after: str, before: str, size: int
) -> tuple[Sequence[ProviderRecord], str, str]:
    """The stretch that begins after, or ends before, a name; the beginning, when that name is gone."""
    places = {item.name: place for place, item in enumerate(found)}
    if before in places:
        end = places[before]
        start = max(0, end - size)
    else:
        start = places[after] + 1 if after in places else 0
        end = start + size
    shown = found[start:end]
    newer = shown[0].name if shown and start > 0 else ""
    older = shown[-1].name if shown and end < len(found) else ""
    return shown, newer, older


Opens = Callable[[Runtime, Any, str], object]
"""Whether a stored key opens for a destination."""


@dataclass(frozen=True)
class StoredKeys:
    """The rows of keys and secret headers of some providers, as they are stored."""

    keys: list[Any]
    headers: list[Any]


def read_keys(session: Session, providers: Collection[Any]) -> StoredKeys:
    """One query for all keys and, where types have headers of their own, one for those."""
    with_headers = [provider.id for provider in providers if TYPES[provider.type].extra_headers]
    return StoredKeys(
        stored_keys.of_providers(session, [provider.id for provider in providers]),
        stored_headers.of_providers(session, with_headers) if with_headers else [],
    )


def key_lines(
    session: Session, runtime: Runtime, providers: Collection[Any], opens: Opens = credentials.would_open
) -> dict[UUID, KeyLine]:
    """What each provider would send. A provider is its record, or a row with the columns that are asked of it here."""
    return lines_of(runtime, providers, read_keys(session, providers), opens)


def lines_of(
    runtime: Runtime, providers: Collection[Any], found: StoredKeys, opens: Opens = credentials.would_open
) -> dict[UUID, KeyLine]:
    """The same of what was read of them: `id`, `type`, `destination`, `team_id` and `rotate_after_days` are asked.

    Nothing is decrypted: the plain columns say whether a key would open. One that was moved by hand from another row
    looks whole by them. With `opens` keys are asked otherwise: the page of one provider opens its own.
    """
    stored: dict[UUID, list[Any]] = {}
    for row in found.keys:
        stored.setdefault(row.provider_id, []).append(row)
    destinations = {provider.id: provider.destination for provider in providers}
    broken = {
        row.provider_id
        for row in found.headers
        if row.secret and not credentials.would_open(runtime, row, destinations[row.provider_id])
    }
    now = runtime.now()
    lines = {
        provider.id: _key_line(runtime, provider, stored.get(provider.id, ()), opens, now) for provider in providers
    }
    return {id: _without_header(line) if id in broken else line for id, line in lines.items()}


def _place(key: KeyView) -> int:
    return key.position


def _without_header(line: KeyLine) -> KeyLine:
    """A secret header that does not open: nothing is sent until it is entered again."""
    return replace(line, status=KeyStatus.NEEDS_AGAIN, credential=Credential(False, needs_again=True))


def _key_line(runtime: Runtime, provider: Any, rows: Sequence[Any], opens: Opens, now: datetime) -> KeyLine:
    type = TYPES[provider.type]
    rows = rows if type.key is not KeyRule.NONE else ()
    opening = (row for row in rows if opens(runtime, row, provider.destination))
    ordered = in_order(map(shared_keys.view, opening), now)
    aged = tuple(key for key in ordered if key.is_old(now, provider.rotate_after_days))
    counted = {
        "keys": len(rows),
        "cooling_down": sum(not key.cooldown.is_ready(now) for key in ordered),
        "aged": aged,
        "rotate_after_days": provider.rotate_after_days,
    }
    if ordered:
        key = ordered[0]
        pool = tuple(PooledKey(key.id, key.fingerprint, key.cooldown) for key in sorted(ordered, key=_place))
        credential = Credential(True, credentials.SHARED, key.fingerprint, check_id=key.check_id, pool=pool)
        return KeyLine(KeyStatus.CONFIGURED, credential, key, **counted)
    if found := credentials.fallback(runtime, type, provider.destination, provider.team_id):
        credential = Credential(True, credentials.ENVIRONMENT, runtime.vault.fingerprint(found.secret))
        return KeyLine(KeyStatus.ENVIRONMENT, credential, variable=found.variable)
    keyless = type.key is not KeyRule.REQUIRED
    if rows:
        credential = Credential(keyless, credentials.NONE, needs_again=True)
        return KeyLine(KeyStatus.NEEDS_AGAIN, credential, shared_keys.view(rows[0]), **counted)
    status = KeyStatus.NOT_NEEDED if keyless else KeyStatus.MISSING
    return KeyLine(status, Credential(keyless, credentials.NONE))
