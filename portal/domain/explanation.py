"""Why this model: the decision itself, what the layers after it would have said, and what stands in a model's way."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.domain.access import reaches
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, Person, ProviderEntry
from portal.domain.reasons import Layer
from portal.domain.selection import LAYERS, Ask, Refusal, Selection, Step, select


@dataclass(frozen=True)
class Decision:
    """What `select` answered, and the layers that it did not reach, each with the model that stands there."""

    answer: Selection | Refusal
    unreached: tuple[Step, ...]


def decide(ask: Ask, catalog: Catalog) -> Decision:
    """The one decision of `select`, with what lies behind it. Its trail is the trail: nothing is decided here."""
    answer = select(ask, catalog)
    rest = (layer(ask, catalog)[0] for layer in LAYERS[len(answer.trail) :])
    return Decision(answer, tuple(_without_guess(step) for step in rest))


def _without_guess(step: Step) -> Step:
    """The first usable model is found only by looking for it; the other layers hold one, looked at or not."""
    return Step(step.layer, step.outcome) if step.layer is Layer.FIRST_USABLE else step


class Barrier(StrEnum):
    """Which rule keeps a person from a model."""

    OTHER_TEAM = "other_team"
    NOT_ENTITLED = "not_entitled"
    EXCLUSIVE = "exclusive"
    PATTERNS = "patterns"
    CEILING = "ceiling"


def barrier(model: ModelEntry, who: Person, catalog: Catalog) -> Barrier | None:
    """The rule of access between this person and this model; None when none is. In the order of selection."""
    provider = catalog.providers.get(model.provider_id)
    if provider is None:
        return None
    if found := _team_barrier(provider, who, catalog):
        return found
    reach = catalog.reach_of(who)
    if reach is None or model.id in reach:
        return None
    return Barrier.CEILING if catalog.is_above_ceiling(model, who) else Barrier.PATTERNS


def within_access(who: Person, catalog: Catalog) -> tuple[ModelEntry, ...]:
    """The living models that no rule of access keeps from this person, in order."""
    theirs = frozenset(id for id, entry in catalog.providers.items() if _team_barrier(entry, who, catalog) is None)
    reach = catalog.reach_of(who)
    found: tuple[ModelEntry, ...] = catalog.remembered(
        ("within access", theirs, reach),
        lambda _: tuple(
            model
            for model in catalog.in_order()
            if model.provider_id in theirs and (reach is None or model.id in reach)
        ),
    )
    return found


def _team_barrier(provider: ProviderEntry, who: Person, catalog: Catalog) -> Barrier | None:
    if provider.team_id is not None:
        if provider.team_id != who.team_id:
            return Barrier.OTHER_TEAM
        return Barrier.NOT_ENTITLED if catalog.team_of(who) is None else None
    team = catalog.team_of(who)
    return Barrier.EXCLUSIVE if team is not None and team.exclusive else None


def ways(role_ids: Iterable[UUID], model: ModelEntry, catalog: Catalog) -> dict[UUID, str]:
    """Which of these roles reach a model, and by which pattern: the first that fits, "" for a role without any."""
    provider = catalog.providers.get(model.provider_id)
    found: dict[UUID, str] = {}
    for role_id in role_ids:
        patterns = catalog.patterns.get(role_id, ())
        if not patterns:
            found[role_id] = ""
        elif provider is not None:
            fits = next((pattern for pattern in patterns if reaches((pattern,), provider.name, model.name)), None)
            if fits is not None:
                found[role_id] = fits
    return found
