"""What the webhook is told: that a provider begins to fail, and that it answers again, whoever found it out.

What it hears last is true: what chats and checks find is compared with what was told last, and not with each other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.domain.faults import PASSING, Category, Fault, sentence
from portal.domain.health import Outcome, turned, verdict_of
from portal.services.runtime import Runtime
from portal.services.webhooks import delivery
from portal.store import providers as stored_providers
from portal.store import webhooks as store
from portal.store.base import Session
from portal.store.health import CheckRecord

VERDICT = "provider.verdict"

A_WHILE = timedelta(minutes=1)
"""So long chats fail, without an answer between, before what may pass by itself is told."""


@dataclass(frozen=True)
class _Subject:
    """The provider that a message is about."""

    id: UUID | None
    name: str
    label: str
    type: str


def tell_if_turned(
    session: Session, runtime: Runtime, check: CheckRecord, label: str, before: Outcome | None, *, still_failing: bool
) -> None:
    """Tell it when this check found a provider failing, or answering again; `still_failing`: chats say otherwise."""
    after = Outcome(check.outcome)
    if not delivery.is_set(session) or (after is Outcome.OK and still_failing):
        return
    heard = (heard_last(session, check.provider_id) if check.provider_id else None) or before
    if not turned(heard, after):
        return
    facts = {
        "check": {
            "id": str(check.id),
            "at": check.at.isoformat(),
            "category": str(check.category),
            "status": check.status,
            "latency_ms": check.latency_ms,
            "scheduled": check.scheduled,
        }
    }
    subject = _Subject(check.provider_id, check.provider_name, label, check.provider_type)
    said = (check.sentence, check.hint)
    _tell(session, runtime, subject, heard, after, Category(check.category), said, facts)


def tell_of_chats(session: Session, runtime: Runtime, provider_id: UUID, fault: Fault | None, since: datetime) -> None:
    """Tell it when chats found a provider failing, since then, or answering again; `fault` is None for an answer.

    A limit, which ends by itself and says when, is not told; what else may pass is told after a while.
    """
    if not delivery.is_set(session):
        return
    after = Outcome.OK if fault is None else Outcome.FAILED
    heard, now = heard_last(session, provider_id), runtime.now()
    if not turned(heard, after) or (fault is not None and not _is_told(fault.category, now - since)):
        return
    provider = stored_providers.find_by_id(session, provider_id)
    if provider is None:
        return
    category = fault.category if fault else Category.OK
    said = (sentence(category, provider.label), fault.hint if fault else "")
    facts = {"check": None, "chats": {"since": since.isoformat(), "at": now.isoformat(), "category": category.value}}
    subject = _Subject(provider.id, provider.name, provider.label, provider.type)
    _tell(session, runtime, subject, heard, after, category, said, facts)


def heard_last(session: Session, provider_id: UUID) -> Outcome | None:
    """What the webhook was told last of a provider; None where nothing is kept of it."""
    body = store.newest_body_of(session, provider_id)
    said = json.loads(body).get("after") if body else None
    return Outcome(said) if said in set(Outcome) else None


def _is_told(category: Category, lasts: timedelta) -> bool:
    if category is Category.RATE_LIMIT:
        return False
    return category not in PASSING or lasts >= A_WHILE


def _tell(
    session: Session,
    runtime: Runtime,
    subject: _Subject,
    before: Outcome | None,
    after: Outcome,
    category: Category,
    said: tuple[str, str],
    more: Mapping[str, Any],
) -> None:
    verdict = verdict_of(category)
    facts = {
        "provider": {
            "id": str(subject.id),
            "name": subject.name,
            "label": subject.label,
            "type": subject.type,
        },
        "before": before.value if before else "untested",
        "after": after.value,
        "verdict": verdict.word,
        "sentence": said[0],
        "hint": said[1],
        **more,
    }
    if runtime.settings.public_url:
        facts["url"] = f"{runtime.settings.public_url}/providers/{subject.name}"
    delivery.tell(session, runtime, VERDICT, f"{subject.label}: {verdict.word}", facts, subject.id)
