"""A choice of a model as JSON: what is pinned, or what one chose for oneself."""

from typing import Annotated

from pydantic import Field

from portal.domain.reasons import Layer, Reason
from portal.services.overrides.choices import Chosen, Otherwise, Typed
from portal.web.api.schemas import Given, Told, Word


class ChoiceGiven(Given):
    """Which model, as `provider:model`, and how hard it is to think; blank is the model’s own."""

    model: Annotated[str, Field(max_length=600)]
    effort: Word = ""

    @property
    def typed(self) -> Typed:
        return Typed(self.model, self.effort)


class Choice(Told):
    """A model that was chosen. `reason` is why it has no say now; null when it has."""

    model: str
    display_name: str
    effort: str
    reason: Reason | None


class Instead(Told):
    """What answers without a choice; `model` is blank where nothing does."""

    layer: Layer
    model: str
    reason: Reason | None


class Override(Told):
    """A purpose, what is chosen for it, and what answers otherwise."""

    context: str
    label: str
    choice: Choice | None
    otherwise: Instead


def choice_of(chosen: Chosen) -> Choice:
    """A choice as it is told."""
    return Choice(model=chosen.address, display_name=chosen.display_name, effort=chosen.effort, reason=chosen.reason)


def otherwise_of(found: Otherwise) -> Instead:
    """What answers without one, as it is told."""
    return Instead(layer=found.layer, model=found.address, reason=found.reason)
