"""What stands where an answer, or its end, should be: what went wrong, and what one can do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.domain.chats import FOR_AN_ADMINISTRATOR, NO_MODEL, OWN_KEY_SENTENCES, State, fault_sentence
from portal.domain.faults import TRY_AGAIN, Category
from portal.domain.reasons import Reason
from portal.services.chat.view import AttemptView
from portal.services.selection.choosing import Choice, ChoiceGroup

TOO_LONG = "Choose a model that can read more, summarise this chat (Compact now, in its menu), or begin a new one."
PORTAL_FAULT = "The portal could not write this answer."


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
            return Trouble(
                attempt.hint or PORTAL_FAULT, "Your question is kept.", ready_at=waits, keys_link=link, keys_of=keys_of
            )
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
    label = attempt.provider_label or "The provider"
    if not attempt.category:  # a file of before says nothing of it
        return Trouble(f"{label} gave no answer.", reply)
    category = Category(attempt.category)
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
    if attempt.category in (Category.RATE_LIMIT, NO_MODEL) or attempt.hint == TRY_AGAIN:
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
