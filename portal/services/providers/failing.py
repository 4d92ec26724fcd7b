"""How many providers fail now: what the menu says on every page, so it reads no more than a verdict needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from portal.domain.health import Level
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.encryption import master_keys
from portal.services.health.provider_status import joined, remembered, speaking
from portal.services.providers.listing import StoredKeys, lines_of, read_keys
from portal.services.runtime import Runtime
from portal.store import provider_status
from portal.store.base import Session, reading
from portal.vault import Vault


@dataclass(frozen=True)
class _Counted:
    """How many fail by what was read, from the moment when that was worked out until a pause that was read ends."""

    rows: Sequence[Any]
    keys: StoredKeys
    environment: Mapping[str, str]
    since: datetime
    until: datetime | None
    number: int

    def holds(self, rows: Sequence[Any], keys: StoredKeys, environment: Mapping[str, str], now: datetime) -> bool:
        in_time = self.since <= now and (self.until is None or now < self.until)
        return in_time and (self.rows, self.keys, self.environment) == (rows, keys, environment)


_counted: WeakKeyDictionary[Vault, _Counted] = WeakKeyDictionary()


def count_failing(actor: Actor, runtime: Runtime) -> int:
    """As many as the list of providers has behind its tab `failing`, in two queries; one more for secret headers.

    Where another key serves than the newest check was made with, the last check of that key speaks: one query more.
    No key is opened; and while what is read stays the same, no verdict is worked out twice.
    """
    if not actor.may(Permission.PROVIDER_VIEW):
        return 0
    master_keys.ensure(runtime)
    with reading() as session:
        rows = provider_status.living(session)
        keys = read_keys(session, rows)
        now = runtime.now()
        known = _counted.get(runtime.vault)
        if known is not None and known.holds(rows, keys, runtime.environment, now):
            return known.number
        number, alone = _count(session, runtime, rows, keys, now)
    if alone:
        ends = [row.fault_until for row in rows] + [key.rest_until for key in keys.keys]
        until = min((end for end in ends if end is not None and end > now), default=None)
        _counted[runtime.vault] = _Counted(rows, keys, dict(runtime.environment), now, until, number)
    return number


def _count(
    session: Session, runtime: Runtime, rows: Sequence[Any], keys: StoredKeys, now: datetime
) -> tuple[int, bool]:
    """How many fail, and whether that follows from what was read alone.

    It does not where an earlier check had to be asked for, nor where a key does not open: its master key may come.
    """
    newest = {row.id: row for row in rows if row.at}
    credentials = {id: line.credential for id, line in lines_of(runtime, rows, keys).items()}
    checks = speaking(session, newest, credentials)
    failing = sum(
        joined(row, credentials[row.id], checks[row.id], remembered(row, "fault_"), now)[0].verdict.level is Level.BAD
        for row in rows
    )
    alone = all(checks[row.id] is newest.get(row.id) for row in rows)
    return failing, alone and not any(credential.needs_again for credential in credentials.values())
