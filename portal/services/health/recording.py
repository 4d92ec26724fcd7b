"""Writing a check down: whose verdict it is, what it proves, which day it belongs to, and who is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from portal.dialects.provider_types.shape import ProviderType
from portal.domain.cooldown import order
from portal.domain.faults import OF_THE_MODEL, SENTENCES, Category, Fault, Step, sentence
from portal.domain.health import (
    BEFORE_ANY_REQUEST,
    OWN_KEYS,
    Outcome,
    is_of_the_list,
    is_proven,
    outcome_of,
    speaks_for_provider,
    verdict_of,
)
from portal.domain.people import Actor
from portal.domain.provider_status import disproves
from portal.domain.schedule import Probe
from portal.services.health.history import CheckView, view_of
from portal.services.health.listing_probe import proves_key
from portal.services.keys import credentials, learning, shared_keys
from portal.services.keys.learning import Sent
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.services.webhooks import telling
from portal.store import check_days, personal_keys
from portal.store import health as store
from portal.store import providers as stored_providers
from portal.store import shared_keys as stored_keys
from portal.store.base import Session, transaction
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord

WANTS_A_KEY = "{provider} wants a key, and it has none here."
ANSWERED_WITHOUT_KEY = "{provider} answered. The address and the model work, and no key is needed."
ANSWERED_ANY_KEY = (
    "{provider} answered. The address and the model work, and it asks for no key: this one was not tested."
)
ANSWERED_UNLISTED = "{provider} answered. The address and the key work; its own list does not name this model."
ANSWERED_ANYTHING = (
    "{provider} answered. The address works. Its own list does not name this model, and it asks for no key."
)
LISTED = "{provider} listed its models. The address and the key work."
LISTED_TO_ANYBODY = "{provider} listed its models. It may do so for everybody, so this shows nothing about the key."
LISTED_WITHOUT_KEY = "{provider} listed its models. The address works, and no key is needed."


@dataclass(frozen=True)
class Subject:
    """What is checked. `id` and `proven_from` belong to a saved provider, as it was when the check began."""

    about: str
    type: ProviderType
    label: str
    name: str = ""
    id: UUID | None = None
    base_url: str = ""
    proven_from: datetime | None = None
    model: str = ""


@dataclass(frozen=True)
class Finding:
    """What came back, or why nothing was sent."""

    fault: Fault | None = None
    resolved: ResolvedEndpoint | None = None
    status: int | None = None
    latency_ms: int | None = None
    url: str = ""
    reported_model: str = ""
    request_id: str = ""
    notes: Sequence[str] = ()
    probe: Probe = Probe.PING
    steps: Sequence[Step] = ()
    any_key: bool = False
    unlisted: bool = False
    model: str = ""

    @property
    def category(self) -> Category:
        return self.fault.category if self.fault else Category.OK

    @property
    def lists(self) -> bool:
        return self.probe is Probe.LIST

    @property
    def shows_key(self) -> bool:
        """Whether success would show that the key is right."""
        return self.probe is Probe.PING or self.resolved is None or proves_key(self.resolved.endpoint)

    def sentence(self, label: str) -> str:
        if self.category is Category.AUTH and self.resolved is not None and not self.resolved.endpoint.secret:
            return WANTS_A_KEY.format(provider=label)
        if self.fault or self.resolved is None:
            return sentence(self.fault, label).replace("this key", self._which_key())
        if not self.lists:
            return self._answered().format(provider=label)
        said = LISTED if self.resolved.endpoint.secret else LISTED_WITHOUT_KEY
        return (said if self.shows_key else LISTED_TO_ANYBODY).format(provider=label)

    def _which_key(self) -> str:
        """The key in words, so that nobody has to guess which of several it was."""
        if self.resolved is None or not self.resolved.endpoint.secret:
            return "this key"
        if self.resolved.source == "typed":
            return "the key that was typed"
        seen = self.resolved.fingerprint
        of_server = " from the environment" if self.resolved.source == credentials.ENVIRONMENT else ""
        return f"the key{of_server} {seen[:4]} {seen[4:]}"

    def _answered(self) -> str:
        """What an answer shows: no more than it was found to."""
        keyless = self.any_key or self.resolved is None or not self.resolved.endpoint.secret
        if self.unlisted:
            return ANSWERED_ANYTHING if keyless else ANSWERED_UNLISTED
        if self.any_key:
            return ANSWERED_ANY_KEY
        return ANSWERED_WITHOUT_KEY if keyless else SENTENCES[Category.OK]


def record(
    actor: Actor,
    runtime: Runtime,
    subject: Subject,
    finding: Finding,
    started: datetime,
    *,
    scheduled: bool = False,
    still_ours: Callable[[Session], bool] | None = None,
) -> CheckView:
    """Write the check down, in its provider's day too, and tell the webhook when the provider fails or answers again.

    It counts for the provider only if nothing that it proves was changed while it ran: the row is locked and compared
    with what was tested. `still_ours` is asked first, in the same transaction; `Superseded` is raised when it says no.
    """
    with transaction() as session:
        provider = stored_providers.lock_by_id(session, subject.id) if subject.id else None
        if still_ours is not None and not still_ours(session):
            raise Superseded
        unchanged = provider is not None and provider.proven_from == subject.proven_from
        # Never before the change that it proves, even where two processes' clocks differ a little.
        at = max(started, provider.proven_from) if provider is not None and unchanged else started
        before = store.newest_of(session, provider.id) if provider is not None else None
        check = _written(actor, subject, finding, at, scheduled=scheduled)
        check.proven = is_proven(
            finding.category,
            by_this=finding.shows_key,
            before=_proven_before(before, check, subject.proven_from),
            listing=finding.lists,
        )
        check.counts = speaks_for_provider(
            finding.category,
            saved=subject.about != "form" and unchanged and _serves(session, runtime, provider, check),
            key_source=check.key_source,
            proven=check.proven,
            listing=finding.lists,
        )
        store.add(session, check, before)
        if check.key_id is not None and check.key_source == credentials.PERSONAL:
            personal_keys.note_test(session, check.key_id, check.category, check.at)
        elif check.key_id is not None and subject.about != "form" and _tells_of_key(finding):
            stored_keys.note_check(session, check.key_id, check.id, check.at, check.category)
        if subject.about != "form" and provider is not None and unchanged:
            _teach(session, provider.id, check, finding, runtime.now())
        if check.counts and provider is not None:
            level = verdict_of(finding.category).level
            check_days.tally(session, provider.id, at.date(), level, finding.latency_ms)
            if before is None or before.at <= at:
                telling.tell_if_turned(
                    session,
                    runtime,
                    check,
                    subject.label,
                    Outcome(before.outcome) if before else None,
                    still_failing=_chats_fail(session, provider, runtime.now()),
                )
        return view_of(check)


def _teach(session: Session, provider_id: UUID, check: CheckRecord, finding: Finding, now: datetime) -> None:
    """Let a check end what chats learned against the provider or a model, or begin it: pages then say the same of both.

    A list of models ends only what it disproves; a key's own test, when another one serves, only what is said of it.
    """
    if finding.fault is not None:
        if check.key_source in OWN_KEYS and (check.counts or finding.category is Category.MODEL_NOT_FOUND):
            sent = Sent(check.key_source, check.model, check.key_id, check.fingerprint, check=True)
            learning.failed(session, provider_id, sent, finding.fault, check.at, check.at)
        return
    if check.key_source not in OWN_KEYS:
        return
    known = learning.against(session, provider_id)
    by_chats = known is not None and known.by_chats
    if (
        known is not None
        and by_chats
        and not disproves(Category(known.category), lists=finding.lists, shows_key=finding.shows_key)
    ):
        return
    if check.counts or (known is not None and check.key_id is not None and known.key_id == check.key_id):
        learning.answered(session, provider_id, check.model, now)


def _chats_fail(session: Session, provider: ProviderRecord, now: datetime) -> bool:
    """Whether what chats met stands against the provider, whatever this check found."""
    known = learning.against(session, provider.id)
    if known is None or not known.by_chats or known.answered_at is not None or known.at < provider.proven_from:
        return False
    return known.until is None or known.until > now


def _tells_of_key(finding: Finding) -> bool:
    """False where nothing was sent, where any key would have done, and where the model alone is at fault."""
    if finding.category in BEFORE_ANY_REQUEST or finding.category in OF_THE_MODEL:
        return False
    if is_of_the_list(finding.category, listing=finding.lists):
        return False
    return finding.shows_key or finding.fault is not None


def _serves(session: Session, runtime: Runtime, provider: ProviderRecord | None, check: CheckRecord) -> bool:
    """False for a check of one key that waits behind others: its verdict is its own."""
    if check.about != "key" or check.key_id is None or provider is None:
        return True
    rows = stored_keys.of_provider(session, provider.id)
    opening = (shared_keys.view(row) for row in rows if shared_keys.opens(runtime, row, provider.destination))
    return next((key.id for key in order(opening, runtime.now())), None) == check.key_id


class Superseded(Exception):
    """Somebody else took this check over while it ran; what it found is not written down."""


def _written(actor: Actor, subject: Subject, finding: Finding, at: datetime, *, scheduled: bool) -> CheckRecord:
    fault, resolved = finding.fault, finding.resolved
    return CheckRecord(
        id=uuid4(),
        at=at,
        actor_id=actor.id,
        actor=actor.label,
        scheduled=scheduled,
        about=subject.about,
        probe=finding.probe,
        provider_id=subject.id,
        provider_name=subject.name,
        provider_type=subject.type.name,
        url=(finding.url or subject.base_url)[:600],
        model=subject.model[:300] if finding.probe is Probe.PING else "",
        reported_model=finding.reported_model[:300],
        key_source=resolved.source if resolved else "none",
        key_id=resolved.key_id if resolved else None,
        fingerprint=(resolved.fingerprint or "") if resolved else "",
        outcome=outcome_of(finding.category),
        category=finding.category,
        status=finding.status if finding.status is not None else (fault.status if fault else None),
        latency_ms=finding.latency_ms,
        sentence=finding.sentence(subject.label),
        hint=fault.hint if fault else "",
        detail=fault.detail if fault else "",
        request_id=(finding.request_id or (fault.request_id if fault else ""))[:200],
        steps=[list(step) for step in finding.steps],
        notes=list(finding.notes),
    )


def _proven_before(before: CheckRecord | None, check: CheckRecord, proven_from: datetime | None) -> bool:
    """Whether this very key was known to work, at this very address."""
    if before is None or proven_from is None or before.at < proven_from:
        return False
    return before.proven and (before.key_source, before.fingerprint) == (check.key_source, check.fingerprint)
