"""Which language model, with which credential, and why: the one decision that every answer of the portal rests on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from portal.domain.catalog import Catalog, serves
from portal.domain.catalog_entries import NOBODY, ModelEntry, Person, Pin, ProviderEntry
from portal.domain.contexts import ROOT, Context
from portal.domain.efforts import lowered
from portal.domain.features import offers
from portal.domain.reasons import CHOSEN, Layer, Reason

ReachableModelId = NewType("ReachableModelId", UUID)
"""A model that `select` found usable for whoever asked. Nothing else makes one."""


@dataclass(frozen=True)
class Ask:
    """One request: who asks, what for, the chat's own model, and what the request names itself, if anything.

    `effort` is the reasoning effort that the request names, blank for none.
    """

    who: Person = NOBODY
    context: Context = ROOT
    chat_model_id: UUID | None = None
    explicit_id: UUID | None = None
    provider_id: UUID | None = None
    effort: str = ""


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
    """The model that answers. `credential` says where its key comes from: `personal`, `shared`, `environment`, `none`.

    `effort` is the reasoning effort to ask for, blank for the model's own; `effort_asked` is set where it was lowered.
    """

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
    effort: str = ""
    effort_asked: str = ""


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
    if reason := not_theirs(provider, ask.who, catalog):
        return reason
    reach = catalog.reach_of(ask.who)
    if reach is not None and model.id not in reach:
        return Reason.ABOVE_CEILING if catalog.is_above_ceiling(model, ask.who) else Reason.NOT_ALLOWED
    context = ask.context
    if not offers(model.features, context.feature):
        return Reason.MISSING_FEATURE
    if not serves(model, context.feature, context.capabilities):
        return Reason.MISSING_CAPABILITY
    if catalog.credential(provider, ask.who) is None:
        return Reason.NO_CREDENTIAL
    return None


def usable(ask: Ask, catalog: Catalog) -> Iterator[tuple[UUID, tuple[ModelEntry, ...]]]:
    """The models that may answer this request, by provider, providers and models in order of position."""
    for provider_id, models in catalog.serving(ask.context, ask.who).items():
        if ask.provider_id not in (None, provider_id):
            continue
        provider = catalog.providers[provider_id]
        if not_theirs(provider, ask.who, catalog) is None and catalog.credential(provider, ask.who) is not None:
            yield provider_id, models


def not_theirs(provider: ProviderEntry, who: Person, catalog: Catalog) -> Reason | None:
    """Why a provider's models are not for this person's team; None when they are."""
    if provider.team_id is not None:
        if who.anybody:
            owner = catalog.teams.get(provider.team_id)
            return None if owner is not None and owner.entitled else Reason.NOT_ENTITLED
        if provider.team_id != who.team_id:
            return Reason.NOT_ALLOWED
        return None if catalog.team_of(who) else Reason.NOT_ENTITLED
    team = catalog.team_of(who)
    return Reason.NOT_ALLOWED if team is not None and team.exclusive else None


Proposal = tuple[Step, Pin | None]
"""What a layer says, and the pin behind it, whose effort goes with the model."""


def _explicit(ask: Ask, catalog: Catalog) -> Proposal:
    return _considered(Layer.EXPLICIT, ask.explicit_id, ask, catalog), None


def _personal_override(ask: Ask, catalog: Catalog) -> Proposal:
    pin = catalog.pins_of(ask.who).get(ask.context.name)
    if not ask.context.personal:
        return Step(Layer.PERSONAL_OVERRIDE, Reason.NOT_FOR_THIS_CONTEXT), None
    if pin is not None and not catalog.gates.personal_overrides:
        return _skipped(Layer.PERSONAL_OVERRIDE, Reason.GATE_OFF, pin, catalog), None
    return _considered(Layer.PERSONAL_OVERRIDE, pin.model_id if pin else None, ask, catalog), pin


def _admin_override(ask: Ask, catalog: Catalog) -> Proposal:
    if not ask.context.pinned:
        return Step(Layer.ADMIN_OVERRIDE, Reason.NOT_FOR_THIS_CONTEXT), None
    pin = catalog.admin_overrides.get(ask.context.name)
    return _considered(Layer.ADMIN_OVERRIDE, pin.model_id if pin else None, ask, catalog), pin


def _chat_model(ask: Ask, catalog: Catalog) -> Proposal:
    return _considered(Layer.CHAT_MODEL, ask.chat_model_id, ask, catalog), None


def _provider_default(ask: Ask, catalog: Catalog) -> Proposal:
    provider = catalog.providers.get(ask.provider_id) if ask.provider_id else None
    return _considered(Layer.PROVIDER_DEFAULT, provider.default_id if provider else None, ask, catalog), None


def _team_default(ask: Ask, catalog: Catalog) -> Proposal:
    team = catalog.teams.get(ask.who.team_id) if ask.who.team_id else None
    if team is not None and team.default_id is not None and not team.entitled:
        return _skipped(Layer.TEAM_DEFAULT, Reason.NOT_ENTITLED, Pin(team.default_id), catalog), None
    return _considered(Layer.TEAM_DEFAULT, team.default_id if team else None, ask, catalog), None


def _default(ask: Ask, catalog: Catalog) -> Proposal:
    return _considered(Layer.DEFAULT, catalog.default_id, ask, catalog), None


def _first_usable(ask: Ask, catalog: Catalog) -> Proposal:
    """The first usable model by position; when none is, the first model stands for the rest with its reason."""
    for _, models in usable(ask, catalog):
        return _considered(Layer.FIRST_USABLE, models[0].id, ask, catalog), None
    ordered = catalog.in_order()
    return _considered(Layer.FIRST_USABLE, ordered[0].id if ordered else None, ask, catalog), None


def _considered(layer: Layer, model_id: UUID | None, ask: Ask, catalog: Catalog) -> Step:
    """What becomes of the one model that a layer proposes."""
    if model_id is None:
        return Step(layer, Reason.NOT_SET)
    model = catalog.models.get(model_id)
    reason = why_not_usable(model, ask, catalog)
    return Step(layer, reason or CHOSEN, model_id, catalog.address(model) if model else "")


def _skipped(layer: Layer, reason: Reason, pin: Pin, catalog: Catalog) -> Step:
    """A layer that names a model and has no say now."""
    model = catalog.models.get(pin.model_id)
    return Step(layer, reason, pin.model_id, catalog.address(model) if model else "")


LAYERS: tuple[Callable[[Ask, Catalog], Proposal], ...] = (
    _explicit,
    _personal_override,
    _admin_override,
    _chat_model,
    _provider_default,
    _team_default,
    _default,
    _first_usable,
)
"""Read from top to bottom; the first that chooses has decided. Changing the order is moving a line."""


def select(ask: Ask, catalog: Catalog) -> Selection | Refusal:
    """The model for this request with the trail of how it was found, or why there is none.

    A model that the request itself names is answered or refused; no other takes its place in silence. While the gate
    of AI is off everything is refused, with an empty trail.
    """
    if not catalog.gates.ai:
        return Refusal(Reason.GATE_OFF, Layer.EXPLICIT, ())
    trail: list[Step] = []
    for layer in LAYERS:
        step, pin = layer(ask, catalog)
        trail.append(step)
        if step.chosen and step.model_id:
            return _selected(catalog.models[step.model_id], step.layer, tuple(trail), ask, pin, catalog)
        if step.layer is Layer.EXPLICIT and step.outcome != Reason.NOT_SET:
            break
    return Refusal(Reason(trail[-1].outcome), trail[-1].layer, tuple(trail), trail[-1].candidate)


def _selected(model: ModelEntry, layer: Layer, trail: Trail, ask: Ask, pin: Pin | None, catalog: Catalog) -> Selection:
    provider = catalog.providers[model.provider_id]
    wanted = ask.effort or (pin.effort if pin else "") or model.effort_default
    effort = lowered(wanted, model.effort_most)
    return Selection(
        language_model_id=ReachableModelId(model.id),
        provider_id=provider.id,
        name=model.name,
        wire_name=model.wire_name,
        display_name=model.display_name,
        provider_name=provider.name,
        provider_label=provider.label,
        layer=layer,
        credential=catalog.credential(provider, ask.who) or "none",
        trail=trail,
        effort=effort,
        effort_asked=wanted if effort != wanted else "",
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
