"""How many providers fail now: what the menu says on every page, so it reads no more than a verdict needs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.domain.faults import Category
from portal.domain.health import Credential, Level, NewestCheck, current_verdict
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.encryption import master_keys
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
    return sum(_fails(row, credentials, newest[row.id]) for row in found)


def _is_of(check: Any, credential: Credential) -> bool:
    return (check.key_source, check.fingerprint) == (credential.source, credential.fingerprint)


def _fails(provider: Any, credentials: Mapping[UUID, Credential], check: Any) -> bool:
    newest = NewestCheck(check.at, Category(check.category), check.key_source, check.fingerprint) if check else None
    verdict = current_verdict(
        enabled=provider.enabled,
        credential=credentials[provider.id],
        proven_from=provider.proven_from,
        newest=newest,
    )
    return verdict.level is Level.BAD
