"""Compaction: older turns of a branch give way to a summary of them. Nothing is deleted, and it can be undone.

It is made after an answer that took a chat past its threshold, by a thread of its own: so the next question finds it
made and waits for nothing. Only a question that would not fit waits for it. One is made at a time in each chat; what
other tabs and processes do meanwhile stands, for a summary speaks for the branches through its last turn alone.
"""

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from portal.domain import compaction as rules
from portal.domain.chats import SENT_AS_HISTORY, OwnedChatId, tidy
from portal.domain.compaction import Room, State, Why
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.people import Actor
from portal.services.chat import asides, compaction_states, ownership
from portal.services.chat.asides import Cancel, Chosen, NotTold, Told
from portal.services.chat.compaction_states import PART_SECONDS
from portal.services.chat.summaries import BROKE_OFF, CompactionView, view_of
from portal.services.runtime import Runtime
from portal.store import compactions as stored
from portal.store.base import reading, transaction
from portal.store.compactions import Since

CONTEXT = "compaction"

AFTER_A_FAILURE = timedelta(minutes=10)
"""So long nothing is summarised by itself in a chat after that failed; by hand it can be."""

NOTHING = "There is nothing to summarise here yet: the newest message and its answer stay as they are."
TOO_LONG = "The summary would have been longer than what it stands for."


@dataclass(frozen=True)
class _Plan:
    """What is to be summarised of a branch, up to `turn_id`, by whom, and what stays."""

    turn_id: UUID
    since: Since
    away: int
    room: Room
    chosen: Chosen

    @property
    def messages(self) -> int:
        """How many messages the summary will stand for, those of the one before among them."""
        now = sum(1 + bool(each.answered.strip()) for each in self.since.exchanges[: self.away])
        return self.since.messages + now

    @property
    def tokens(self) -> int:
        """About how many tokens what is summarised took."""
        return rules.tokens_in(self.since.summary) + sum(map(rules.tokens_of, self.since.exchanges[: self.away]))


def compact(
    actor: Actor,
    runtime: Runtime,
    chat_id: OwnedChatId,
    leaf_id: UUID,
    why: Why,
    cancel: Cancel,
    *,
    room: Room | None = None,
    spare: int = 0,
    newest: int = 1,
) -> bool:
    """Summarise the older part of the branch that ends with this turn. False where there is nothing to summarise.

    `room` is what the chat's model has, if that is known; else only the summarising model's counts. `spare` tokens are
    to be left free beside what is kept, and the `newest` so many turns stay in any case. A failure is stored, and
    raised as `NotTold`; `Conflict` where another one is being made.
    """
    chosen = None
    try:
        with reading() as session:
            chat, _ = ownership.find(session, actor, chat_id)
        chosen = asides.choose(actor, runtime, CONTEXT, chat.language_model_id)
    except NotTold as error:
        failure = error
    with reading() as session:
        since = stored.since_summary(session, chat_id, leaf_id, SENT_AS_HISTORY)
    if chosen is None:
        away = rules.put_away(since.exchanges, 0)
        turn_id = since.exchanges[away - 1].turn_id if away else leaf_id
        compaction_states.refuse(actor, runtime, chat_id, turn_id, why, failure)
        raise failure
    plan = _plan(since, chosen, why, room, spare, newest)
    if plan is None:
        return False
    made_id = compaction_states.begin(actor, runtime, chat_id, plan.turn_id, why, plan.chosen, messages=plan.messages)
    try:
        summary, told = _summary(actor, runtime, chat_id, made_id, plan, cancel)
    except NotTold as error:
        compaction_states.fail(chat_id, made_id, chosen, error)
        raise
    except BaseException:  # whatever broke, the end of the process too: nobody may wait for one that is not made
        compaction_states.fail(chat_id, made_id, chosen, NotTold("broke", BROKE_OFF))
        raise
    tokens = rules.tokens_in(rules.handed_on(summary))
    stays = rules.tokens_in(chat.system_prompt) + sum(map(rules.tokens_of, since.exchanges[plan.away :]))
    with transaction() as session:
        stored.finish(
            session,
            chat_id,
            made_id,
            state=State.COMPLETE.value,
            text=summary,
            tokens=tokens,
            tokens_before=plan.tokens + stays,
            tokens_after=tokens + stays,
            key_source=told.key_source,
            total_ms=told.total_ms,
            **{name: told.columns[name] for name in ("tokens_in", "tokens_out", "cost")},
        )
    return True


def _plan(since: Since, chosen: Chosen, why: Why, room: Room | None, spare: int, newest: int) -> _Plan | None:
    its_own = rules.room(chosen.limit, chosen.options)
    both = room.with_another(chosen.limit, chosen.options) if room else its_own
    kept = 0 if why is Why.HAND else min(both.kept, max(0, (both.limit - spare) // 2))
    away = rules.put_away(since.exchanges, kept, newest=newest)
    if away <= 0:
        return None
    return _Plan(since.exchanges[away - 1].turn_id, since, away, both, chosen)


def _summary(
    actor: Actor, runtime: Runtime, chat_id: OwnedChatId, made_id: UUID, plan: _Plan, cancel: Cancel
) -> tuple[str, Told]:
    """The summary, made part by part, each of which builds on those before; and what all of them took."""
    chosen, summary, taken = plan.chosen, plan.since.summary, None
    system = rules.instruction(plan.room.kept)
    for part in rules.parts(plan.since.exchanges[: plan.away], chosen.limit):
        if taken is not None:
            compaction_states.renew(runtime, chat_id, made_id)
        told = asides.ask(
            actor, runtime, chosen, system, rules.question(summary, part), seconds=PART_SECONDS, cancel=cancel
        )
        taken = _with(taken, told)
        summary = tidy(told.text).strip()
        if not summary:
            raise NotTold("no_words", f"{chosen.selection.display_name} sent no words.")
    if taken is None:
        raise NotTold("no_words", NOTHING)
    if len(summary) > rules.LONGEST_SUMMARY or (plan.room.limit and rules.tokens_in(summary) * 2 > plan.room.limit):
        raise NotTold("too_long", TOO_LONG)
    if rules.tokens_in(summary) > max(plan.tokens, 200):
        raise NotTold("too_long", TOO_LONG)
    return summary, taken


def _with(before: Told | None, told: Told) -> Told:
    """Both together. What is unknown of one of them is unknown of both."""
    if before is None:
        return told
    columns = {
        name: None if value is None or before.columns[name] is None else value + before.columns[name]
        for name, value in told.columns.items()
    }
    return replace(told, total_ms=before.total_ms + told.total_ms, columns=columns)


def _is_due(runtime: Runtime, chat_id: OwnedChatId, room: Room, used: int) -> bool:
    """Whether a chat that takes so many tokens is to be summarised by itself now.

    Not just after that failed, and not while its newest summary is undone: whoever undid it wants the messages read.
    """
    if room.begins is None or used < room.begins:
        return False
    with reading() as session:
        newest = stored.newest(session, chat_id)
    if newest is None:
        return True
    failed = newest.state == State.FAILED and newest.made_at > runtime.now() - AFTER_A_FAILURE
    return not failed and newest.undone_at is None


def follow(
    actor: Actor, runtime: Runtime, chat_id: OwnedChatId, turn_id: UUID, room: Room, used: int, cancel: Cancel
) -> None:
    """After an answer that took so many tokens of this room: summarise what came before it, if it is time to."""
    with reading() as session:
        chat, _ = ownership.find(session, actor, chat_id)
    try:
        chosen = asides.choose(actor, runtime, CONTEXT, chat.language_model_id)
        both = room.with_another(chosen.limit, chosen.options)
    except NotTold:
        both = room
    if not _is_due(runtime, chat_id, both, used):
        return
    with contextlib.suppress(NotTold, Conflict):  # it is stored, and said there; or another process is at it
        compact(actor, runtime, chat_id, turn_id, Why.THRESHOLD, cancel, room=room)


def by_hand(actor: Actor, runtime: Runtime, chat_id: UUID) -> None:
    """Summarise all of the branch that is shown but its newest turn, now.

    Raises `Invalid` where there is nothing to summarise or no summary came, with the reason; `Conflict` where one is
    being made.
    """
    with reading() as session:
        chat, owned = ownership.find(session, actor, chat_id)
        leaf_id = chat.leaf_id
    if leaf_id is None:
        raise Invalid({"": NOTHING})
    try:
        made = compact(actor, runtime, owned, leaf_id, Why.HAND, Cancel())
    except NotTold as error:
        raise Invalid({"": f"The older part of this chat could not be summarised. {error.sentence}"}) from error
    if not made:
        raise Invalid({"": NOTHING})


def undo(actor: Actor, runtime: Runtime, chat_id: UUID, compaction_id: UUID, *, again: bool = False) -> CompactionView:
    """Let models read the messages themselves as before; `again`: the summary in their place, as it was."""
    now = runtime.now()
    with transaction() as session:
        _, owned = ownership.find(session, actor, chat_id, lock=True)
        record = stored.of_id(session, owned, compaction_id)
        if record is None or record.state != State.COMPLETE:
            raise NotFound
        if again:
            record.undone_at = None
        elif record.undone_at is None:
            record.undone_at = now
        return view_of(record, now)
