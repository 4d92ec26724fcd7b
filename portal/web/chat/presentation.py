"""How an attempt is told to the one who asked: who answered and why, what it took, what went wrong, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.chats import FOR_AN_ADMINISTRATOR, OWN_KEY_SENTENCES, State, fault_sentence
from portal.domain.compaction import State as Made
from portal.domain.faults import TRY_AGAIN, Category
from portal.domain.pricing import dollars
from portal.domain.reasons import BECAUSE, LAYER_LABELS, REASON_SENTENCES, REASON_WORDS, Layer, Reason
from portal.domain.selection import Step, Trail
from portal.domain.subagents import Run
from portal.services.chat.chats import Talk
from portal.services.chat.events import Answered
from portal.services.chat.selector import Offer
from portal.services.chat.summaries import CompactionView
from portal.services.chat.view import AttemptView, ChatView
from portal.services.selection.choosing import Choice, ChoiceGroup
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
TOO_LONG = "Choose a model that can read more, summarise this chat (Compact now, in its menu), or begin a new one."
PORTAL_FAULT = "The portal could not write this answer."


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


@dataclass(frozen=True)
class Trouble:
    """What stands where an answer, or its end, should be. `again` says that the same may work now or later.

    `keys_link` are the words of a link to one's own keys, where something can be done there; `keys_of` names the
    provider.
    """

    headline: str
    more: str = ""
    meta: str = ""
    again: bool = True
    ready_at: datetime | None = None
    keys_link: str = ""
    keys_of: str = ""


def trouble(attempt: AttemptView, now: datetime) -> Trouble | None:
    """What there is to say of an attempt that is no whole answer; None when there is nothing."""
    if attempt.state is State.FAILED:
        if attempt.category:
            lacks_key = bool(attempt.trail) and attempt.trail[-1].outcome == Reason.NO_CREDENTIAL
            link = "Save a key of your own" if lacks_key else ""
            waits = attempt.ready_at if attempt.ready_at and attempt.ready_at > now else None
            keys_of = _provider_name(attempt)
            return Trouble(attempt.hint, "Your question is kept.", ready_at=waits, keys_link=link, keys_of=keys_of)
        return Trouble(
            PORTAL_FAULT, "Your question is kept. Try again; if it stays, tell an administrator when it was."
        )
    if attempt.state is State.FALLBACK:
        return _provider_trouble(attempt, attempt.text, now)
    if attempt.state is State.INCOMPLETE:
        if attempt.category == Category.CONNECT:
            return Trouble(f"{attempt.provider_label} broke off before the end.", "What arrived is kept.")
        if attempt.category == Category.SHAPE:
            return Trouble("The rest of this answer could not be read.", "What arrived is kept.")
        if attempt.category:
            return _provider_trouble(attempt, "What arrived is kept.", now)
        return Trouble("The connection ended before the answer did.", "What arrived is kept.")
    if attempt.state is State.STOPPED:
        return Trouble("You stopped this answer.", "What arrived is kept." if attempt.text else "No word had arrived.")
    if attempt.state is State.COMPLETE:
        return _ending(attempt)
    return None


def _provider_trouble(attempt: AttemptView, reply: str, now: datetime) -> Trouble:
    category = Category(attempt.category)
    label = attempt.provider_label or "The provider"
    own = attempt.key_source == "personal"
    mendable = own and category in OWN_KEY_SENTENCES
    headline = fault_sentence(category, label, attempt.display_name or "The model", own_key=own)
    wait = ""
    if attempt.ready_at and attempt.ready_at > now:
        seconds = round((attempt.ready_at - now).total_seconds())
        wait = f"{attempt.provider_label} asks to wait {_span(seconds)}."
    adjust = "An administrator can mend this." if category in FOR_AN_ADMINISTRATOR else ""
    if category is Category.CONTEXT_LENGTH:
        adjust = TOO_LONG
    if mendable:
        adjust = f"Test, replace or remove your key for {label} under API keys."
    meta = [
        str(attempt.status) if attempt.status else "",
        f"request {attempt.request_id}" if attempt.request_id else "",
    ]
    return Trouble(
        headline,
        " ".join(part for part in (reply, wait, adjust) if part),
        " · ".join(part for part in meta if part),
        ready_at=attempt.ready_at if wait else None,
        keys_link="Open my API keys" if mendable else "",
        keys_of=_provider_name(attempt),
    )


def _provider_name(attempt: AttemptView) -> str:
    return attempt.selected_model.partition(":")[0]


def advice(attempt: AttemptView) -> str:
    """What whoever sees providers may do about it; nothing where the buttons say it already."""
    if attempt.category in (Category.RATE_LIMIT, "no_model") or attempt.hint == TRY_AGAIN:
        return ""
    return attempt.hint


def _ending(attempt: AttemptView) -> Trouble | None:
    if attempt.finish == "content":
        return Trouble(f"{attempt.provider_label} cut this short: its content rules stopped it.")
    if attempt.finish == "tool":
        return Trouble(
            f"{attempt.display_name} asked for a tool, and a chat has none to give.", "Ask it to answer without one."
        )
    if attempt.finish == "length" and not attempt.text:
        return Trouble(
            f"{attempt.display_name} reached its length limit before its first word.",
            "An administrator can raise the model’s limit of output tokens, or lower how much it thinks.",
        )
    if not attempt.text:
        return Trouble(f"{attempt.display_name} sent no words.", "Try again, or ask in another way.")
    if attempt.finish == "length":
        return Trouble("The answer reached its length limit.", "Ask it to go on.", again=False)
    return None


def _span(seconds: int) -> str:
    if seconds < 90:
        return f"{max(1, seconds)} seconds" if seconds != 1 else "1 second"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{round(seconds / 3600)} hours"


def another(attempt: AttemptView, groups: Iterable[ChoiceGroup]) -> Choice | None:
    """The model to offer instead: of another provider, if there is one."""
    choices = [choice for group in groups for choice in group.choices if choice.id != attempt.language_model_id]
    elsewhere = [choice for choice in choices if choice.provider_label != attempt.provider_label]
    return next(iter(elsewhere or choices), None)


@dataclass(frozen=True)
class ContextUse:
    """How much of what its model can read a chat takes: `used` tokens. `assumed`: how much that is was guessed."""

    percent: int
    used: int
    limit: int
    assumed: bool = False


def context_use(chat: ChatView, offer: Offer) -> ContextUse | None:
    """By the newest answer whose tokens were counted; None when there is none yet.

    What a summary took away, or gave back when it was undone, since that answer was asked for is counted in.
    """
    for turn in reversed(chat.turns):
        for attempt in reversed(turn.attempts):
            model_id = attempt.language_model_id
            limit = offer.limits.get(model_id) if model_id else None
            change = _since_then(chat, attempt)
            if use := _use_by(attempt, limit or 0, assumed=model_id in offer.assumed, change=change):
                return use
    return None


def _since_then(chat: ChatView, attempt: AttemptView) -> int:
    """How many tokens more, or less, a model reads now than when this answer was asked for."""
    change = 0
    for turn in chat.turns:
        for made in chat.summaries.get(turn.id, ()):
            if made.state is Made.COMPLETE:
                read_then = made.made_at < attempt.created_at
                saved = made.tokens_before - made.tokens_after
                if read_then and made.undone_at is not None and made.undone_at > attempt.created_at:
                    change += saved
                elif not read_then and made.undone_at is None:
                    change -= saved
    return change


def use_of(answered: Answered) -> ContextUse | None:
    """The same by an answer that was just written; None when its tokens were not counted."""
    attempt = answered.turn.attempts[-1]
    return _use_by(attempt, answered.context_limit, assumed=answered.limit_is_assumed)


def _use_by(attempt: AttemptView, limit: int, *, assumed: bool, change: int = 0) -> ContextUse | None:
    if attempt.tokens_in is None or not limit:
        return None
    used = max(0, attempt.tokens_in + (attempt.tokens_out or 0) + change)
    return ContextUse(min(100, max(1, round(100 * used / limit))), used, limit, assumed)


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


def by_day(talks: Iterable[Talk], now: datetime) -> list[tuple[str, list[Talk]]]:
    """The list under headings of time, in its own order; days begin where the clock of `now` says."""
    groups: list[tuple[str, list[Talk]]] = []
    for talk in talks:
        heading = _heading(talk.changed_at, now)
        if not groups or groups[-1][0] != heading:
            groups.append((heading, []))
        groups[-1][1].append(talk)
    return groups


def _heading(moment: datetime, now: datetime) -> str:
    moment = moment.astimezone(now.tzinfo)
    days = (now.date() - moment.date()).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    if moment > now - timedelta(days=7):
        return "This week"
    if moment > now - timedelta(days=30):
        return "This month"
    return f"{moment:%B %Y}"
