"""Reading the checks: lists and exports."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import NotFound
from portal.domain.faults import PASSING, Category, Step
from portal.domain.health import Outcome, Verdict, verdict_of
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.schedule import Probe
from portal.store import health as store
from portal.store import providers
from portal.store.base import Session, reading
from portal.store.health import CheckFilter, CheckRecord, Choices, Place

PAGE = 50
EXPORT_PAGE = 1000
MOST_NAMES = 30
"""As many models that hold a searched text are looked up each by its name."""

SCHEDULE = store.SCHEDULE
"""Who asked, where nobody did."""

ABOUT_WORDS = {
    "provider": "tested the provider",
    "key": "tested the key",
    "model": "tested a model",
    "form": "tested a form, not saved",
    "personal key": "tested a personal key",
}
"""What somebody did when a check came about."""

SOURCE_WORDS = {
    "shared": "shared key",
    "environment": "from the environment",
    "none": "no key",
    "typed": "typed, not saved",
    "personal": "personal key",
}


@dataclass(frozen=True)
class CheckView:
    """One check, as a page shows it. `steps` say where its time went; `notes` what was adjusted on the way."""

    id: UUID
    at: datetime
    actor: str
    scheduled: bool
    about: str
    counts: bool
    provider_id: UUID | None
    provider_name: str
    provider_type: str
    url: str
    model: str
    reported_model: str
    key_source: str
    fingerprint: str
    outcome: Outcome
    category: Category
    status: int | None
    latency_ms: int | None
    sentence: str
    hint: str
    detail: str
    request_id: str
    probe: Probe
    in_a_row: int
    since: datetime
    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.category)

    @property
    def type(self) -> ProviderType | None:
        return TYPES.get(self.provider_type)

    @property
    def type_label(self) -> str:
        return self.type.label if self.type else self.provider_type

    @property
    def passing(self) -> bool:
        return self.category in PASSING

    @property
    def asked_by(self) -> str:
        return "schedule" if self.scheduled else self.actor

    @property
    def deed(self) -> str:
        if self.scheduled or self.probe is Probe.LIST:
            return "lists models" if self.probe is Probe.LIST else "asks for one token"
        return ABOUT_WORDS.get(self.about, self.about)

    @property
    def lists(self) -> bool:
        return self.probe is Probe.LIST

    @property
    def source_words(self) -> str:
        return SOURCE_WORDS.get(self.key_source, self.key_source)


def view_of(check: CheckRecord) -> CheckView:
    return CheckView(
        id=check.id,
        at=check.at,
        actor=check.actor,
        scheduled=check.scheduled,
        about=check.about,
        counts=check.counts,
        provider_id=check.provider_id,
        provider_name=check.provider_name,
        provider_type=check.provider_type,
        url=check.url,
        model=check.model,
        reported_model=check.reported_model,
        key_source=check.key_source,
        fingerprint=check.fingerprint,
        outcome=Outcome(check.outcome),
        category=Category(check.category),
        status=check.status,
        latency_ms=check.latency_ms,
        sentence=check.sentence,
        hint=check.hint,
        detail=check.detail,
        request_id=check.request_id,
        probe=Probe(check.probe),
        in_a_row=check.in_a_row,
        since=check.alike_since or check.at,
        steps=tuple((doing, took) for doing, took in check.steps),
        notes=tuple(check.notes),
    )


@dataclass(frozen=True)
class ChecksPage:
    """One page of checks, newest first. `newer` and `older` are cursors, empty at the ends.

    There is no total: counting a million checks costs more than showing fifty of them.
    """

    checks: tuple[CheckView, ...]
    newer: str
    older: str
    choices: Choices
    opened: CheckView | None = None
    labels: Mapping[UUID, str] = field(default_factory=dict)
    """What the providers of these checks are called today."""
    called: Mapping[str, str] = field(default_factory=dict)
    """The same for the names that the filter offers: the newest provider of each name."""

    @property
    def whole(self) -> bool:
        """True when these are all that fit."""
        return not self.newer and not self.older


def list_checks(
    actor: Actor,
    wanted: CheckFilter,
    *,
    before: str = "",
    after: str = "",
    open_id: UUID | None = None,
    size: int = PAGE,
) -> ChecksPage:
    """The checks that fit, a page at a time; a cursor that cannot be read gives the newest page."""
    actor.require(Permission.PROVIDER_VIEW)
    older_than, newer_than = _place(before), _place(after)
    with reading() as session:
        choices = store.choices(session)
        found = _some(session, wanted, choices, size + 1, older_than, newer_than)
        extra = len(found) > size
        if newer_than is not None:
            found = found[1:] if extra else found
            more_newer, more_older = extra, bool(found)
        else:
            found = found[:size]
            more_newer, more_older = older_than is not None and bool(found), extra
        opened = store.find(session, open_id) if open_id else None
        return ChecksPage(
            checks=tuple(view_of(check) for check in found),
            newer=_cursor(found[0]) if more_newer else "",
            older=_cursor(found[-1]) if more_older else "",
            choices=choices,
            opened=view_of(opened) if opened else None,
            labels=providers.labels_of(session, {check.provider_id for check in found if check.provider_id}),
            called=providers.labels_by_name(session, {*choices.providers, wanted.provider}),
        )


def _some(
    session: Session, wanted: CheckFilter, choices: Choices, size: int, before: Place | None, after: Place | None
) -> list[CheckRecord]:
    """A stretch of what fits. A searched text is first looked for among the names of models, which are few."""
    text = wanted.model.lower()
    names = [name for name in choices.models if text in name.lower()] if text else []
    if len(choices.models) >= store.MOST_NAMES or len(names) > MOST_NAMES:
        return store.page_of(session, wanted, size, before=before, after=after)
    # Where no name holds the text it is looked up itself, and not found: as quick, and as many queries, as always.
    wanted_names = names or [wanted.model] if text else []
    return store.page_of(session, wanted, size, before=before, after=after, models=wanted_names)


def read_check(actor: Actor, check_id: UUID) -> CheckView:
    """One check by its id."""
    actor.require(Permission.PROVIDER_VIEW)
    with reading() as session:
        check = store.find(session, check_id)
        if check is None:
            raise NotFound("There is no such check. It may have been cleared away.")
        return view_of(check)


def read_check_of(actor: Actor, check_id: UUID, provider_id: UUID) -> CheckView | None:
    """The same, if it looked at this provider; None otherwise."""
    actor.require(Permission.PROVIDER_VIEW)
    with reading() as session:
        check = store.find(session, check_id)
        return view_of(check) if check is not None and check.provider_id == provider_id else None


def export_checks(actor: Actor, wanted: CheckFilter) -> Iterator[CheckView]:
    """Every check that fits, newest first, read in pages so that no list of any length is held."""
    actor.require(Permission.PROVIDER_VIEW)
    return _pages(wanted)


def _pages(wanted: CheckFilter) -> Iterator[CheckView]:
    place: Place | None = None
    choices: Choices | None = None
    while True:
        with reading() as session:
            choices = choices or store.choices(session)
            found = [view_of(check) for check in _some(session, wanted, choices, EXPORT_PAGE, place, None)]
        yield from found
        if len(found) < EXPORT_PAGE:
            return
        place = (found[-1].at, found[-1].id)


def sparks(session: Session, provider_ids: Collection[UUID]) -> dict[UUID, tuple[int | None, ...]]:
    """For each provider the latency of its last checks, oldest first; None where one failed."""
    return {
        provider_id: tuple(row.latency_ms if row.category == Category.OK else None for row in rows)
        for provider_id, rows in store.last_few(session, provider_ids).items()
    }


def _cursor(check: CheckRecord) -> str:
    return f"{check.at.isoformat()}~{check.id}"


def _place(cursor: str) -> Place | None:
    moment, _, check_id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at.astimezone(UTC), UUID(check_id)) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
