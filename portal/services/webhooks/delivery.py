"""Getting messages to the webhook.

What is to be told is written in the transaction that found it, and delivered afterwards by the worker, again and again
with growing pauses: a crash at any moment loses nothing. A message may come twice, with the same id.

What its receiver hears last of a provider is true: a message is not sent any more once a newer one tells of the same
provider, and waits while an older one is on its way. Its address is encrypted: the path is often as good as a password.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.base import Limits, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.errors import Conflict, Denied
from portal.domain.faults import UpstreamError, sentence
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
from portal.store.webhooks import DeliveryRecord
from portal.vault import sign
from portal.wire import redact

PLAIN_URL = "webhook.url"
"""Where the address lay in the open once; it is encrypted with the next message or the next change of settings."""

OVERTAKEN = "A newer message tells of the same provider, so this one was not sent any more."
TEST = "webhook.test"
PATIENCE = Limits(connect=5, read=10, total=10, body=100_000)
LEASE = timedelta(seconds=40)
SHOWN = 10
LONG_PART = 12


@dataclass(frozen=True)
class Webhook:
    """Where to, and with what it is signed. `secret` is None when it is not signed, or does not open here."""

    url: str = field(repr=False)
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

    @property
    def overtaken(self) -> bool:
        return self.state == store.OVERTAKEN


@dataclass(frozen=True)
class Waiting:
    """A message that is to be delivered, as far as the worker needs it."""

    id: UUID
    next_at: datetime
    claimed_until: datetime | None


def waiting(runtime: Runtime, most: int = 20) -> list[Waiting]:
    """What is still to be delivered, the soonest first."""
    with reading() as session:
        return [Waiting(row.id, row.next_at, row.claimed_until) for row in store.waiting(session, most)]


def deliver(runtime: Runtime, message: Waiting, by: str) -> bool:
    """Try one message, unless another worker does; whether this one did."""
    now = runtime.now()
    with transaction() as session:
        _one_at_a_time(session, runtime)
        delivery = store.find(session, message.id)
        if delivery is None or store.is_behind(session, delivery, now):
            return False
        if not store.claim(session, message.id, message.next_at, by, now + LEASE, now, now + LONGEST_LEASE):
            return False
        if store.is_overtaken(session, delivery):
            overtaken = {"state": store.OVERTAKEN, "said": OVERTAKEN, "next_at": None, "finished_at": now}
            return store.finish(session, message.id, by, tried=False, **overtaken)
        webhook = read_webhook(session, runtime)
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
    """Where to tell, and how to sign; None where nobody is told, or where the address does not open here."""
    encrypted = encrypted_settings.find_address(session, runtime, encrypted_settings.WEBHOOK_URL)
    address = encrypted or stored_settings.find(session, PLAIN_URL)
    secret = encrypted_settings.find(session, runtime, encrypted_settings.WEBHOOK_SECRET)
    return Webhook(address, secret) if address else None


def is_set(session: Session) -> bool:
    """Whether there is an address to tell."""
    names = (encrypted_settings.WEBHOOK_URL, PLAIN_URL)
    return any(stored_settings.find(session, name) is not None for name in names)


def keep_address(session: Session, runtime: Runtime, url: str) -> None:
    """Store the address, encrypted; a blank one is forgotten."""
    stored_settings.forget(session, PLAIN_URL)
    if url:
        encrypted_settings.put(session, runtime, encrypted_settings.WEBHOOK_URL, Secret(url))
    else:
        stored_settings.forget(session, encrypted_settings.WEBHOOK_URL)


def _one_at_a_time(session: Session, runtime: Runtime) -> None:
    """Let no two workers take messages in the same moment; an address that lies in the open is encrypted."""
    stored_settings.find(session, encrypted_settings.WEBHOOK_URL, lock=True)
    if plain := stored_settings.find(session, PLAIN_URL, lock=True):
        keep_address(session, runtime, plain)


def tell(
    session: Session, runtime: Runtime, event: str, about: str, facts: Mapping[str, Any], subject: UUID | None = None
) -> None:
    """Put a message into the outbox, in the transaction of what it tells of."""
    store.add(session, _delivery(runtime, event, about, facts, subject))


def _delivery(
    runtime: Runtime, event: str, about: str, facts: Mapping[str, Any], subject: UUID | None = None
) -> DeliveryRecord:
    id, now = uuid4(), runtime.now()
    body = json.dumps({"id": str(id), "event": event, "at": now.isoformat(), **facts}, ensure_ascii=False)
    return DeliveryRecord(id=id, at=now, event=event, about=about[:200], body=body, next_at=now, subject=subject)


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
        said = f"{sentence(error.fault, 'The webhook')} {error.fault.detail}".strip()
        return None, redact(said, _secret_parts(webhook.url)), False
    if 200 <= response.status < 300:
        return response.status, f"The webhook answered {response.status}.", True
    return response.status, f"The webhook answered {response.status}. It has to answer with 200 to 299.", False


def _secret_parts(url: str) -> tuple[str, ...]:
    """What of an address is nobody's business: its path and query, and their longer parts."""
    behind = url.partition("://")[2].partition("/")[2]
    return (url, behind, *(part for part in re.split("[/?&=]", behind) if len(part) >= LONG_PART))


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
