"""How a provider stands: what its last check says, and what chats learned since. Pure rules, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain.cooldown import is_of_one_model
from portal.domain.faults import Category, Fault, sentence
from portal.domain.health import Credential, Level, NewestCheck, PooledKey, Verdict, verdict_of

OF_THE_KEY: frozenset[Category] = frozenset({Category.AUTH, Category.PERMISSION, Category.BILLING, Category.RATE_LIMIT})
"""Faults of the key that was sent, or of its account: they say nothing of another key."""

OF_THE_WAY: frozenset[Category] = frozenset({Category.DNS, Category.CONNECT, Category.TLS, Category.EGRESS})
"""Faults on the way to the provider, before it has said anything."""

OF_THE_ANSWER: frozenset[Category] = frozenset(
    {Category.SERVER, Category.TIMEOUT, Category.SHAPE, Category.HTML, Category.ENDPOINT, Category.PERMISSION}
)
"""Faults that may be those of one model: they are, when another one answers meanwhile."""

AGAINST_PROVIDERS: frozenset[Category] = OF_THE_KEY | OF_THE_WAY | OF_THE_ANSWER
"""What a request can learn against its provider. All else is of the model, or of the words that were sent."""

AGAINST_MODELS: frozenset[Category] = OF_THE_ANSWER | {Category.MODEL_NOT_FOUND, Category.RATE_LIMIT}
"""What a request can learn against one model alone."""

REFUSED_WORDS: dict[Category, str] = {
    Category.AUTH: "refused",
    Category.PERMISSION: "not permitted",
    Category.BILLING: "out of credit",
    Category.RATE_LIMIT: "throttled",
}
"""What became of a key, after “1 of 2 keys”."""

LEVELS: tuple[Level, ...] = (Level.BAD, Level.ATTENTION, Level.UNKNOWN, Level.GOOD)
"""Worst first, of providers that are on."""


@dataclass(frozen=True)
class Failing:
    """Failures in a row that requests met, as they are remembered of a provider; over since `answered_at`."""

    category: Category
    since: datetime
    at: datetime
    key_source: str
    until: datetime | None = None
    answered_at: datetime | None = None
    key_id: UUID | None = None
    fingerprint: str = ""
    hint: str = ""

    def stands(self, proven_from: datetime, now: datetime) -> bool:
        """False once somebody was answered, and of what was learned with another address or key."""
        return self.answered_at is None and self.at >= proven_from and (self.until is None or self.until > now)


@dataclass(frozen=True)
class Learned:
    """What chats say against a provider now, and since when, where that is known.

    `failing` of its `keys` fail. While others of them answer, nobody goes without.
    """

    category: Category
    since: datetime | None
    hint: str = ""
    failing: int = 0
    keys: int = 0
    fingerprint: str = ""

    @property
    def partly(self) -> bool:
        """True while another key answers in the place of those that fail."""
        return 0 < self.failing < self.keys

    @property
    def verdict(self) -> Verdict:
        if not self.partly:
            return verdict_of(self.category)
        return Verdict(Level.ATTENTION, f"{self.failing} of {self.keys} keys {REFUSED_WORDS[self.category]}")


@dataclass(frozen=True)
class Status:
    """The status of a provider. `by_chats`: it is what chats say, and the last check does not.

    `learned` is what they say against it, whoever is right; `answered_at` when one was answered after a failed check.
    """

    verdict: Verdict
    by_chats: bool = False
    learned: Learned | None = None
    answered_at: datetime | None = None


def status_of(
    checked: Verdict,
    check: NewestCheck | None,
    credential: Credential,
    remembered: Failing | None,
    proven_from: datetime,
    now: datetime,
) -> Status:
    """Join what the last check says (`checked`; `check`, if one holds) with what chats learned.

    The worse of the two counts, and the newer of two that are alike. An answer after a failed check is news as well.
    """
    if checked.level is Level.OFF or not credential.exists:
        return Status(checked)
    learned = _learned(credential, remembered, proven_from, now)
    if learned is None:
        answered_at = remembered.answered_at if remembered else None
        failed = check is not None and check.category is not Category.OK
        if failed and check is not None and answered_at is not None and answered_at > check.at:
            return Status(verdict_of(Category.OK), by_chats=True, answered_at=answered_at)
        return Status(checked)
    said, worse = learned.verdict, LEVELS.index(learned.verdict.level) - LEVELS.index(checked.level)
    newer = check is None or remembered is None or remembered.at > check.at
    by_chats = worse < 0 or (worse == 0 and newer and not (check is not None and check.category is learned.category))
    return Status(said if by_chats else checked, by_chats, learned)


def _learned(
    credential: Credential, remembered: Failing | None, proven_from: datetime, now: datetime
) -> Learned | None:
    """What chats say against it: of the way to it, of the one key it has, or of the first keys of its pool."""
    stands = remembered if remembered is not None and remembered.stands(proven_from, now) else None
    if stands is not None and stands.category not in OF_THE_KEY:
        return Learned(stands.category, stands.since, stands.hint)
    if not credential.pool:
        sent = (credential.source, credential.fingerprint)
        if stands is None or (stands.key_source, stands.fingerprint) != sent:
            return None
        return Learned(stands.category, stands.since, stands.hint, 1, 1, stands.fingerprint)
    failing = [key for key in credential.pool if key.cooldown.is_failing(now) or _is_sent(key, stands)]
    if not failing or failing[0] is not credential.pool[0]:
        return None  # a key that waits behind one that serves: what is known of it stands beside it
    said, hint = _category_of(failing[0], stands), ""
    since = _since(failing, stands)
    if len(failing) == len(credential.pool) and stands is not None and any(_is_sent(key, stands) for key in failing):
        said, since, hint = stands.category, stands.since, stands.hint
    return Learned(said, since, hint, len(failing), len(credential.pool), failing[0].fingerprint)


def _is_sent(key: PooledKey, stands: Failing | None) -> bool:
    return stands is not None and (key.id, key.fingerprint) == (stands.key_id, stands.fingerprint)


def _category_of(key: PooledKey, stands: Failing | None) -> Category:
    if stands is not None and _is_sent(key, stands):
        return stands.category
    return Category(key.cooldown.category)


def _since(failing: Sequence[PooledKey], stands: Failing | None) -> datetime | None:
    times = [key.cooldown.since for key in failing if key.cooldown.since]
    times += [stands.since] if stands is not None and any(_is_sent(key, stands) for key in failing) else []
    return min(times, default=None)


def told(learned: Learned, provider: str) -> str:
    """What chats learned against a provider, as a sentence with its label."""
    if learned.partly:
        verb = "is" if learned.failing == 1 else "are"
        words = REFUSED_WORDS[learned.category]
        return f"{learned.failing} of the {learned.keys} keys of {provider} {verb} {words}."
    seen = learned.fingerprint
    which = f"the key {seen[:4]} {seen[4:]}" if seen else "this key"
    if learned.keys > 1:
        which = "each of its keys"
    return sentence(learned.category, provider).replace("this key", which)


def is_against_model(fault: Fault, wire_name: str) -> bool:
    """Whether a request that failed says something against its model alone."""
    return fault.category is Category.MODEL_NOT_FOUND or is_of_one_model(fault, wire_name)


def is_against_provider(fault: Fault) -> bool:
    """Whether a request that failed says something against its provider."""
    return fault.category in AGAINST_PROVIDERS


def disproves(category: Category, *, lists: bool, shows_key: bool) -> bool:
    """Whether a check that went well takes back what a chat met.

    One token is what chats ask for. A list of models shows the way to the provider, and perhaps the key; not that it
    chats, nor that its account pays for it.
    """
    if not lists:
        return True
    return category in OF_THE_WAY or (category is Category.AUTH and shows_key)
