"""What is connected, what needs somebody, and what answers: the first page of whoever manages the portal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.faults import Category
from portal.domain.health import NEVER_TESTED, Level
from portal.domain.people import Actor
from portal.domain.provider_status import told
from portal.domain.reasons import LAYER_LABELS, REASON_SENTENCES, Reason
from portal.domain.retirement import retirement_words, retires_soon
from portal.domain.selection import why_not_usable
from portal.services.allowances import redis_away
from portal.services.allowances.redis_away import Away
from portal.services.health import provider_status
from portal.services.language_models.failing import OfferedFailing, offered_and_failing
from portal.services.language_models.listing import ANY_USE, availability_of
from portal.services.overrides import gates
from portal.services.overrides.gates import GateView
from portal.services.providers.listing import ProviderRow, list_for
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog
from portal.store import overview as store
from portal.store.base import reading

MOST_PROVIDERS = 200
MOST_TILES = 24
MOST_UNTESTED = 4
"""Up to so many untested providers are named one by one; more are counted in one line."""

MOST_FAILING_MODELS = 3
"""Up to so many models that fail alone are named one by one."""

LATELY = timedelta(hours=24)

LABELS: dict[str, str] = {layer.value: label for layer, label in LAYER_LABELS.items()}

URGENCY: tuple[Level, ...] = (Level.BAD, Level.ATTENTION, Level.UNKNOWN, Level.GOOD, Level.OFF)
"""Worst first."""


@dataclass(frozen=True)
class Need:
    """One thing that needs somebody. `act` is the verb of the link that repairs it; `to` says which page that is on.

    `to` is `provider` (with `name`), `untested`, `models`, `model` (with `model_id`), `retiring`, `discover` (perhaps
    with `name`), `default` or `limits`. `people` went without an answer `since` then.
    """

    level: Level
    title: str
    detail: str
    act: str
    to: str
    name: str = ""
    model_id: UUID | None = None
    people: int = 0
    since: datetime | None = None


@dataclass(frozen=True)
class Default:
    """The default model; `reason` says why it cannot answer now, if it cannot."""

    display_name: str
    wire_name: str
    provider_name: str
    provider_label: str
    reason: Reason | None


@dataclass(frozen=True)
class Lately:
    """The last 24 hours: how many asked how often, how many fallbacks they got, and who chose the model."""

    people: int
    questions: int
    fallbacks: int
    layers: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Overview:
    """The page, whole. `tiles` are the providers, worst first; `more` is how many have no tile."""

    tiles: tuple[ProviderRow, ...]
    more: int
    providers: int
    failing: int
    answering: int
    needs: tuple[Need, ...]
    default: Default | None
    models: int
    usable: int
    lately: Lately
    gates: tuple[GateView, ...] = ()

    @property
    def empty(self) -> bool:
        return self.providers == 0


def read_overview(actor: Actor, runtime: Runtime) -> Overview:
    """Everything at a glance, in a fixed number of queries."""
    listed = list_for(actor, runtime, size=MOST_PROVIDERS)
    catalog = current_catalog(runtime)
    availability = availability_of(catalog)
    with reading() as session:
        since = runtime.now() - LATELY
        lately = _lately(
            store.askers_since(session, since), store.states_since(session, since), store.layers_since(session, since)
        )
        named = [row for row in listed.rows if row.enabled and row.learned][:MOST_TILES]
        people = provider_status.people_without_answer(session, {row.id: row.learned for row in named if row.learned})
        failing_models = offered_and_failing(session, runtime.now())
        away = redis_away.said(session, runtime)
    rows = sorted(listed.rows, key=lambda row: (URGENCY.index(row.verdict.level), row.name))
    default = _default(catalog)
    needs = (
        *_needs_of_models(default, availability.total, availability.usable, bool(rows)),
        *_needs_of_retiring(catalog, runtime.now().date()),
        *_needs_of_failing_models(failing_models),
        *_needs_of_providers(rows, people, runtime),
        *_needs_of_redis(away),
    )
    return Overview(
        tiles=tuple(rows[:MOST_TILES]),
        more=max(0, listed.total - MOST_TILES),
        providers=listed.total,
        failing=sum(row.verdict.level in (Level.BAD, Level.ATTENTION) for row in rows),
        answering=sum(row.verdict.level is Level.GOOD for row in rows),
        needs=tuple(sorted(needs, key=lambda need: URGENCY.index(need.level))),
        default=default,
        models=availability.total,
        usable=availability.usable,
        lately=lately,
        gates=gates.list_for(actor, runtime),
    )


def _needs_of_redis(away: Away | None) -> Iterator[Need]:
    if away is not None:
        detail = f"The database counts requests meanwhile ({away.why}). Nobody goes without; limits hold."
        yield Need(Level.ATTENTION, "Redis is away.", detail, "See limits", "limits", since=away.since)


def _default(catalog: Catalog) -> Default | None:
    entry = catalog.models.get(catalog.default_id) if catalog.default_id else None
    if entry is None or entry.deleted:
        return None
    provider = catalog.providers[entry.provider_id]
    return Default(
        entry.display_name, entry.wire_name, provider.name, provider.label, why_not_usable(entry, ANY_USE, catalog)
    )


def _lately(people: int, states: dict[str, int], layers: dict[str, int]) -> Lately:
    chosen = sorted(layers.items(), key=lambda item: -item[1])[:4]
    return Lately(
        people=people,
        questions=sum(states.values()),
        fallbacks=states.get("fallback", 0),
        layers=tuple((LABELS.get(name, name), count) for name, count in chosen),
    )


def _needs_of_models(default: Default | None, models: int, usable: int, connected: bool) -> Iterator[Need]:
    if connected and not models:
        yield Need(
            Level.ATTENTION,
            "No model is published.",
            "People can chat as soon as one is. Ask a provider what it serves.",
            "Discover models",
            "discover",
        )
    elif models and not usable:
        yield Need(
            Level.BAD,
            "No model can be used.",
            "Nobody can chat until one is turned on, or its provider has a key.",
            "See why",
            "models",
        )
    elif models and default is None:
        yield Need(
            Level.ATTENTION,
            "No default is set.",
            "The default answers those who choose no model.",
            "Choose one",
            "default",
        )
    elif default is not None and default.reason is not None:
        yield Need(
            Level.ATTENTION,
            f"The default, {default.display_name}, cannot be used.",
            f"{REASON_SENTENCES[default.reason].partition('.')[0]}. The first usable model answers meanwhile.",
            "Choose another",
            "default",
        )


def _needs_of_retiring(catalog: Catalog, today: date) -> Iterator[Need]:
    """Models that are on and go soon: one by its name, more of them counted."""
    dated = [entry for entry in _dated(catalog) if retires_soon(entry.retires_on, today)]
    if not dated:
        return
    first = min(dated, key=lambda entry: entry.retires_on or date.max)
    words = retirement_words(first.retires_on, today)
    title = f"{first.display_name} {words}."
    if len(dated) > 1:
        title = f"{len(dated)} models retire soon; {first.display_name} {words}."
    yield Need(Level.ATTENTION, title, "Publish what takes their place before they go.", "See them", "retiring")


def _dated(catalog: Catalog) -> tuple[ModelEntry, ...]:
    """The models that are on and have a day on which they go."""
    found: tuple[ModelEntry, ...] = catalog.remembered(
        "dated", lambda _: tuple(entry for entry in catalog.in_order() if entry.enabled and entry.retires_on)
    )
    return found


def _needs_of_failing_models(failing: Sequence[OfferedFailing]) -> Iterator[Need]:
    """Models that fail while their providers answer: the first few by name, more of them counted."""
    for model in failing[:MOST_FAILING_MODELS]:
        word = model.failing.verdict.word
        yield Need(
            model.failing.verdict.level,
            f"{model.display_name} of {model.provider_label} fails: {word[:1].lower()}{word[1:]}.",
            "",
            "Open the model",
            "model",
            model.display_name,
            model_id=model.id,
            people=model.people,
            since=model.failing.since,
        )
    if len(failing) > MOST_FAILING_MODELS:
        more = len(failing) - MOST_FAILING_MODELS
        title = f"{more} more model{'' if more == 1 else 's'} fail{'s' if more == 1 else ''}."
        yield Need(Level.ATTENTION, title, "Their rows say how.", "See them", "all models")


def _needs_of_providers(rows: Sequence[ProviderRow], people: Mapping[UUID, int], runtime: Runtime) -> Iterator[Need]:
    untested = sum(row.verdict.level is Level.UNKNOWN and row.models > 0 for row in rows)
    if untested > MOST_UNTESTED:
        detail = "“Test all” asks those of a page, one after the other."
        never = all(
            row.verdict == NEVER_TESTED for row in rows if row.verdict.level is Level.UNKNOWN and row.models > 0
        )
        title = f"{untested} providers were {'never tested' if never else 'not tested as they are now'}."
        yield Need(Level.UNKNOWN, title, detail, "See them", "untested")
    for row in rows:
        waits = (
            f"{row.models} models wait for it." if row.models > 1 else "One model waits for it." if row.models else ""
        )
        check = row.check
        if row.verdict.level in (Level.BAD, Level.ATTENTION):
            learned = row.learned
            title = check.sentence if check else f"{row.label} {row.verdict.word[:1].lower()}{row.verdict.word[1:]}."
            hint = check.hint if check else ""
            if learned is not None and row.by_chats:
                title = told(learned, row.label)
                hint = "Another key answers meanwhile, so nobody goes without." if learned.partly else learned.hint
                waits = "" if learned.partly else waits
            yield Need(
                row.verdict.level,
                title,
                waits or hint,
                _act(row),
                "provider",
                row.name,
                people=people.get(row.id, 0),
                since=row.since if learned or check else None,
            )
        elif row.verdict.level is Level.UNKNOWN and (untested <= MOST_UNTESTED or not row.models):
            yield _need_of_untested(row)
        if row.key.old and row.enabled:
            days = max(key.age(runtime.now()).days for key in row.key.aged)
            yield Need(
                Level.ATTENTION,
                f"The key of {row.label} is {days} days old.",
                f"Keys here are changed after {row.key.rotate_after_days} days.",
                "Replace the key",
                "provider",
                row.name,
            )


def _need_of_untested(row: ProviderRow) -> Need:
    if not row.models:
        detail = "Nobody can use it until one is published."
        return Need(Level.UNKNOWN, f"{row.label} has no model yet.", detail, "Discover models", "discover", row.name)
    detail = "One token shows whether its address and key work."
    told = "was never tested" if row.verdict == NEVER_TESTED else "was not tested since its address or key changed"
    return Need(Level.UNKNOWN, f"{row.label} {told}.", detail, "Test connection", "provider", row.name)


def _act(row: ProviderRow) -> str:
    """The verb of the link that leads to what helps."""
    said = row.learned if row.by_chats else row.check
    if said is None:
        return "Enter the key"
    return "Enter the key again" if said.category is Category.AUTH else "See what to do"
