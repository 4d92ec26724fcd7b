"""The layers in words: what each one held, what became of it, and why."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.capabilities import CAPABILITIES
from portal.domain.catalog_entries import ModelEntry
from portal.domain.explanation import Barrier, barrier, ways
from portal.domain.reasons import LAYER_LABELS, REASON_SENTENCES, Layer, Reason
from portal.domain.selection import Refusal, Selection, Step
from portal.services.explain.case import Case
from portal.services.explain.remedies import remedies
from portal.services.explain.words import KEY_SOURCES, NOT_SET, REASON_SHORT, Remedy, feature_of, listed

USED, SKIPPED, UNREACHED = "used", "skipped", "unreached"


@dataclass(frozen=True)
class ExplainedStep:
    """One layer. `outcome` is used, skipped or unreached; `reason` is set where it was skipped.

    `kind` is the mark's: attention where it wanted to and could not; blank where it held nothing.
    """

    number: int
    layer: Layer
    label: str
    note: str
    outcome: str
    model: str = ""
    said: str = ""
    why: str = ""
    kind: str = ""
    reason: Reason | None = None
    remedies: tuple[Remedy, ...] = ()


def steps(case: Case) -> tuple[ExplainedStep, ...]:
    """All layers in order: those that were asked as the trail has them, then those that were not reached."""
    asked = [_asked(case, number, step) for number, step in enumerate(case.answer.trail, 1)]
    rest = enumerate(case.decision.unreached, len(asked) + 1)
    return (*asked, *(_unreached(number, step) for number, step in rest))


def headline(case: Case) -> str:
    """The answer in a sentence."""
    answer = case.answer
    if isinstance(answer, Selection):
        return f"{answer.display_name}, {_because(case, answer.layer)}."
    if answer.reason is Reason.GATE_OFF:
        return "No model: AI is switched off for everybody."
    if answer.layer is Layer.EXPLICIT:
        return f"No model: {answer.candidate or 'what is named'} cannot be used, and no other takes its place."
    return "No model: none is published." if answer.reason is Reason.NOT_SET else "No model: none can be used."


def facts(case: Case) -> tuple[str, ...]:
    """What stands below the answer."""
    answer = case.answer
    if isinstance(answer, Refusal):
        return ()
    effort = f"reasoning effort {answer.effort}" if answer.effort else ""
    lowered = f", lowered from {answer.effort_asked}" if answer.effort_asked else ""
    told = (f"{answer.provider_name} / {answer.name}", KEY_SOURCES[answer.credential], effort + lowered)
    return tuple(fact for fact in told if fact)


def _because(case: Case, layer: Layer) -> str:
    label, voice, team = case.context.label, case.voice, case.subject.team
    return {
        Layer.EXPLICIT: "because the request names it",
        Layer.PERSONAL_OVERRIDE: f"because {voice.subject} pinned it to {label}",
        Layer.ADMIN_OVERRIDE: f"because {label} is pinned to it for everybody",
        Layer.CHAT_MODEL: "because the chat is set to it",
        Layer.PROVIDER_DEFAULT: "because it is the default of the provider that is named",
        Layer.TEAM_DEFAULT: f"because it is the default of the team {team}",
        Layer.DEFAULT: "because it is the default",
        Layer.FIRST_USABLE: f"because it is the first model that {voice.subject} can use",
    }[layer]


def _note(case: Case, layer: Layer) -> str:
    return {
        Layer.EXPLICIT: "a client, or “send with…”",
        Layer.PERSONAL_OVERRIDE: f"{case.voice.own} own, in Agents",
        Layer.ADMIN_OVERRIDE: "for everybody, in Overrides",
        Layer.CHAT_MODEL: "chosen in the chat",
        Layer.PROVIDER_DEFAULT: "of the provider that the request names",
        Layer.TEAM_DEFAULT: case.subject.team,
        Layer.DEFAULT: "of the whole portal",
        Layer.FIRST_USABLE: "in the order of the Models page",
    }[layer]


def _asked(case: Case, number: int, step: Step) -> ExplainedStep:
    layer, model = step.layer, step.candidate.replace(":", " / ", 1)
    head = (number, layer, LAYER_LABELS[layer], _note(case, layer))
    entry = case.catalog.models.get(step.model_id) if step.model_id else None
    if step.chosen:
        return ExplainedStep(*head, USED, model, "Used", _why_used(case, entry))
    reason = Reason(step.outcome)
    if reason is Reason.NOT_SET:
        return ExplainedStep(*head, SKIPPED, said=NOT_SET[layer], reason=reason)
    if reason is Reason.NOT_FOR_THIS_CONTEXT:
        return ExplainedStep(*head, SKIPPED, said=f"No say in {case.context.label}", reason=reason)
    return ExplainedStep(
        *head,
        SKIPPED,
        model or "a model that is gone",
        REASON_SHORT[reason],
        _why_not(case, reason, layer, entry),
        "attention",
        reason,
        remedies(case, reason, layer, entry),
    )


def _unreached(number: int, step: Step) -> ExplainedStep:
    said = "not reached"
    if not step.candidate and step.outcome == Reason.NOT_SET and step.layer is not Layer.FIRST_USABLE:
        said = NOT_SET[step.layer].lower()
    model = step.candidate.replace(":", " / ", 1)
    return ExplainedStep(number, step.layer, LAYER_LABELS[step.layer], "", UNREACHED, model, said)


def _why_used(case: Case, entry: ModelEntry | None) -> str:
    """What had to hold for this model, and did."""
    answer = case.answer
    if not isinstance(answer, Selection) or entry is None:
        return ""
    names = {role.id: role.name for role in case.subject.roles}
    role_id, pattern = next(iter(ways(names, entry, case.catalog).items()), (None, ""))
    by = f", allowed by {names[role_id]}" if role_id else ""
    by += f" ({pattern})" if pattern else ""
    can = [CAPABILITIES[name].badge for name in sorted(case.context.capabilities) if name in CAPABILITIES]
    has = f", has {listed(can)}" if can else ""
    asked = KEY_SOURCES[answer.credential]
    return f"It is on{by}{has}, and {asked if answer.credential == 'none' else f'is {asked}'}."


def _why_not(case: Case, reason: Reason, layer: Layer, entry: ModelEntry | None) -> str:
    if reason is Reason.GATE_OFF:
        return "Personal overrides are off for everybody. What is stored is kept, and comes back with the gate."
    if reason is Reason.NOT_ENTITLED and layer is Layer.TEAM_DEFAULT:
        return f"The team {case.subject.team} is not entitled to a model of its own. What it chose is kept."
    if entry is None or reason is Reason.MODEL_DELETED:
        return "It was deleted."
    provider = case.catalog.providers[entry.provider_id]
    return {
        Reason.MODEL_DISABLED: f"{entry.display_name} is turned off.",
        Reason.PROVIDER_DISABLED: f"{provider.label} is turned off, with all its models.",
        Reason.NO_CREDENTIAL: f"{_no_own_key(case, provider.id)}, and {provider.label} has no shared key that opens.",
        Reason.NOT_ALLOWED: _why_not_allowed(case, entry),
        Reason.NOT_ENTITLED: "Its provider belongs to a team that is not entitled to one.",
        Reason.MISSING_FEATURE: f"It is not offered for {feature_of(case.context)}.",
        Reason.MISSING_CAPABILITY: _missing(case, entry),
        Reason.WRONG_PROVIDER: "The request names another provider, so this one is passed over.",
    }.get(reason, REASON_SENTENCES[reason])


def _no_own_key(case: Case, provider_id: UUID) -> str:
    voice = case.voice
    held = case.catalog.personal_keys.get(case.subject.id, frozenset())
    if provider_id in held and not case.catalog.gates.personal_keys:
        return f"{voice.own_opening} own key is ignored while personal keys are off"
    return f"{voice.does('have', 'has')} no own key for it"


def _why_not_allowed(case: Case, entry: ModelEntry) -> str:
    found, voice = barrier(entry, case.who, case.catalog), case.voice
    if found is Barrier.OTHER_TEAM:
        return f"Its provider belongs to a team that {voice.subject} {'are' if voice.me else 'is'} not in."
    if found is Barrier.EXCLUSIVE:
        return f"The team {case.subject.team} reaches its own models only."
    return f"No pattern of {listed([role.name for role in case.subject.roles])} fits it."


def _missing(case: Case, entry: ModelEntry) -> str:
    lacks = [CAPABILITIES[name].badge for name in sorted(case.context.capabilities - entry.capabilities)]
    if lacks:
        return f"{case.context.label} needs {listed(lacks)}, which it has not."
    return "It does not chat: it is for something else."
