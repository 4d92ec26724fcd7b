"""Reading one provider: all that its page tells, from its status now to what would be lost with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import Denied, NotFound
from portal.domain.faults import Category
from portal.domain.health import (
    AGAINST_THE_KEY,
    CHANGED_SINCE,
    NEEDS_KEY_AGAIN,
    OFF,
    UNTESTED,
    Level,
    Verdict,
    verdict_of,
)
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.provider_status import Learned, told
from portal.services.encryption import master_keys
from portal.services.health import days as health_days
from portal.services.health import history as check_history
from portal.services.health import provider_status, schedules
from portal.services.health.days import Past
from portal.services.health.history import CheckView
from portal.services.health.provider_status import ProviderStatus
from portal.services.health.schedules import ScheduleView
from portal.services.keys import headers as provider_headers
from portal.services.keys import listing as key_listing
from portal.services.keys.headers import HeaderView
from portal.services.keys.listing import Pool
from portal.services.language_models.failing import ModelFailing, failing_models
from portal.services.people import team_rights
from portal.services.providers.listing import KeyLine, key_lines
from portal.services.runtime import Runtime
from portal.store import catalog
from portal.store import chats as stored_chats
from portal.store import health as stored_checks
from portal.store import language_models as stored_models
from portal.store import provider_listings as stored_listings
from portal.store import provider_use as stored_use
from portal.store import providers as store
from portal.store.base import Session, reading
from portal.store.provider_use import Use
from portal.store.providers import ProviderRecord

MODELS_SHOWN = 60
USED_LATELY = timedelta(days=30)

DID: dict[Category, str] = {
    Category.OK: "answered",
    Category.AUTH: "was refused",
    Category.PERMISSION: "was not permitted",
    Category.BILLING: "was out of credit",
    Category.RATE_LIMIT: "was throttled",
    Category.TIMEOUT: "gave no answer",
    Category.SERVER: "was in trouble",
    Category.DNS: "was out of reach",
    Category.CONNECT: "was out of reach",
    Category.TLS: "was not trusted",
    Category.EGRESS: "was out of bounds",
}
"""What became of a provider's checks, as its page counts them; all else "failed"."""


@dataclass(frozen=True)
class ModelLine:
    """A published model, as far as its provider's page names it."""

    id: UUID
    name: str
    display_name: str
    wire_name: str
    enabled: bool
    is_default: bool
    failing: ModelFailing | None = None


@dataclass(frozen=True)
class Before:
    """Its status before the present one: the last check of that time, and its verdict."""

    at: datetime
    verdict: Verdict

    @property
    def good(self) -> bool:
        return self.verdict.level is Level.GOOD


@dataclass(frozen=True)
class Now:
    """Its status: the verdict in a sentence, what lies behind it, and the check that says so.

    It has ended alike `in_a_row` times `since` then; `did` says in a word what it did each time, as "was refused".
    `aside` is a later check that does not count, as at a list that anybody may read. `learned` is what chats say
    against it, and how many `people` went without an answer; with `by_chats` its status is that, and not the check's.
    """

    verdict: Verdict
    sentence: str
    advice: str
    check: CheckView | None = None
    in_a_row: int = 0
    since: datetime | None = None
    before: Before | None = None
    did: str = ""
    aside: CheckView | None = None
    by_chats: bool = False
    learned: Learned | None = None
    answered_at: datetime | None = None
    people: int = 0

    @property
    def failing_since(self) -> datetime | None:
        """Since when people go without an answer; None while nobody does, and when it is not known."""
        return self.learned.since if self.learned and not self.learned.partly else None


@dataclass(frozen=True)
class ProviderDetail:
    """Everything that a provider's page tells. `settings` are (label, value); models are cut at `MODELS_SHOWN`.

    `unpublished` are the model IDs that it listed when it was last asked, and that are not published here.
    """

    id: UUID
    name: str
    label: str
    type: ProviderType
    base_url: str
    settings: tuple[tuple[str, str], ...]
    default_model: str
    connect_timeout: float
    read_timeout: float
    rotate_after_days: int
    enabled: bool
    created_at: datetime
    created_by: str
    changed_at: datetime
    discovered_at: datetime | None
    unpublished: tuple[str, ...]
    now: Now
    key: KeyLine
    pool: Pool
    headers: tuple[HeaderView, ...]
    past: Past
    schedule: ScheduleView
    models: tuple[ModelLine, ...]
    model_count: int
    enabled_models: int
    default: ModelLine | None
    chats: int
    use: Use
    hosts: str


def read_detail(actor: Actor, runtime: Runtime, name: str) -> ProviderDetail:
    """The page of one provider, by name; 404 when there is none living."""
    if not actor.may(Permission.PROVIDER_VIEW):
        raise Denied("You may not see providers. Ask an administrator for the permission.")
    master_keys.ensure(runtime)
    with reading() as session:
        provider = store.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        team_rights.require_own(session, actor, provider.team_id)
        key = key_lines(session, runtime, [provider])[provider.id]
        models = _models(session, provider, runtime.now())
        type = TYPES[provider.type]
        return ProviderDetail(
            id=provider.id,
            name=provider.name,
            label=provider.label,
            type=type,
            base_url=provider.base_url,
            settings=tuple((item.label, provider.settings.get(item.name, "")) for item in type.settings),
            default_model=provider.default_model,
            connect_timeout=provider.connect_timeout,
            read_timeout=provider.read_timeout,
            rotate_after_days=provider.rotate_after_days,
            enabled=provider.enabled,
            created_at=provider.created_at,
            created_by=provider.created_by,
            changed_at=provider.changed_at,
            discovered_at=provider.discovered_at,
            unpublished=_unpublished(session, provider, models),
            now=_now(session, provider, key, runtime.now()),
            key=key,
            pool=key_listing.read_pool(session, runtime, provider),
            headers=provider_headers.headers_of(session, runtime, provider) if type.extra_headers else (),
            past=health_days.past(session, provider.id, runtime.now()),
            schedule=schedules.of(session, provider, runtime.now()),
            models=models[:MODELS_SHOWN],
            model_count=len(models),
            enabled_models=sum(1 for model in models if model.enabled),
            default=next((model for model in models if model.is_default), None),
            chats=stored_chats.count_set_to(session, [model.id for model in models]),
            use=stored_use.use_since(session, provider.id, runtime.now() - USED_LATELY),
            hosts=", ".join(urlsplit(origin).netloc for origin in provider.destination.split()),
        )


def _models(session: Session, provider: ProviderRecord, now: datetime) -> tuple[ModelLine, ...]:
    default_id = catalog.default_id(session)
    living = stored_models.living_of(session, provider.id)
    failing = failing_models(session, {provider.id: provider.label}, [model.wire_name for model in living], now)
    return tuple(
        ModelLine(
            model.id,
            model.name,
            model.display_name,
            model.wire_name,
            model.enabled,
            is_default=model.id == default_id,
            failing=failing.get((provider.id, model.wire_name)),
        )
        for model in living
    )


def _unpublished(session: Session, provider: ProviderRecord, models: Sequence[ModelLine]) -> tuple[str, ...]:
    if provider.discovered_at is None:
        return ()
    published = {model.wire_name for model in models}
    return tuple(name for name in stored_listings.names_listed(session, provider.id) if name not in published)


def _now(session: Session, provider: ProviderRecord, key: KeyLine, moment: datetime) -> Now:
    current = provider_status.statuses(session, [provider], {provider.id: key.credential}, moment)[provider.id]
    check, learned = current.check, current.learned
    sentence, advice = _say(provider, key, current.verdict, check)
    if current.by_chats:
        sentence, advice = _say_learned(provider, current)
    people = provider_status.people_without_answer(session, {provider.id: learned} if learned else {})
    later = stored_checks.newest_aside(
        session, provider.id, max(provider.proven_from, check.at) if check else provider.proven_from
    )
    now = Now(
        current.verdict,
        sentence,
        advice,
        check,
        aside=check_history.view_of(later) if later and provider.enabled else None,
        by_chats=current.by_chats,
        learned=learned,
        answered_at=current.answered_at,
        people=people.get(provider.id, 0),
    )
    if check is None:
        return now
    earlier = stored_checks.newest_before(session, provider.id, check.since)
    return replace(
        now,
        in_a_row=check.in_a_row,
        since=check.since,
        before=Before(earlier.at, verdict_of(Category(earlier.category))) if earlier else None,
        did=DID.get(Category(check.category), "failed"),
    )


def _say_learned(provider: ProviderRecord, current: ProviderStatus) -> tuple[str, str]:
    """What chats learned as a headline, and the line below it."""
    learned = current.learned
    if learned is None:
        return f"{provider.label} answers.", "Chats were answered after its last check had failed."
    advice = learned.hint
    if learned.partly:
        seen = learned.fingerprint
        advice = f"It is {seen[:4]} {seen[4:]}. Another key answers in its place, so nobody goes without."
        if learned.failing > 1:
            advice = "Another key answers in their place, so nobody goes without."
    elif learned.category in AGAINST_THE_KEY and not advice:
        advice = "Enter the key again below, or look at its account there."
    return told(learned, provider.label), advice


def _say(provider: ProviderRecord, key: KeyLine, verdict: Verdict, check: CheckView | None) -> tuple[str, str]:
    """The verdict as a headline, and the line below it."""
    label = provider.label
    if verdict == OFF:
        return f"{label} is turned off.", "It keeps its keys and models and serves nobody."
    if check is not None and verdict.level is Level.GOOD:
        return f"{label} answers.", _answered(check)
    if check is not None:
        return check.sentence, check.hint
    if verdict in UNTESTED:
        since = f"{'key and address were' if key.stored else 'address was'} saved"
        if verdict == CHANGED_SINCE:
            since = f"{'key or address' if key.stored else 'address'} changed"
        return (
            f"{label} has not been tested since its {since}.",
            "A test says in a few seconds whether it answers. What it has published is offered meanwhile.",
        )
    if verdict == NEEDS_KEY_AGAIN:
        meanwhile = "it is asked without a key" if key.credential.exists else "its models serve nobody"
        return (
            f"{label} needs its key again.",
            "Its address changed since the key was entered, or the portal’s master key did. A stored key is never sent "
            f"anywhere but where it was entered for. Until it is entered again, {meanwhile}.",
        )
    return f"{label} has no key.", "Enter one below. Until then its models serve nobody."


def _answered(check: CheckView) -> str:
    asked = "It was asked for one word"
    if check.lists:
        asked = "It was asked for its list of models"
    elif check.model:
        asked = f"It was asked for one word from {check.model}"
    if check.fingerprint:
        asked += f" with key {check.fingerprint[:4]} {check.fingerprint[4:]}"
    took = f" and took {check.latency_ms:,} ms" if check.latency_ms is not None else ""
    told = f"; it reports itself as {check.reported_model}" if check.reported_model not in ("", check.model) else ""
    return f"{asked}{took}{told}."
