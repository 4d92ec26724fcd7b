"""The webhook: told when a provider begins to fail and when it answers again.

What is to be told is written in the transaction of the check that found it, and delivered afterwards by the worker,
again and again with growing pauses: a crash at any moment loses nothing. A message may come twice, with the same id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.base import Limits, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.errors import Conflict, Denied
from portal.domain.faults import Category, UpstreamError, sentence
from portal.domain.health import Outcome, turned, verdict_of
from portal.domain.origins import origin_of
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.schedule import LONGEST_LEASE
from portal.domain.webhooks import pause_after
from portal.services.encryption import encrypted_settings
from portal.services.runtime import Runtime
from portal.store import settings as stored_settings
from portal.store import webhooks as store
from portal.store.base import Session, reading, transaction
from portal.store.health import CheckRecord
from portal.store.webhooks import DeliveryRecord
from portal.vault import sign

URL_SETTING = "webhook.url"
VERDICT, TEST = "provider.verdict", "webhook.test"
PATIENCE = Limits(connect=5, read=10, total=10, body=100_000)
LEASE = timedelta(seconds=40)
SHOWN = 10


@dataclass(frozen=True)
class Webhook:
    """Where to, and with what it is signed. `secret` is None when it is not signed, or does not open here."""

    url: str
    secret: Secret | None


@dataclass(frozen=True)
class DeliveryView:
    """One message, and what became of it so far."""

    id: UUID
    at: datetime
    event: str
    about: str
    state: str
    tries: int
    next_at: datetime | None
    status: int | None
    said: str

    @property
    def arrived(self) -> bool:
        return self.state == store.DELIVERED

    @property
    def given_up(self) -> bool:
        return self.state == store.GIVEN_UP


@dataclass(frozen=True)
class Waiting:
    """A message that is to be delivered, as far as the worker needs it."""

    id: UUID
    next_at: datetime
    claimed_until: datetime | None


def tell_if_turned(session: Session, runtime: Runtime, check: CheckRecord, label: str, before: Outcome | None) -> None:
    """Put a message into the outbox when this check found a provider failing, or answering again."""
    after = Outcome(check.outcome)
    if not turned(before, after) or not stored_settings.find(session, URL_SETTING):
        return
    verdict = verdict_of(Category(check.category))
    facts = {
        "provider": {
            "id": str(check.provider_id),
            "name": check.provider_name,
            "label": label,
            "type": check.provider_type,
        },
        "before": before.value if before else "untested",
        "after": after.value,
        "verdict": verdict.word,
        "sentence": check.sentence,
        "hint": check.hint,
        "check": {
            "id": str(check.id),
            "at": check.at.isoformat(),
            "category": str(check.category),
            "status": check.status,
            "latency_ms": check.latency_ms,
            "scheduled": check.scheduled,
        },
    }
    if runtime.settings.public_url:
        facts["url"] = f"{runtime.settings.public_url}/providers/{check.provider_name}"
    store.add(session, _delivery(runtime, VERDICT, f"{check.provider_name}: {verdict.word}", facts))


def waiting(runtime: Runtime, most: int = 20) -> list[Waiting]:
    """What is still to be delivered, the soonest first."""
    with reading() as session:
        return [Waiting(row.id, row.next_at, row.claimed_until) for row in store.waiting(session, most)]


def deliver(runtime: Runtime, message: Waiting, by: str) -> bool:
    """Try one message, unless another worker does; whether this one did."""
    now = runtime.now()
    with transaction() as session:
        if not store.claim(session, message.id, message.next_at, by, now + LEASE, now, now + LONGEST_LEASE):
            return False
        delivery = store.find(session, message.id)
        webhook = read_webhook(session, runtime)
        if delivery is None:
            return False
        event, body, tries = delivery.event, delivery.body, delivery.tries + 1
    if webhook is None:
        status, said, arrived, pause = None, "The webhook was taken away before this could be told.", False, None
    else:
        status, said, arrived = _post(runtime, webhook, message.id, event, body)
        pause = pause_after(tries)
    now = runtime.now()
    state = store.DELIVERED if arrived else store.WAITING if pause else store.GIVEN_UP
    with transaction() as session:
        store.finish(
            session,
            message.id,
            by,
            state=state,
            status=status,
            said=said[:600],
            next_at=now + pause if state == store.WAITING and pause else None,
            finished_at=None if state == store.WAITING else now,
        )
    return True


def send_test(actor: Actor, runtime: Runtime) -> DeliveryView:
    """Post a message that says it is a test, once and now. Raises `Conflict` when there is no webhook."""
    if not actor.may(Permission.SETTINGS_EDIT):
        raise Denied("You may not change settings. Ask an administrator for the permission.")
    by = f"test by {actor.label}"[:120]
    with transaction() as session:
        webhook = read_webhook(session, runtime)
        if webhook is None:
            raise Conflict("There is no webhook yet. Enter its address and save it first.")
        delivery = _delivery(runtime, TEST, f"asked for by {actor.label}", {"sentence": "The portal can reach you."})
        delivery.claimed_by, delivery.claimed_until = by, runtime.now() + LEASE
        store.add(session, delivery)
        session.flush()
        id, body = delivery.id, delivery.body
    status, said, arrived = _post(runtime, webhook, id, TEST, body)
    with transaction() as session:
        state = store.DELIVERED if arrived else store.GIVEN_UP
        store.finish(
            session, id, by, state=state, status=status, said=said[:600], next_at=None, finished_at=runtime.now()
        )
    with reading() as session:
        return _view(store.find(session, id))


def newest(session: Session) -> tuple[DeliveryView, ...]:
    """The last messages, for the settings page."""
    return tuple(_view(delivery) for delivery in store.newest(session, SHOWN))


def read_webhook(session: Session, runtime: Runtime) -> Webhook | None:
    url = stored_settings.find(session, URL_SETTING)
    return Webhook(url, encrypted_settings.find(session, runtime, encrypted_settings.WEBHOOK_SECRET)) if url else None


def _delivery(runtime: Runtime, event: str, about: str, facts: Mapping[str, Any]) -> DeliveryRecord:
    id, now = uuid4(), runtime.now()
    body = json.dumps({"id": str(id), "event": event, "at": now.isoformat(), **facts}, ensure_ascii=False)
    return DeliveryRecord(id=id, at=now, event=event, about=about[:200], body=body, next_at=now)


def _post(runtime: Runtime, webhook: Webhook, id: UUID, event: str, body: str) -> tuple[int | None, str, bool]:
    """Post it: the answer's status, what to say of it, and whether it arrived. By the rules of every request out."""
    content = body.encode()
    headers = {"Content-Type": "application/json", "Portal-Event": event, "Portal-Delivery": str(id)}
    if webhook.secret:
        at = int(runtime.now().timestamp())
        headers["Portal-Signature"] = f"t={at},v1={sign(webhook.secret, f'{at}.'.encode() + content)}"
    request = UpstreamRequest("POST", webhook.url, headers, content)
    try:
        response = runtime.wire.send(request, frozenset({origin_of(webhook.url)}), PATIENCE)
    except UpstreamError as error:
        return None, f"{sentence(error.fault, 'The webhook')} {error.fault.detail}".strip(), False
    if 200 <= response.status < 300:
        return response.status, f"The webhook answered {response.status}.", True
    return response.status, f"The webhook answered {response.status}. It has to answer with 200 to 299.", False


def _view(delivery: DeliveryRecord | None) -> DeliveryView:
    if delivery is None:
        raise Conflict("This message was cleared away in the meantime.")
    return DeliveryView(
        delivery.id,
        delivery.at,
        delivery.event,
        delivery.about,
        delivery.state,
        delivery.tries,
        delivery.next_at if delivery.state == store.WAITING else None,
        delivery.status,
        delivery.said,
    )
