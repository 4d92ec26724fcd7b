"""Everything that selection reads, at one moment: frozen values, and what follows from them, worked out once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

from portal.domain.access import matcher
from portal.domain.catalog_entries import NO_PINS, Gates, ModelEntry, Person, Pin, ProviderEntry, TeamEntry
from portal.domain.contexts import CONTEXTS, Context
from portal.domain.features import offers

MOST_REMEMBERED = 256
"""Sets of rights and purposes for which the usable models are remembered with a catalog; then it begins anew."""
LASTING = ("order", "rank", "matching")
"""What is kept then: it is worked out over all models, and there is as much of it as there are roles with patterns."""


@dataclass(frozen=True)
class Catalog:
    """One version of all that selection reads. It holds references to keys, never a key.

    `patterns` are of the roles that have any; `personal_keys` name, for each person, the providers for which a key of
    theirs exists. `aliases` are further names of models for the gateway; one may end in `*`. What follows from the
    entries is worked out when it is first asked for and kept with this version.
    """

    version: int
    providers: Mapping[UUID, ProviderEntry] = field(default_factory=dict)
    models: Mapping[UUID, ModelEntry] = field(default_factory=dict)
    default_id: UUID | None = None
    gates: Gates = field(default_factory=Gates)
    contexts: Mapping[str, Context] = field(default_factory=lambda: CONTEXTS)
    admin_overrides: Mapping[str, Pin] = field(default_factory=dict)
    personal_overrides: Mapping[UUID, Mapping[str, Pin]] = field(default_factory=dict)
    personal_keys: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    patterns: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    teams: Mapping[UUID, TeamEntry] = field(default_factory=dict)
    aliases: Mapping[str, UUID] = field(default_factory=dict)
    _derived: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What follows from providers and models alone, patterns given: the order, what is reached, what serves."""
    _further: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What others have worked out from all of it: never shared with another catalog."""

    @classmethod
    def of(
        cls,
        providers: Iterable[ProviderEntry],
        models: Iterable[ModelEntry],
        default_id: UUID | None = None,
        version: int = 0,
        **more: Any,
    ) -> "Catalog":
        """A catalog of these entries, in whatever order they come."""
        return cls(
            version,
            MappingProxyType({entry.id: entry for entry in providers}),
            MappingProxyType({entry.id: entry for entry in models}),
            default_id,
            **more,
        )

    def changed(self, **fields: Any) -> "Catalog":
        """This catalog with some fields replaced; the original stays as it is.

        What follows from providers and models alone is shared between the two while neither of them changes.
        """
        kept = self._derived if fields.keys().isdisjoint(("providers", "models")) else {}
        return replace(self, **fields, _derived=kept)

    def with_model(self, entry: ModelEntry) -> "Catalog":
        """This catalog with one of its models replaced. While it stands where it stood, what the others are is kept."""
        after = self.changed(models={**self.models, entry.id: entry})
        old = self.models[entry.id]
        if _standing(old) != _standing(entry) or ("order",) not in self._derived:
            return after
        rank = self._remembered(("rank",), self._ranked)
        place = rank.get(entry.id)
        for key, known in list(self._derived.items()):
            if key[0] == "order":
                after._derived[key] = known if place is None else (*known[:place], entry, *known[place + 1 :])
            elif key[0] == "serving":
                after._derived[key] = self._served_with(entry, key, known, rank)
            else:
                after._derived[key] = known
        return after

    def _served_with(
        self,
        entry: ModelEntry,
        key: tuple[Any, ...],
        known: Mapping[UUID, tuple[ModelEntry, ...]],
        rank: dict[UUID, int],
    ) -> dict[UUID, tuple[ModelEntry, ...]]:
        """What serves a purpose with this entry in the place of the one of the same id."""
        _, feature, capabilities, reach = key
        models = [model for model in known.get(entry.provider_id, ()) if model.id != entry.id]
        provider = self.providers.get(entry.provider_id)
        on = entry.enabled and not entry.deleted and provider is not None and provider.enabled and not provider.deleted
        if on and (reach is None or entry.id in reach) and serves(entry, feature, capabilities):
            models = sorted([*models, entry], key=lambda model: rank[model.id])
        found = {**known, entry.provider_id: tuple(models)}
        first = {id: rank[several[0].id] for id, several in found.items() if several}
        return {id: found[id] for id in sorted(first, key=first.__getitem__)}

    def in_order(self) -> tuple[ModelEntry, ...]:
        """The living models as people see them: by position, then by provider and name."""
        found: tuple[ModelEntry, ...] = self._remembered(("order",), self._ordered)
        return found

    def _ordered(self, _key: tuple[str]) -> tuple[ModelEntry, ...]:
        living = (entry for entry in self.models.values() if not entry.deleted and entry.provider_id in self.providers)
        return tuple(
            sorted(
                living,
                key=lambda entry: (entry.position, self.providers[entry.provider_id].name, entry.name, entry.id),
            )
        )

    def _ranked(self, _key: tuple[str]) -> dict[UUID, int]:
        return {entry.id: place for place, entry in enumerate(self.in_order())}

    def reach(self, role_ids: frozenset[UUID]) -> frozenset[UUID] | None:
        """The models that the roles reach together, by their patterns; None when one of them sets no limit."""
        held = {self.patterns.get(role_id, ()) for role_id in role_ids}
        if not held or () in held:
            return None
        found: frozenset[UUID] = self._remembered(("reach", frozenset(held)), self._reached)
        return found

    def reach_of(self, who: Person) -> frozenset[UUID] | None:
        """The models that this person reaches; None when nothing limits them."""
        reach = self._below_no_ceiling(who)
        if not who.ceiling:
            return reach
        ceiling: frozenset[UUID] = self._remembered(("matching", who.ceiling), self._matching)
        if reach is None:
            return ceiling
        found: frozenset[UUID] = self._remembered(("below", reach, ceiling), lambda key: key[1] & key[2])
        return found

    def is_above_ceiling(self, model: ModelEntry, who: Person) -> bool:
        """Whether it is their ceiling alone that keeps this person from a model."""
        if not who.ceiling or model.id in self._remembered(("matching", who.ceiling), self._matching):
            return False
        reach = self._below_no_ceiling(who)
        return reach is None or model.id in reach

    def _below_no_ceiling(self, who: Person) -> frozenset[UUID] | None:
        if who.patterns is None:
            return self.reach(who.role_ids)
        if not who.patterns:
            return frozenset()
        found: frozenset[UUID] = self._remembered(("reach", frozenset({who.patterns})), self._reached)
        return found

    def _reached(self, key: tuple[str, frozenset[tuple[str, ...]]]) -> frozenset[UUID]:
        """Each role's patterns are matched once, in whatever company it comes."""
        each = [self._remembered(("matching", patterns), self._matching) for patterns in key[1]]
        return each[0] if len(each) == 1 else frozenset().union(*each)

    def _matching(self, key: tuple[str, tuple[str, ...]]) -> frozenset[UUID]:
        fits = matcher(key[1]).fullmatch
        return frozenset(
            entry.id for entry in self.in_order() if fits(f"{self.providers[entry.provider_id].name}:{entry.name}")
        )

    def serving(self, context: Context, who: Person) -> Mapping[UUID, tuple[ModelEntry, ...]]:
        """For each provider that is on, its models that serve this purpose within this person's reach, in order.

        Providers come in the order of their first model. Whose they are and whether a key exists is asked of each.
        """
        reach = self.reach_of(who)
        key = ("serving", context.feature, context.capabilities, reach)
        found: Mapping[UUID, tuple[ModelEntry, ...]] = self._remembered(key, self._served)
        return found

    def _served(
        self, key: tuple[str, str, frozenset[str], frozenset[UUID] | None]
    ) -> dict[UUID, tuple[ModelEntry, ...]]:
        _, feature, capabilities, reach = key
        found: dict[UUID, list[ModelEntry]] = {}
        on = {id for id, entry in self.providers.items() if entry.enabled and not entry.deleted}
        for model in self._within(reach):
            if model.enabled and model.provider_id in on and serves(model, feature, capabilities):
                found.setdefault(model.provider_id, []).append(model)
        return {id: tuple(models) for id, models in found.items()}

    def _within(self, reach: frozenset[UUID] | None) -> Iterable[ModelEntry]:
        """The living models within reach, in order: the work is that of the reach, however many models there are."""
        if reach is None:
            return self.in_order()
        rank: dict[UUID, int] = self._remembered(("rank",), self._ranked)
        return [self.models[id] for id in sorted(reach, key=rank.__getitem__)]

    def credential(self, provider: ProviderEntry, who: Person) -> str | None:
        """Where this person's key for the provider comes from, `personal` before all others; None: there is none."""
        mine = self.personal_keys.get(who.id) if who.id is not None and self.gates.personal_keys else None
        if mine and provider.id in mine:
            return "personal"
        return provider.credential

    def team_of(self, who: Person) -> TeamEntry | None:
        """The person's team, if it is entitled: one that is not changes nothing."""
        team = self.teams.get(who.team_id) if who.team_id is not None else None
        return team if team is not None and team.entitled else None

    def pins_of(self, who: Person) -> Mapping[str, Pin]:
        """The person's own overrides, whatever the gate says."""
        return self.personal_overrides.get(who.id, NO_PINS) if who.id is not None else NO_PINS

    def address(self, model: ModelEntry) -> str:
        """`provider:model`, as patterns and clients write it."""
        provider = self.providers.get(model.provider_id)
        return f"{provider.name}:{model.name}" if provider else model.name

    def remembered(self, key: Any, work: Callable[[Any], Any]) -> Any:
        """`work(key)`, worked out when it is first asked for and kept with this version. It must not be None."""
        return _kept(self._further, key, work)

    def _remembered(self, key: tuple[Any, ...], work: Callable[[Any], Any]) -> Any:
        return _kept(self._derived, key, work)


def _standing(entry: ModelEntry) -> tuple[Any, ...]:
    """What the order of models and the reach of patterns are made of."""
    return entry.provider_id, entry.name, entry.position, entry.deleted


def _kept(known: dict[Any, Any], key: Any, work: Callable[[Any], Any]) -> Any:
    """What is known under this key, or else worked out; when there is too much, it begins anew with what lasts."""
    found = known.get(key)
    if found is None:
        if len(known) >= MOST_REMEMBERED:
            # A list first: another thread may be adding to it.
            lasting = {name: value for name, value in list(known.items()) if name[0] in LASTING}
            known.clear()
            known.update(lasting if len(lasting) < MOST_REMEMBERED // 2 else {})
        found = known[key] = work(key)
    return found


def serves(model: ModelEntry, feature: str, capabilities: frozenset[str]) -> bool:
    """True when a model is offered for a feature, can do what is asked, and chats where that is what it is for."""
    return (model.chats or not feature) and offers(model.features, feature) and capabilities <= model.capabilities
