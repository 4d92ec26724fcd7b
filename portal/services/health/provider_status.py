"""Reading how providers stand: the last check of each, and what chats learned since."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.domain.faults import Category
from portal.domain.health import Credential, NewestCheck, Verdict, current_verdict, verdict_of
from portal.domain.provider_status import AGAINST_PROVIDERS, Failing, Learned, Status, status_of
from portal.services.health.history import CheckView, view_of
from portal.store import health as store
from portal.store import provider_faults as stored_faults
from portal.store.base import Session
from portal.store.health import CheckRecord
from portal.store.provider_faults import ProviderFaultRecord
from portal.store.providers import ProviderRecord


@dataclass(frozen=True)
class ProviderStatus:
    """A provider's status now. `check` is the one that holds, where there is one.

    With `by_chats` the status is what chats learned since and the check does not speak for it: `learned` against it, or
    `answered_at` after the check had failed. `learned` may also bear out what the check says.
    """

    verdict: Verdict
    check: CheckView | None = None
    by_chats: bool = False
    learned: Learned | None = None
    answered_at: datetime | None = None


def statuses(
    session: Session, providers: Collection[ProviderRecord], credentials: dict[UUID, Credential], now: datetime
) -> dict[UUID, ProviderStatus]:
    """The status of each provider: two queries for all.

    Where another key serves than the newest check was made with, the last check of that key speaks: one query more.
    """
    ids = [provider.id for provider in providers]
    checks = speaking(session, store.newest(session, ids), credentials)
    learned = stored_faults.of_providers(session, ids)
    return {
        provider.id: _status(provider, credentials[provider.id], checks.get(provider.id), learned.get(provider.id), now)
        for provider in providers
    }


def speaking(session: Session, newest: Mapping[UUID, Any], credentials: Mapping[UUID, Credential]) -> dict[UUID, Any]:
    """The check that speaks for each provider, None without one: its newest, or the last of the key that serves now.

    A check is a record, or a row with columns of the same names.
    """
    others = {
        id: credential.check_id
        for id, credential in credentials.items()
        if credential.check_id and not _is_of(newest.get(id), credential)
    }
    checks = store.by_ids(session, others.values())
    return {id: checks.get(others[id]) if id in others else newest.get(id) for id in credentials}


def people_without_answer(session: Session, learned: dict[UUID, Learned]) -> dict[UUID, int]:
    """How many people each of these providers left without an answer since it fails: one query for all."""
    failing = [(id, found.since, "") for id, found in learned.items() if found.since and not found.partly]
    people = stored_faults.people_without_answer(session, failing, AGAINST_PROVIDERS)
    return {provider_id: count for (provider_id, _since, _model), count in people.items()}


def _is_of(check: Any, credential: Credential) -> bool:
    return check is not None and (check.key_source, check.fingerprint) == (credential.source, credential.fingerprint)


def _status(
    provider: ProviderRecord,
    credential: Credential,
    check: CheckRecord | None,
    learned: ProviderFaultRecord | None,
    now: datetime,
) -> ProviderStatus:
    found, holds = joined(provider, credential, check, remembered(learned), now)
    return ProviderStatus(
        found.verdict, view_of(check) if check and holds else None, found.by_chats, found.learned, found.answered_at
    )


def joined(
    provider: Any, credential: Credential, check: Any, learned: Failing | None, now: datetime
) -> tuple[Status, bool]:
    """The status by the columns of a provider and of its check, and whether that check still holds."""
    newest = NewestCheck(check.at, Category(check.category), check.key_source, check.fingerprint) if check else None
    checked = current_verdict(
        enabled=provider.enabled, credential=credential, proven_from=provider.proven_from, newest=newest
    )
    holds = newest is not None and checked == verdict_of(newest.category)
    return status_of(checked, newest if holds else None, credential, learned, provider.proven_from, now), holds


def remembered(row: Any, prefix: str = "") -> Failing | None:
    """What is stored against a provider, as the rules read it; None where nothing is.

    With a `prefix` it is read beside other columns, under names that begin so, and a hint only if it is among them.
    """

    def column(name: str) -> Any:
        return getattr(row, f"{prefix}{name}")

    if row is None or column("since") is None:
        return None
    return Failing(
        category=Category(column("category")),
        since=column("since"),
        at=column("at"),
        key_source=column("key_source"),
        until=column("until"),
        answered_at=column("answered_at"),
        key_id=column("key_id"),
        fingerprint=column("fingerprint"),
        hint=getattr(row, f"{prefix}hint", ""),
    )
