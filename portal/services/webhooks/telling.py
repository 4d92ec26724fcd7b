"""What the webhook is told: that a provider begins to fail, and that it answers again, whoever found it out.

What it hears last is true: what chats and checks find is compared with what was told last, and not with each other.
A provider that turns again and again is told once as flapping, and after a while without a turn as what it is then.
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
from portal.store import flapping
from portal.store import providers as stored_providers
from portal.store import webhooks as store
from portal.store.base import Session, reading, transaction
from portal.store.flapping import FlappingRecord
from portal.store.health import CheckRecord

VERDICT = "provider.verdict"
FLAPPING = "provider.flapping"

TURNS, WINDOW = 4, timedelta(minutes=15)
"""So many turns are told within so long; the next one is told as flapping."""

STEADY = timedelta(minutes=10)
"""A provider that did not turn for so long flaps no more."""

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
    if check.provider_id and _flaps_on(session, runtime, check.provider_id, after, Category(check.category)):
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
    if _flaps_on(session, runtime, provider_id, after, fault.category if fault else Category.OK):
        return
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


def tell_of_steady(runtime: Runtime) -> int:
    """Tell of each provider that flaps no more what it is now; how many there were. The worker asks it now and then."""
    moment = runtime.now() - STEADY
    with reading() as session:
        quiet = flapping.quiet_since(session, moment, most=50)
    for provider_id in quiet:
        with transaction() as session:
            record = flapping.find(session, provider_id)
            if record is not None and record.turned_at <= moment:
                _settle(session, runtime, record)
    return len(quiet)


def _settle(session: Session, runtime: Runtime, record: FlappingRecord) -> None:
    provider = stored_providers.find_by_id(session, record.provider_id)
    outcome, category, since = Outcome(record.outcome), Category(record.category), record.turned_at
    flapping.forget(session, record.provider_id)
    if provider is None or not delivery.is_set(session):
        return
    subject = _Subject(provider.id, provider.name, provider.label, provider.type)
    facts = {"check": None, "steady": {"since": since.isoformat(), "category": category.value}}
    said = (sentence(category, provider.label), "It flaps no more.")
    _tell(session, runtime, subject, "flapping", outcome, category, said, facts)


def _flaps_on(session: Session, runtime: Runtime, provider_id: UUID, after: Outcome, category: Category) -> bool:
    """Whether the webhook knows that this provider flaps: then a turn is only noted."""
    record = flapping.find(session, provider_id)
    if record is None:
        return False
    if turned(Outcome(record.outcome), after):
        record.outcome, record.category, record.turned_at = after.value, category.value, runtime.now()
    return True


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
    before: Outcome | str | None,
    after: Outcome,
    category: Category,
    said: tuple[str, str],
    more: Mapping[str, Any],
) -> None:
    verdict, now = verdict_of(category), runtime.now()
    event, word = VERDICT, verdict.word
    if subject.id and store.count_since(session, subject.id, VERDICT, now - WINDOW) >= TURNS and before != "flapping":
        event, word = FLAPPING, "Flapping"
        said = (f"{subject.label} fails and answers by turns.", "The next message comes when it stays as it is.")
        row = FlappingRecord(provider_id=subject.id, outcome=after.value, category=category.value, turned_at=now)
        if not flapping.add(session, row):
            return
    facts = {
        "provider": {
            "id": str(subject.id),
            "name": subject.name,
            "label": subject.label,
            "type": subject.type,
        },
        "before": str(before) if before else "untested",
        "after": "flapping" if event == FLAPPING else after.value,
        "verdict": word,
        "sentence": said[0],
        "hint": said[1],
        **more,
    }
    if runtime.settings.public_url:
        facts["url"] = f"{runtime.settings.public_url}/providers/{subject.name}"
    delivery.tell(session, runtime, event, f"{subject.label}: {word}", facts, subject.id)
