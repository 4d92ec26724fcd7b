"""Which language model, with which credential, and why: the one decision that every answer of the portal rests on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from portal.domain.contexts import ROOT, Context
from portal.domain.features import offers
from portal.domain.reasons import CHOSEN, Layer, Reason

ReachableModelId = NewType("ReachableModelId", UUID)
"""A model that selection says this person may use, for what was asked. Nothing but `select` makes one."""


@dataclass(frozen=True)
class ProviderEntry:
    """What selection knows of a provider. `credential` is where a key would come from; None when there is none.

    It is `shared`, `environment`, or `none` for a provider that works without a key.
    """

    id: UUID
    name: str
    label: str
    type: str
    enabled: bool = True
    deleted: bool = False
    credential: str | None = None


@dataclass(frozen=True)
class ModelEntry:
    """What selection knows of a published model."""

    id: UUID
    provider_id: UUID
    name: str
    wire_name: str
    display_name: str
    enabled: bool = True
    deleted: bool = False
    position: int = 0
    recommended: bool = False
    context_limit: int = 0
    features: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Catalog:
    """Everything that selection reads, at one moment. It holds references to keys, never a key."""

    version: int
    providers: Mapping[UUID, ProviderEntry] = field(default_factory=dict)
    models: Mapping[UUID, ModelEntry] = field(default_factory=dict)
    default_id: UUID | None = None

    @classmethod
    def of(
        cls,
        providers: Iterable[ProviderEntry],
        models: Iterable[ModelEntry],
        default_id: UUID | None = None,
        version: int = 0,
    ) -> "Catalog":
        """A catalog of these entries, in whatever order they come."""
        return cls(
            version,
            MappingProxyType({entry.id: entry for entry in providers}),
            MappingProxyType({entry.id: entry for entry in models}),
            default_id,
        )

    def in_order(self) -> list[ModelEntry]:
        """The living models as people see them: by position, then by provider and name."""
        living = [entry for entry in self.models.values() if not entry.deleted and entry.provider_id in self.providers]
        return sorted(
            living, key=lambda entry: (entry.position, self.providers[entry.provider_id].name, entry.name, entry.id)
        )


@dataclass(frozen=True)
class Ask:
    """One request: who asks, what for, the chat's own model, and what the request names itself, if anything."""

    who: UUID | None = None
    context: Context = ROOT
    chat_model_id: UUID | None = None
    explicit_id: UUID | None = None
    provider_id: UUID | None = None


@dataclass(frozen=True)
class Step:
    """One layer that was asked. `outcome` is `chosen` or a `Reason`; `candidate` reads `provider:model`."""

    layer: Layer
    outcome: str
    model_id: UUID | None = None
    candidate: str = ""

    @property
    def chosen(self) -> bool:
        return self.outcome == CHOSEN


Trail = tuple[Step, ...]


@dataclass(frozen=True)
class Selection:
    """The model that answers. `credential` says where its key comes from: `shared`, `environment` or `none`."""

    language_model_id: ReachableModelId
    provider_id: UUID
    name: str
    wire_name: str
    display_name: str
    provider_name: str
    provider_label: str
    layer: Layer
    credential: str
    trail: Trail


@dataclass(frozen=True)
class Refusal:
    """No model answers, and why. `layer` is where the search ended; `candidate` is the model it ended on, if any."""

    reason: Reason
    layer: Layer
    trail: Trail
    candidate: str = ""


def why_not_usable(model: ModelEntry | None, ask: Ask, catalog: Catalog) -> Reason | None:
    """The first thing that stands between this request and this model; None when nothing does."""
    if model is None or model.deleted:
        return Reason.MODEL_DELETED
    provider = catalog.providers.get(model.provider_id)
    if provider is None or provider.deleted:
        return Reason.MODEL_DELETED
    if ask.provider_id is not None and provider.id != ask.provider_id:
        return Reason.WRONG_PROVIDER
    if not model.enabled:
        return Reason.MODEL_DISABLED
    if not provider.enabled:
        return Reason.PROVIDER_DISABLED
    if not offers(model.features, ask.context.feature):
        return Reason.MISSING_FEATURE
    if not ask.context.capabilities <= model.capabilities:
        return Reason.MISSING_CAPABILITY
    if provider.credential is None:
        return Reason.NO_CREDENTIAL
    return None


def _explicit(ask: Ask, catalog: Catalog) -> Step:
    return _considered(Layer.EXPLICIT, ask.explicit_id, ask, catalog)


def _chat_model(ask: Ask, catalog: Catalog) -> Step:
    return _considered(Layer.CHAT_MODEL, ask.chat_model_id, ask, catalog)


def _default(ask: Ask, catalog: Catalog) -> Step:
    return _considered(Layer.DEFAULT, catalog.default_id, ask, catalog)


def _first_usable(ask: Ask, catalog: Catalog) -> Step:
    """The first usable model by position; when none is, the first model stands for the rest with its reason."""
    ordered = catalog.in_order()
    for model in ordered:
        if why_not_usable(model, ask, catalog) is None:
            return _considered(Layer.FIRST_USABLE, model.id, ask, catalog)
    return _considered(Layer.FIRST_USABLE, ordered[0].id if ordered else None, ask, catalog)


def _considered(layer: Layer, model_id: UUID | None, ask: Ask, catalog: Catalog) -> Step:
    """What becomes of the one model that a layer proposes."""
    if model_id is None:
        return Step(layer, Reason.NOT_SET)
    model = catalog.models.get(model_id)
    reason = why_not_usable(model, ask, catalog)
    return Step(layer, reason or CHOSEN, model_id, _address(model, catalog) if model else "")


def _address(model: ModelEntry, catalog: Catalog) -> str:
    provider = catalog.providers.get(model.provider_id)
    return f"{provider.name}:{model.name}" if provider else model.name


LAYERS: tuple[Callable[[Ask, Catalog], Step], ...] = (
    _explicit,
    _chat_model,
    _default,
    _first_usable,
)
"""Read from top to bottom; the first that chooses has decided. Changing the order is moving a line."""


def select(ask: Ask, catalog: Catalog) -> Selection | Refusal:
    """The model for this request with the trail of how it was found, or why there is none.

    A model that the request itself names is answered or refused; no other takes its place in silence.
    """
    trail: list[Step] = []
    for layer in LAYERS:
        step = layer(ask, catalog)
        trail.append(step)
        if step.chosen and step.model_id:
            return _selected(catalog.models[step.model_id], step.layer, tuple(trail), catalog)
        if step.layer is Layer.EXPLICIT and step.outcome != Reason.NOT_SET:
            break
    return Refusal(Reason(trail[-1].outcome), trail[-1].layer, tuple(trail), trail[-1].candidate)


def _selected(model: ModelEntry, layer: Layer, trail: Trail, catalog: Catalog) -> Selection:
    provider = catalog.providers[model.provider_id]
    return Selection(
        language_model_id=ReachableModelId(model.id),
        provider_id=provider.id,
        name=model.name,
        wire_name=model.wire_name,
        display_name=model.display_name,
        provider_name=provider.name,
        provider_label=provider.label,
        layer=layer,
        credential=provider.credential or "none",
        trail=trail,
    )


def trail_to_rows(trail: Trail) -> list[dict[str, str]]:
    """The trail as plain data, to be stored beside the answer it led to."""
    return [
        {
            "layer": step.layer.value,
            "outcome": str(step.outcome),
            "model_id": str(step.model_id) if step.model_id else "",
            "candidate": step.candidate,
        }
        for step in trail
    ]


def trail_from_rows(rows: Iterable[Mapping[str, str]]) -> Trail:
    """A stored trail, read back."""
    return tuple(
        Step(
            Layer(row["layer"]),
            row["outcome"],
            UUID(row["model_id"]) if row.get("model_id") else None,
            row.get("candidate", ""),
        )
        for row in rows
    )
