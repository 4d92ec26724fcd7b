"""Who may use what: the models of one person, with the reasons for the others, and the people of one model."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ANYBODY, ModelEntry, Person
from portal.domain.contexts import Context
from portal.domain.errors import NotFound
from portal.domain.explanation import Barrier, barrier, ways
from portal.domain.people import Actor
from portal.domain.reasons import REASON_WORDS, Reason
from portal.domain.selection import Ask, usable, why_not_usable
from portal.services.explain import people, subjects
from portal.services.explain.subjects import Subject
from portal.services.runtime import Runtime
from portal.services.selection import choosing

MODELS_SHOWN = 30
ROLES_SHOWN = 20


@dataclass(frozen=True)
class ModelLine:
    """A model in a list."""

    id: UUID
    name: str
    display_name: str
    provider_name: str
    provider_label: str
    is_default: bool


@dataclass(frozen=True)
class Group:
    """Models that have something in common; the first of them are shown, `total` counts them all."""

    key: str
    label: str
    total: int
    models: tuple[ModelLine, ...]

    @property
    def more(self) -> int:
        return self.total - len(self.models)


@dataclass(frozen=True)
class ModelsOf:
    """What one person may use in a context, by provider, and what they may not, by reason."""

    subject: Subject
    context: Context
    search: str
    usable: tuple[Group, ...]
    unusable: tuple[Group, ...]
    count: int
    total: int


@dataclass(frozen=True)
class RoleWay:
    """A role that reaches a model: by `pattern`, or "" because it has none. `people` hold it, may chat and reach it."""

    id: UUID
    name: str
    pattern: str
    people: int


@dataclass(frozen=True)
class Who:
    """Which roles reach a model, and how many of the people who may chat. `reason` is why it serves nobody now."""

    roles: tuple[RoleWay, ...]
    more_roles: int
    closed_roles: int
    people: int
    asked: int
    team: str
    reason: Reason | None

    @property
    def reason_words(self) -> str:
        return REASON_WORDS[self.reason] if self.reason else ""


@dataclass(frozen=True)
class Available:
    """A model as one person has it. `reason` is why they cannot use it; None when they can."""

    entry: ModelEntry
    provider_name: str
    is_default: bool
    reason: Reason | None


def available(
    actor: Actor, runtime: Runtime, context: str = "root", *, after: tuple[int, UUID] | None = None, size: int = 50
) -> tuple[tuple[Available, ...], tuple[int, UUID] | None]:
    """So many of the models for whoever asks, in order, and where the next begin.

    Models of other teams are unknown, and to an application's user those that their token does not name. Those that it
    names and the application's own ceiling leaves out are told with that reason.
    """
    catalog = choosing.current_catalog(runtime)
    ask = Ask(choosing.person(actor), choosing.context_of(catalog, context))
    unknown = {Barrier.OTHER_TEAM} if actor.end_user is None else set(Barrier) - {Barrier.CEILING}
    known = [model for model in catalog.in_order() if barrier(model, ask.who, catalog) not in unknown]
    start = 0
    if after is not None:
        found = next((at + 1 for at, model in enumerate(known) if model.id == after[1]), after[0])
        start = max(0, found)
    cut = known[start : start + size]
    more = start + len(cut) < len(known)
    told = tuple(
        Available(
            model,
            catalog.providers[model.provider_id].name,
            model.id == catalog.default_id,
            why_not_usable(model, ask, catalog),
        )
        for model in cut
    )
    return told, (start + len(cut) - 1, cut[-1].id) if cut and more else None


def models_of(
    actor: Actor, runtime: Runtime, person_id: UUID | None, context: str = "root", search: str = ""
) -> ModelsOf:
    """As this person sees the models. Everybody may ask for themselves; raises as `explain` does.

    Models of other teams are named to those alone who see providers.
    """
    subject = subjects.read_subject(actor, runtime, person_id)
    catalog = choosing.current_catalog(runtime)
    purpose = choosing.context_of(catalog, context)
    ask = Ask(subject.person, purpose)
    theirs = {model.id for _, models in usable(ask, catalog) for model in models}
    may_see_all = subjects.may_view(actor)
    by_provider: dict[str, list[ModelEntry]] = {}
    by_reason: dict[Reason, list[ModelEntry]] = {}
    for model in catalog.in_order():
        if search and not _matches(model, catalog, search):
            continue
        if model.id in theirs:
            by_provider.setdefault(catalog.providers[model.provider_id].label, []).append(model)
            continue
        reason = why_not_usable(model, ask, catalog)
        if reason is not None and (may_see_all or barrier(model, ask.who, catalog) is not Barrier.OTHER_TEAM):
            by_reason.setdefault(reason, []).append(model)
    return ModelsOf(
        subject,
        purpose,
        search,
        tuple(_group(label, label, models, catalog) for label, models in by_provider.items()),
        tuple(
            _group(reason.value, REASON_WORDS[reason], models, catalog)
            for reason, models in sorted(by_reason.items(), key=lambda item: -len(item[1]))
        ),
        sum(map(len, by_provider.values())),
        sum(map(len, by_provider.values())) + sum(map(len, by_reason.values())),
    )


def who_may_use(actor: Actor, runtime: Runtime, language_model_id: UUID) -> Who:
    """Who reaches a model, and why. Three queries. Raises `NotFound` and `Denied`."""
    subjects.require_view(actor)
    catalog = choosing.current_catalog(runtime)
    model = catalog.models.get(language_model_id)
    if model is None or model.deleted or model.provider_id not in catalog.providers:
        raise NotFound("This model is gone.")
    everybody = people.read()
    alike = Counter((person.role_ids, person.team_id) for person in everybody.people)
    reached: Counter[UUID] = Counter()
    number = 0
    for (role_ids, team_id), count in alike.items():
        if barrier(model, Person(None, role_ids, team_id), catalog) is None:
            number += count
            for role_id in ways(role_ids, model, catalog):
                reached[role_id] += count
    open_to = ways(everybody.roles, model, catalog)
    lines = [RoleWay(id, everybody.roles[id].name, pattern, reached[id]) for id, pattern in open_to.items()]
    lines.sort(key=lambda line: -line.people)
    team_id = catalog.providers[model.provider_id].team_id
    team = catalog.teams.get(team_id) if team_id else None
    return Who(
        roles=tuple(lines[:ROLES_SHOWN]),
        more_roles=max(0, len(lines) - ROLES_SHOWN),
        closed_roles=len(everybody.roles) - len(lines),
        people=number,
        asked=len(everybody.people),
        team=team.name if team else "",
        reason=why_not_usable(model, Ask(ANYBODY), catalog),
    )


def _matches(model: ModelEntry, catalog: Catalog, search: str) -> bool:
    text = f"{model.display_name} {model.wire_name} {catalog.address(model)}".lower()
    return all(word in text for word in search.lower().split())


def _group(key: str, label: str, models: list[ModelEntry], catalog: Catalog) -> Group:
    shown = tuple(
        ModelLine(
            model.id,
            model.name,
            model.display_name,
            catalog.providers[model.provider_id].name,
            catalog.providers[model.provider_id].label,
            model.id == catalog.default_id,
        )
        for model in models[:MODELS_SHOWN]
    )
    return Group(key, label, len(models), shown)
