"""What would lead to another answer: each tried by the same `select`, on the catalog as it would be."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.domain import changes
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.permissions import Permission
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Refusal, Selection, select
from portal.services.explain.case import Case

Trial = tuple[str, Catalog]


@dataclass(frozen=True)
class WouldChange:
    """One thing that would lead to another answer, and the model that would answer then."""

    text: str
    answer: str


def would_change(case: Case) -> tuple[WouldChange, ...]:
    """What mends the layers that were skipped, then what takes the answer away; none that changes nothing."""
    tried = [_tried(case, text, after) for text, after in _trials(case)]
    return tuple(dict.fromkeys(found for found in tried if found is not None))


def _tried(case: Case, text: str, after: Catalog) -> WouldChange | None:
    now, then = case.answer, select(case.ask, after)
    if isinstance(then, Refusal):
        return WouldChange(text, "no model") if isinstance(now, Selection) else None
    if isinstance(now, Selection) and now.language_model_id == then.language_model_id:
        return None
    return WouldChange(text, f"{then.display_name}, {_by(case, then.layer)}")


def _by(case: Case, layer: Layer) -> str:
    return {
        Layer.EXPLICIT: "as the request names it",
        Layer.PERSONAL_OVERRIDE: f"by {case.voice.own} override",
        Layer.ADMIN_OVERRIDE: "by the override for everybody",
        Layer.CHAT_MODEL: "the chat’s model",
        Layer.PROVIDER_DEFAULT: "the provider’s default",
        Layer.TEAM_DEFAULT: "the team’s default",
        Layer.DEFAULT: "the default",
        Layer.FIRST_USABLE: "the first usable model",
    }[layer]


def _trials(case: Case) -> Iterator[Trial]:
    if not case.catalog.gates.ai:
        yield "AI is turned on", changes.with_gate(case.catalog, "ai", on=True)
        return
    for step in case.answer.trail:
        entry = case.catalog.models.get(step.model_id) if step.model_id else None
        if not step.chosen and entry is not None and not entry.deleted:
            yield from _mended(case, Reason(step.outcome), entry)
    if isinstance(case.answer, Selection):
        yield from _taken_away(case, case.answer)


def _mended(case: Case, reason: Reason, entry: ModelEntry) -> Iterator[Trial]:
    catalog, provider = case.catalog, case.catalog.providers[entry.provider_id]
    if reason is Reason.NO_CREDENTIAL and catalog.gates.personal_keys and case.subject.may(Permission.PERSONAL_KEY):
        saves = f"{case.voice.does('save', 'saves')} a key for {provider.label}"
        yield saves, changes.with_personal_key(catalog, case.subject.id, provider.id)
    mended = {
        Reason.GATE_OFF: ("Personal overrides are turned on", lambda: _gate(catalog)),
        Reason.MODEL_DISABLED: (
            f"{entry.display_name} is turned on",
            lambda: changes.with_model_on(catalog, entry.id, on=True),
        ),
        Reason.PROVIDER_DISABLED: (
            f"{provider.label} is turned on",
            lambda: changes.with_provider_on(catalog, provider.id, on=True),
        ),
        Reason.NO_CREDENTIAL: (
            f"{provider.label} gets a shared key",
            lambda: changes.with_credential(catalog, provider.id, "shared"),
        ),
    }.get(reason)
    if mended is not None:
        yield mended[0], mended[1]()


def _gate(catalog: Catalog) -> Catalog:
    return changes.with_gate(catalog, "personal_overrides", on=True)


def _taken_away(case: Case, answer: Selection) -> Iterator[Trial]:
    catalog, context = case.catalog, case.context
    if answer.layer is Layer.PERSONAL_OVERRIDE:
        text = f"{case.voice.own_opening} override for {context.label} is taken away"
        yield text, changes.with_personal_pin(catalog, case.subject.id, context.name, None)
    if answer.layer is Layer.ADMIN_OVERRIDE:
        yield f"The pin of {context.label} is taken away", changes.with_pin(catalog, context.name, None)
    after = changes.with_model_on(catalog, answer.language_model_id, on=False)
    yield f"{answer.display_name} is turned off", after
