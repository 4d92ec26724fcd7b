"""What a request teaches of its provider, its model and its key, kept when that changes: pages say it at once."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portal.domain.cooldown import is_of_one_model, pause
from portal.domain.faults import OF_THE_MODEL, Category, Fault
from portal.domain.health import AGAINST_THE_KEY, OWN_KEYS
from portal.domain.provider_status import (
    OF_THE_ANSWER,
    is_against_model,
    is_against_provider,
)
from portal.services.keys import credentials
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.services.webhooks import telling
from portal.store import personal_keys
from portal.store import provider_faults as store
from portal.store import providers as stored_providers
from portal.store.base import Session
from portal.store.catalog import endpoints_changed
from portal.store.provider_faults import WHOLE, ProviderFault, ProviderFaultRecord


@dataclass(frozen=True)
class Sent:
    """The credential that a request was sent with, and the model that it asked; blank for none. A check is no chat."""

    source: str
    model: str = ""
    key_id: UUID | None = None
    fingerprint: str = ""
    check: bool = False


def learn(
    session: Session,
    runtime: Runtime,
    resolved: ResolvedEndpoint,
    model: str,
    fault: Fault | None,
    began: datetime,
    *,
    stands: bool = True,
) -> None:
    """Remember how a whole request ended, after every key that it tried. `fault` is None for an answer.

    Of an answer nothing is written unless something stood against its provider, its model or its key. `stands`: whether
    something may stand against the first two, as was asked in this transaction. A person's own key speaks for itself
    alone, and its owner is told.
    """
    if resolved.source == credentials.PERSONAL:
        _learn_of_own_key(session, runtime, resolved, model, fault)
    elif resolved.provider_id is not None and resolved.source in OWN_KEYS:
        sent = Sent(resolved.source, model, resolved.key_id, resolved.fingerprint)
        if fault is None:
            if stands and answered(session, resolved.provider_id, model, runtime.now()):
                endpoints_changed(session)
                telling.tell_of_chats(session, runtime, resolved.provider_id, None, runtime.now())
        elif since := failed(session, resolved.provider_id, sent, fault, began, runtime.now()):
            endpoints_changed(session)
            telling.tell_of_chats(session, runtime, resolved.provider_id, fault, since)


def answered(session: Session, provider_id: UUID, model: str, now: datetime) -> bool:
    """The provider answered with this model. What stood against it is over: whether anything did.

    What may be one model's own fault stays with that model, when another one answers.
    """
    known = store.of_request(session, provider_id, model)
    if model and model[:300] in known:
        store.forget_model(session, provider_id, model)
    whole = known.get(WHOLE)
    if whole is None or whole.answered_at is not None:
        return False
    if whole.asked and whole.asked != model[:300] and Category(whole.category) in OF_THE_ANSWER:
        store.put(session, replace(store.value_of(whole), wire_name=whole.asked))
    store.put(session, replace(store.value_of(whole), answered_at=now))
    return True


def against(session: Session, provider_id: UUID) -> ProviderFaultRecord | None:
    """What was learned against a provider itself, over or not."""
    return store.of_providers(session, [provider_id]).get(provider_id)


def failed(
    session: Session, provider_id: UUID, sent: Sent, fault: Fault, began: datetime, now: datetime
) -> datetime | None:
    """A request failed that began then: something against the model alone, the provider, or neither.

    Answers since when the provider itself fails, where that is what it tells.
    """
    model = sent.model[:300]
    known = store.of_request(session, provider_id, model)
    whole = known.get(WHOLE)
    stands = whole is not None and whole.answered_at is None and Category(whole.category) not in OF_THE_ANSWER
    if whole is not None and stands and fault.category in OF_THE_MODEL:
        # To find fault with a model or with words, the provider was reached and took the key.
        store.put(session, replace(store.value_of(whole), answered_at=now))
    alone = model in known if model else False
    if model and (is_against_model(fault, model) or (alone and fault.category in OF_THE_ANSWER)):
        _put(session, known.get(model), provider_id, model, sent, fault, began, now)
    elif is_against_provider(fault):
        return _put(session, known.get(WHOLE), provider_id, WHOLE, sent, fault, began, now)
    return None


def _put(
    session: Session,
    known: ProviderFaultRecord | None,
    provider_id: UUID,
    wire_name: str,
    sent: Sent,
    fault: Fault,
    began: datetime,
    now: datetime,
) -> datetime:
    """Go on with the failures in a row that are known, or begin with the first; since when they are."""
    goes_on = known is not None and _goes_on(known, began, stored_providers.proven_from(session, provider_id))
    since = known.since if known is not None and goes_on else began
    store.put(
        session,
        ProviderFault(
            provider_id=provider_id,
            wire_name=wire_name,
            asked=sent.model[:300],
            by_chats=not sent.check or (known is not None and goes_on and known.by_chats),
            category=fault.category.value,
            hint=fault.hint,
            since=since,
            at=max(now, began),
            until=now + pause(fault, 1) if fault.category is Category.RATE_LIMIT else None,
            answered_at=None,
            key_source=sent.source,
            key_id=sent.key_id,
            fingerprint=sent.fingerprint,
        ),
    )
    return since


def _goes_on(known: ProviderFaultRecord, began: datetime, proven_from: datetime | None) -> bool:
    """False for failures that are over: an answer, the end of a limit, or another key or address came between."""
    if known.answered_at is not None or (known.until is not None and known.until <= began):
        return False
    return proven_from is None or known.at >= proven_from


def _learn_of_own_key(
    session: Session, runtime: Runtime, resolved: ResolvedEndpoint, model: str, fault: Fault | None
) -> None:
    """Keep beside a person's own key that it was refused, and that it works again: their API keys page says so."""
    if resolved.key_id is None:
        return
    if fault is None:
        if resolved.refused:
            personal_keys.note_test(session, resolved.key_id, Category.OK, runtime.now())
    elif fault.category in AGAINST_THE_KEY and not is_of_one_model(fault, model):
        personal_keys.note_test(session, resolved.key_id, fault.category, runtime.now())
