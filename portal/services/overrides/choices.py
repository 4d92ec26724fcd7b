"""Models as the pages of overrides name them: typed as `provider:model`, looked for, told with what becomes of them."""

from dataclasses import dataclass, replace

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ANYBODY, Pin
from portal.domain.contexts import Context
from portal.domain.efforts import known, lowered
from portal.domain.errors import Invalid
from portal.domain.model_search import matching, named
from portal.domain.reasons import BECAUSE, LAYER_LABELS, REASON_SENTENCES, REASON_WORDS, Layer, Reason
from portal.domain.selection import Ask, Selection, select, why_not_usable
from portal.domain.versions import Fields, Stored

MOST_HITS = 50
"""Models that a search answers with: a longer list nobody reads."""


@dataclass(frozen=True)
class Typed:
    """A choice as it was typed: `provider:model`, and a reasoning effort or a blank one."""

    model: str
    effort: str = ""


@dataclass(frozen=True)
class Hit:
    """One model that a search found. `note` says why it cannot be used now; blank when it can."""

    address: str
    display_name: str
    note: str = ""


@dataclass(frozen=True)
class Chosen:
    """A stored choice, as pages tell of it. `reason` is why it has no say now; None when it has.

    `lowered_to` is set where the model takes less effort than the choice asks for; `team` is the only team that may
    use the model, where it is a team's own.
    """

    display_name: str
    address: str
    effort: str
    reason: Reason | None
    lowered_to: str = ""
    team: str = ""

    @property
    def reason_words(self) -> str:
        return REASON_WORDS[self.reason] if self.reason else ""

    @property
    def reason_sentence(self) -> str:
        return REASON_SENTENCES[self.reason] if self.reason else ""

    @property
    def said(self) -> str:
        """ "GPT-5 (acme:gpt-5), effort high"."""
        return f"{self.display_name} ({self.address}){f', effort {self.effort}' if self.effort else ''}"


@dataclass(frozen=True)
class Otherwise:
    """What answers without a choice: a model and the layer that gives it; or no model, and why."""

    layer: Layer
    display_name: str = ""
    address: str = ""
    reason: Reason | None = None

    @property
    def layer_label(self) -> str:
        return LAYER_LABELS[self.layer]

    @property
    def because(self) -> str:
        return BECAUSE[self.layer]

    @property
    def reason_words(self) -> str:
        return REASON_WORDS[self.reason] if self.reason else ""


def fields_of(pin: Pin | None, catalog: Catalog, nothing: str) -> Fields:
    """What the form of a choice shows; `nothing` says that nothing is chosen."""
    if pin is None:
        return {"model": Stored("", nothing), "effort": Stored("", "the model’s own")}
    model = catalog.models.get(pin.model_id)
    return {
        "model": Stored(str(pin.model_id), catalog.address(model) if model else "a deleted model"),
        "effort": Stored(pin.effort, pin.effort or "the model’s own"),
    }


def find(typed: Typed, catalog: Catalog) -> Pin:
    """The model that was typed, with its effort. Raises `Invalid` naming `model`, `effort`."""
    faults = {}
    effort = typed.effort.strip()
    if effort and not known(effort):
        faults["effort"] = "There is no such effort. Choose one of the list."
    found = named(catalog, typed.model)
    if len(found) != 1:
        faults["model"] = _unclear(typed.model.strip(), len(found))
    if faults:
        raise Invalid(faults)
    return Pin(found[0].id, effort)


def _unclear(text: str, models: int) -> str:
    if not text:
        return "Choose a model. The list shows while you type a part of its name."
    shown = text if len(text) <= 80 else f"{text[:80]}…"
    if models:
        return f"{models} models are called “{shown}”. Choose one of the list, or write it as provider:model."
    return f"No model is called “{shown}”. Choose one of the list, or write it as provider:model."


def search(words: str, ask: Ask, catalog: Catalog, *, usable_only: bool) -> tuple[Hit, ...]:
    """The first models whose names hold all the words; those that can be used come first, or alone."""
    found: list[Hit] = []
    others: list[Hit] = []
    for entry in matching(catalog, catalog.in_order(), words):
        reason = why_not_usable(entry, ask, catalog)
        if reason is None:
            found.append(Hit(catalog.address(entry), entry.display_name))
            if len(found) == MOST_HITS:
                break
        elif not usable_only and len(others) < MOST_HITS:
            others.append(Hit(catalog.address(entry), entry.display_name, REASON_WORDS[reason]))
    return tuple((found + others)[:MOST_HITS])


def tell(pin: Pin, ask: Ask, catalog: Catalog) -> Chosen:
    """A choice with what becomes of it for whoever asks."""
    model = catalog.models.get(pin.model_id)
    if model is None:
        return Chosen("A deleted model", "deleted", pin.effort, Reason.MODEL_DELETED)
    provider = catalog.providers.get(model.provider_id)
    team = catalog.teams.get(provider.team_id) if provider and provider.team_id else None
    takes = lowered(pin.effort, model.effort_most)
    return Chosen(
        model.display_name,
        catalog.address(model),
        pin.effort,
        why_not_usable(model, ask, catalog),
        lowered_to=takes if takes != pin.effort else "",
        team=team.name if team else "",
    )


def for_anybody(pin: Pin, context: Context, catalog: Catalog) -> Chosen:
    """A choice that holds for everybody: whether it serves anybody at all."""
    return tell(pin, Ask(ANYBODY, context), catalog)


def otherwise(ask: Ask, catalog: Catalog) -> Otherwise:
    """What `select` gives, asked as though AI were on: the gate takes away answers, not the order of the layers."""
    found = select(ask, replace(catalog, gates=replace(catalog.gates, ai=True)))
    if isinstance(found, Selection):
        return Otherwise(found.layer, found.display_name, f"{found.provider_name}:{found.name}")
    return Otherwise(found.layer, reason=found.reason)
