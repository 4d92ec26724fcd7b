"""How an attempt is told to the one who asked: who answered and why, what it took, what went wrong, what to do."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.pricing import dollars
from portal.domain.reasons import BECAUSE, LAYER_LABELS, REASON_SENTENCES, REASON_WORDS, Layer, Reason
from portal.domain.selection import Step, Trail
from portal.domain.subagents import Run
from portal.services.chat.selector import Offer
from portal.services.chat.summaries import CompactionView
from portal.services.chat.view import AttemptView
from portal.web.charts import say_ms

KEY_WORDS = {
    "personal": "your key",
    "shared": "shared key",
    "environment": "key from the environment",
    "none": "no key needed",
}
NOT_SET = {
    Layer.EXPLICIT: "not asked for",
    Layer.CHAT_MODEL: "none chosen for this chat",
    Layer.DEFAULT: "there is none",
    Layer.FIRST_USABLE: "no model is published",
}


@dataclass(frozen=True)
class WhyStep:
    """One line of why a model was chosen, in the shape that the macro of `_macros/why.html` draws."""

    number: int
    layer: str
    outcome: str
    model: str = ""
    said: str = ""
    kind: str = ""
    note: str = ""
    why: str = ""


def why_steps(trail: Trail) -> list[WhyStep]:
    return [_step(number, step) for number, step in enumerate(trail, 1)]


def _step(number: int, step: Step) -> WhyStep:
    label, model = LAYER_LABELS[step.layer], step.candidate.replace(":", " / ", 1)
    if step.chosen:
        return WhyStep(number, label, "used", model)
    if step.outcome == Reason.NOT_SET:
        return WhyStep(number, label, "skipped", said=NOT_SET.get(step.layer, "not set"))
    if step.outcome == Reason.NOT_FOR_THIS_CONTEXT and not model:  # nothing is wrong: nobody can set it here
        return WhyStep(number, label, "skipped", said="not for this purpose")
    return WhyStep(number, label, "skipped", model, REASON_WORDS[Reason(step.outcome)], "attention")


def foot(attempt: AttemptView | CompactionView) -> list[str]:
    """The facts below an answer or a summary, the most telling first."""
    facts = [attempt.display_name]
    if attempt.layer:
        facts.append(BECAUSE[Layer(attempt.layer)])
    facts.append(KEY_WORDS.get(attempt.key_source, ""))
    if attempt.tokens_in is not None and attempt.tokens_out is not None:
        facts.append(f"{attempt.tokens_in + attempt.tokens_out:,} tokens")
    if attempt.cost is not None:
        facts.append(dollars(attempt.cost))
    if attempt.total_ms is not None:
        facts.append(say_ms(attempt.total_ms))
    return [fact for fact in facts if fact]


def may_reason(offer: Offer, chosen: UUID | None) -> bool:
    """Whether the model that the selector shows thinks before it answers: then one chooses how much."""
    choices = [choice for group in offer.groups for choice in group.choices] + ([offer.own] if offer.own else [])
    return any(choice.reasons for choice in choices if choice.id == chosen)


def thought(attempt: AttemptView) -> str:
    """The heading of what a model thought: how long, and how many tokens, as far as they are known."""
    took = f"Thought for {say_ms(attempt.thought_ms)}" if attempt.thought_ms is not None else "What the model thought"
    return f"{took} · {attempt.tokens_reasoning:,} tokens" if attempt.tokens_reasoning else took


QUOTED = 90
"""Characters of a run's question that stand on its card: all of it stands above."""


def quoted(run: Run) -> str:
    """What a run was asked, in one line."""
    line = " ".join(run.question.split())
    return f"“{line if len(line) <= QUOTED else line[:QUOTED].rstrip() + '…'}”"


def run_by(attempt: AttemptView) -> str:
    """Who answered a run, and how long that took."""
    took = say_ms(attempt.total_ms) if attempt.total_ms is not None else ""
    return " · ".join(part for part in (attempt.display_name, took) if part)


def model_notice(offer: Offer) -> list[str]:
    """What is to be said above the composer before anything is sent: what cannot be used, and who answers instead."""
    said = []
    name = offer.own.label if offer.own else "The model that this chat was set to"
    who = offer.answering
    if offer.reason:
        said.append(f"{name} cannot be used now: {REASON_WORDS[offer.reason]}.")
    if who is None:
        by_name = offer.answers.layer is Layer.EXPLICIT
        return [*said, REASON_SENTENCES[offer.answers.reason]] if by_name else said  # type: ignore[union-attr]
    model = f"[{who.provider_label}] {who.display_name}"
    if offer.overridden == "personal":
        said.append(f"Your own override for Chat answers here: {model}.")
    elif offer.overridden == "admin":
        said.append(f"An administrator’s override for Chat answers here: {model}.")
    elif offer.reason is Reason.MODEL_DELETED:
        said.append(f"{model} answers instead, {BECAUSE[who.layer]}.")
    elif offer.reason:
        said.append(f"Until it can, {model} answers, {BECAUSE[who.layer]}.")
    return said
