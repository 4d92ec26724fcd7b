"""The selector of a chat: what it offers of few or of thousands of models, and who answers before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from portal.domain import model_search
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.errors import Invalid
from portal.domain.explanation import Barrier, barrier
from portal.domain.model_facts import is_assumed
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.reasons import REASON_SENTENCES, Layer, Reason
from portal.domain.selection import Ask, Refusal, Selection, select, usable, why_not_usable
from portal.services.runtime import Runtime
from portal.services.selection.choosing import (
    Choice,
    ChoiceGroup,
    choice_of,
    context_of,
    current_catalog,
    group_of,
    person,
    reading_beside,
)
from portal.store import language_models, shelves
from portal.store.base import Session

MOST_SHOWN = 60
"""So many models stand in the page itself; of more, a few, and the others are searched for."""

MOST_FOUND = 50
LATELY = 40
"""Chats of a person that are looked at for the models they used last."""

MOST_ELSEWHERE = 20
"""Providers of which one model each is known to a page, to be asked when another one fails."""


@dataclass(frozen=True)
class Offer:
    """What the selector of one chat holds. `many`: it holds a few of all models, and the others are searched for.

    `own` is the model that the chat is set to, `reason` why it cannot be used now. `answers` is whom a message that
    is sent now goes to while nobody chooses, or why it goes nowhere. `elsewhere` has one usable model of each provider.
    """

    groups: tuple[ChoiceGroup, ...]
    many: bool
    own: Choice | None
    reason: Reason | None
    answers: Selection | Refusal
    elsewhere: tuple[ChoiceGroup, ...]
    limits: dict[UUID, int] = field(default_factory=dict)
    assumed: frozenset[UUID] = frozenset()
    """Those of the `limits` that the portal guessed."""
    ai_is_on: bool = True
    """Whether anybody is answered at all: the gate of AI."""

    @property
    def answering(self) -> Selection | None:
        return self.answers if isinstance(self.answers, Selection) else None

    @property
    def overridden(self) -> str:
        """Whose override answers whatever the chat is set to: "personal", "admin", or "" for nobody's."""
        found = {Layer.PERSONAL_OVERRIDE: "personal", Layer.ADMIN_OVERRIDE: "admin"}
        return found.get(self.answering.layer, "") if self.answering else ""

    @property
    def offered(self) -> frozenset[UUID]:
        return frozenset(choice.id for group in self.groups for choice in group.choices)

    def shown(self, wanted: UUID | None = None) -> UUID | None:
        """What the selector shows: what is wanted and offered, else the chat's own, usable or not, else who answers."""
        own = self.own.id if self.own else None
        if wanted is not None and (wanted == own or wanted in self.offered):
            return wanted
        return own or (self.answering.language_model_id if self.answering else None)


def offer(
    actor: Actor,
    runtime: Runtime,
    chat_model_id: UUID | None = None,
    *,
    wanted: UUID | None = None,
    answered_by: Iterable[UUID] = (),
) -> Offer:
    """What this person is offered in a chat that is set to this model. `answered_by`: whose limits the page tells."""
    with reading_beside(runtime) as (session, catalog):
        ask = Ask(person(actor), context_of(catalog, "root"), chat_model_id)
        answers = select(ask, catalog)
        own = catalog.models.get(chat_model_id) if chat_model_id else None
        limits = {id: catalog.models[id].context_limit for id in answered_by if id in catalog.models}
        serving = dict(usable(ask, catalog))
        many = sum(map(len, serving.values())) > MOST_SHOWN
        if many:
            named = [wanted, chat_model_id, catalog.default_id, *_recommended(catalog), *_lately(session, actor)]
            named.append(answers.language_model_id if isinstance(answers, Selection) else None)
            found = _usable_of(named, ask, catalog)
            shown = {id: [model for model in found if model.provider_id == id] for id in serving}
        else:
            shown = {id: list(models) for id, models in serving.items()}
        return Offer(
            groups=tuple(group_of(catalog, id, models) for id, models in shown.items() if models),
            many=many,
            own=choice_of(catalog, own) if own and own.provider_id in catalog.providers else None,
            reason=why_not_usable(own, ask, catalog) if chat_model_id else None,
            answers=answers,
            elsewhere=_elsewhere(ask, catalog),
            limits=limits,
            ai_is_on=catalog.gates.ai,
            assumed=_assumed(session, limits),
        )


def elsewhere(actor: Actor, runtime: Runtime) -> tuple[ChoiceGroup, ...]:
    """One or two usable models of each provider: what is offered when another one fails."""
    catalog = current_catalog(runtime)
    return _elsewhere(Ask(person(actor), context_of(catalog, "root")), catalog)


def find(actor: Actor, runtime: Runtime, search: str) -> tuple[tuple[ChoiceGroup, ...], bool]:
    """The first usable models that a search finds, by provider, and whether there are more of them."""
    catalog = current_catalog(runtime)
    groups: list[ChoiceGroup] = []
    left = MOST_FOUND
    for provider_id, models in usable(Ask(person(actor), context_of(catalog, "root")), catalog):
        found = list(islice(model_search.matching(catalog, models, search), left + 1))
        if found[:left]:
            groups.append(group_of(catalog, provider_id, found[:left]))
        if len(found) > left:
            return tuple(groups), True
        left -= len(found)
    return tuple(groups), False


def is_there(actor: Actor, catalog: Catalog, language_model_id: UUID) -> bool:
    """Whether a model of this id is, or was, there for this person, usable or not: another team's own is not."""
    model = catalog.models.get(language_model_id)
    if model is None or actor.may(Permission.PROVIDER_VIEW):
        return model is not None
    return barrier(model, person(actor), catalog) is not Barrier.OTHER_TEAM


def named(actor: Actor, catalog: Catalog, address: str) -> UUID:
    """The model that somebody typed as `provider:model`. Raises `Invalid` for one that they cannot use."""
    found = model_search.named(catalog, address)
    model = found[0] if len(found) == 1 else None
    ask = Ask(person(actor), context_of(catalog, "root"))
    reason = why_not_usable(model, ask, catalog)
    if model is None or reason is Reason.NOT_ALLOWED:
        raise Invalid({"model_name": "You can use no model of that name. Type it like openai:gpt-5.2."})
    if reason:
        raise Invalid({"model_name": REASON_SENTENCES[reason]})
    return model.id


def _usable_of(ids: Iterable[UUID | None], ask: Ask, catalog: Catalog) -> list[ModelEntry]:
    """Those of these models that can be used, in the order of the catalog."""
    models = (catalog.models.get(id) for id in dict.fromkeys(ids) if id is not None)
    found = [model for model in models if model is not None and why_not_usable(model, ask, catalog) is None]
    return sorted(found, key=lambda model: (model.position, model.name))


def _recommended(catalog: Catalog) -> tuple[UUID, ...]:
    found: tuple[UUID, ...] = catalog.remembered(
        "recommended", lambda _: tuple(model.id for model in catalog.in_order() if model.recommended)[:8]
    )
    return found


def _lately(session: Session, actor: Actor) -> list[UUID]:
    return shelves.models_set_lately(session, actor.id, LATELY)[:8] if actor.id else []


def _assumed(session: Session, limits: Iterable[UUID]) -> frozenset[UUID]:
    wanted = list(limits)
    if not wanted:
        return frozenset()
    sources = language_models.sources_among(session, wanted)
    return frozenset(id for id, told in sources.items() if is_assumed(told))


def _elsewhere(ask: Ask, catalog: Catalog) -> tuple[ChoiceGroup, ...]:
    first = islice(usable(ask, catalog), MOST_ELSEWHERE)
    return tuple(group_of(catalog, provider_id, models[:2]) for provider_id, models in first)
