"""How many providers fail now: what the menu says on every page, so it reads no more than a verdict needs."""

from typing import Any
from uuid import UUID

from portal.domain.faults import Category
from portal.domain.health import Credential, Level
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.provider_status import Failing
from portal.services.encryption import master_keys
from portal.services.health.provider_status import joined
from portal.services.providers.listing import key_lines
from portal.services.runtime import Runtime
from portal.store import health, provider_status
from portal.store.base import reading


def count_failing(actor: Actor, runtime: Runtime) -> int:
    """As many as the list of providers has behind its tab `failing`, in two queries; one more for secret headers.

    Where another key serves than the newest check was made with, the last check of that key speaks: one query more.
    """
    if not actor.may(Permission.PROVIDER_VIEW):
        return 0
    master_keys.ensure(runtime)
    with reading() as session:
        found = provider_status.living(session)
        credentials = {id: line.credential for id, line in key_lines(session, runtime, found).items()}
        newest: dict[UUID, Any] = {row.id: row if row.at else None for row in found}
        others = {
            row.id: credentials[row.id].check_id
            for row in found
            if credentials[row.id].check_id and not _is_of(row, credentials[row.id])
        }
        checks = health.by_ids(session, [check_id for check_id in others.values() if check_id])
        newest |= {id: checks.get(check_id) for id, check_id in others.items() if check_id}
    now = runtime.now()
    return sum(
        joined(row, credentials[row.id], newest[row.id], _learned(row), now)[0].verdict.level is Level.BAD
        for row in found
    )


def _is_of(check: Any, credential: Credential) -> bool:
    return (check.key_source, check.fingerprint) == (credential.source, credential.fingerprint)


def _learned(row: Any) -> Failing | None:
    """What chats learned against a provider, by the columns that are read beside it."""
    if row.fault_since is None:
        return None
    return Failing(
        category=Category(row.fault_category),
        since=row.fault_since,
        at=row.fault_at,
        key_source=row.fault_key_source,
        until=row.fault_until,
        answered_at=row.fault_answered_at,
        key_id=row.fault_key_id,
        fingerprint=row.fault_fingerprint,
    )
