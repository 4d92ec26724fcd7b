"""How one provider stands: its status in a sentence, what lies behind it, and what chats say."""

from dataclasses import dataclass, replace
from datetime import datetime

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
from portal.domain.provider_status import Learned, told
from portal.services.health import history as check_history
from portal.services.health import provider_status
from portal.services.health.history import CheckView
from portal.services.health.provider_status import ProviderStatus
from portal.services.providers.listing import KeyLine
from portal.store import health as stored_checks
from portal.store.base import Session
from portal.store.providers import ProviderRecord

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


def read_now(session: Session, provider: ProviderRecord, key: KeyLine, moment: datetime) -> Now:
    """How a provider stands at this moment."""
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
