"""Writing one attempt down: what arrives is passed on at once, and kept at least each second.

While an answer streams no database connection is held. A lease tells every process that the attempt is alive. The
checkpoints of all answers keep what arrived and renew it, and say whether somebody asked this one to stop.
"""

import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import datetime

import structlog

from portal.dialects.base import CancelToken, Limits
from portal.dialects.conversation import ChatDelta
from portal.dialects.provider_types.shape import KeyRule
from portal.domain import pricing
from portal.domain.budgets import Budget
from portal.domain.chats import ANSWER_LIMIT, FALLBACK_REPLY, TOO_LONG, State
from portal.domain.compaction import Room, tokens_in
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.people import Actor
from portal.services.allowances import counting, paying
from portal.services.chat import beginning, checkpoints
from portal.services.chat.checkpoints import Running
from portal.services.chat.events import Answered, Event, Idle, MakingRoom
from portal.services.chat.history import Question, read_question
from portal.services.chat.making_room import Making
from portal.services.chat.messages import Sent
from portal.services.chat.outcomes import Columns, Outcome, counted, ended, faulted
from portal.services.chat.partial_answer import PartialAnswer
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import endpoints, learning
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream.naming import name_first
from portal.services.upstream.stream_reader import ChatDeltas, End, StreamReader
from portal.store import attempts as stored_attempts
from portal.store import provider_faults, settings, usage
from portal.store.base import reading, transaction

TICK = 0.5
"""Seconds of silence after which a writer looks up."""

A_LOOK = Limits(connect=2.0, read=3.0, total=3.0)
"""What looking at a provider's list may take while somebody waits to be told what is wrong."""

FALLBACK_SETTING = "fallback_reply"
"""The setting that holds the deployment's own words for a provider that fails."""

leaving = threading.Event()
"""Set when this process is about to go: every answer ends where it is, and what arrived is kept."""

log = structlog.get_logger("portal.answering")


class Writer:
    """One attempt while it is being written."""

    def __init__(self, actor: Actor, runtime: Runtime, sent: Sent) -> None:
        self.actor, self.runtime, self.sent = actor, runtime, sent
        self.outcome = Outcome(State.INCOMPLETE)
        self._question: Question | None = None
        self._budgets: tuple[Budget, ...] = ()
        self._resolved: ResolvedEndpoint | None = None
        self._notes: list[str] = []
        self._made_room = False
        self._reader: StreamReader | None = None
        self._running = Running(sent, runtime.now, self._look_up)
        self._partial = PartialAnswer(self._running, self._has_begun)

    def write(self) -> Iterator[Event]:
        """Ask, and pass on what arrives until it ends; `outcome` says how.

        A key that is refused before the first word leaves the question to the next of its pool.
        """
        question = self._question = read_question(self.actor, self.runtime, self.sent)
        version = choosing.known_catalog(self.runtime).version  # the newest when the question was kept
        priced = pricing.is_priced(question.prices)
        self._budgets = paying.enter(self.runtime, self.actor, None, version, priced=priced)
        counting.enter(self.runtime, self.actor, None, question.provider_id, version, question.provider_label)
        kept = checkpoints.here()
        kept.join(self._running)
        try:
            if not question.fits:
                yield from self._make_room(question.room)
            yield from self._ask_somebody()
            if self._was_too_long() and (yield from self._make_room(Room(question.tokens // 2, None))):
                yield from self._ask_somebody()
        finally:
            kept.leave(self._running)

    def _ask_somebody(self) -> Iterator[Event]:
        """Ask with one key after the other, unless it is to end here."""
        question = self._question
        if question is None or self._is_to_end():
            return
        model, who = question.chat_request.wire_name, question.who
        for resolved in endpoints.candidates(self.runtime, question.provider_id, who, model, question.endpoint):
            self._resolved, self.outcome = resolved, Outcome(State.INCOMPLETE)
            yield from self._ask(question, resolved)
            if not self._may_ask_again(resolved):
                return

    def _was_too_long(self) -> bool:
        """Whether the question took more tokens than it looked like: then it is asked once more, in less words."""
        fault = self.outcome.fault
        return fault is not None and fault.category is Category.CONTEXT_LENGTH and self._partial.first_ms is None

    def _make_room(self, room: Room) -> Generator[Event, None, bool]:
        """Have the older part of the chat summarised, and wait for it: without that the question would be refused."""
        before, question = self.sent.begun.turn.parent_id if self.sent.begun else None, self._question
        if before is None or question is None or self._made_room:
            return False
        self._made_room = True
        beginning.over()
        yield MakingRoom()
        making = Making(self.actor, self.runtime, self.sent.chat_id, before, question, room)
        try:
            while not making.wait(TICK):
                if self._is_to_end():
                    return False
                yield Idle()
        finally:
            making.close()
        if making.fault:
            self._notes.append(making.fault)
        if making.made:
            self._question = read_question(self.actor, self.runtime, self.sent)
        return making.made

    def _ask(self, question: Question, resolved: ResolvedEndpoint) -> Iterator[Event]:
        limits = replace(resolved.limits, total=None)
        way_out, endpoint, destination = resolved.way_out(self.runtime), resolved.endpoint, resolved.destination
        told_who = resolved.way_out(self.runtime, question.asker)

        def opened(cancel: CancelToken) -> ChatDeltas:
            try:
                return upstream_calls.stream(told_who, endpoint, destination, question.chat_request, limits, cancel)
            except UpstreamError as error:
                if endpoint.type.key is not KeyRule.OPTIONAL:
                    raise  # vendors say by themselves that they do not know a model
                name = question.chat_request.wire_name
                fault = name_first(way_out, endpoint, destination, name, error.fault, A_LOOK)
                raise UpstreamError(fault, error.steps) from None

        reader = self._reader = StreamReader(opened)
        beginning.over()
        try:
            yield from self._read(reader)
        finally:
            reader.close()
            self._notes += reader.notes

    def _may_ask_again(self, resolved: ResolvedEndpoint) -> bool:
        """True when the key was at fault before anything arrived: then another one may do better."""
        if self.outcome.fault is None and self.outcome.state is not State.COMPLETE:
            return False
        return self._note(resolved, self.outcome.fault) and self._partial.first_ms is None

    def _note(self, resolved: ResolvedEndpoint, fault: Fault | None) -> bool:
        """Remember what this answer tells of its key; True when another key may do better."""
        return key_cooldown.note(self.runtime, resolved, fault, model=self._asked())

    def _asked(self) -> str:
        """The ID of the model that is asked."""
        return self._question.chat_request.wire_name if self._question else ""

    def _read(self, reader: StreamReader) -> Iterator[Event]:
        partial = self._partial
        while True:
            taken = reader.take(TICK)
            yield from partial.add([item for item in taken if isinstance(item, ChatDelta)])
            if len(partial.text.text) + len(partial.thinking.text) >= ANSWER_LIMIT:
                self.outcome = self.failed(Fault(Category.SHAPE, TOO_LONG))
                return
            end = next((item for item in taken if isinstance(item, End)), None)
            if end is not None and not (end.fault and self._is_to_end()):  # a stop may be what broke it off
                self.outcome = self._ended(end)
                return
            if self._is_to_end():
                return
            if not taken:
                yield Idle()

    def _has_begun(self) -> None:
        """Its first words or thoughts have just arrived."""
        if self._resolved:
            self._note(self._resolved, None)

    def _look_up(self) -> None:
        if self._reader is not None:
            self._reader.wake()

    def _is_to_end(self) -> bool:
        """Whether it is to end here: somebody asked for it, its lease was taken away, or the process is about to go."""
        if self._running.stop_asked:
            self.outcome = Outcome(State.STOPPED)
        # Of one that was taken away nothing is said: it reads as incomplete, and stays so.
        return self._running.is_over or leaving.is_set()

    def _ended(self, end: End) -> Outcome:
        if end.error is not None:
            raise end.error
        if end.fault is not None:
            return self.failed(end.fault)
        return Outcome(State.COMPLETE)

    def failed(self, fault: Fault) -> Outcome:
        """A provider that broke off leaves a part; one that said nothing leaves room for the portal's own reply."""
        log.warning(
            "provider_failed",
            category=fault.category.value,
            status=fault.status,
            provider_request=fault.request_id or self._partial.request_id,
            **self.names(),
        )
        return Outcome(State.INCOMPLETE if self._partial.text.text else State.FALLBACK, fault)

    def names(self) -> dict[str, str]:
        """Who, where and what, for the log."""
        return {
            "user": str(self.actor.id),
            "chat": str(self.sent.chat_id),
            "attempt": str(self.sent.attempt_id),
            "provider": self._resolved.provider_name if self._resolved else "",
            "model": self._question.model if self._question else "",
        }

    def finish(self, outcome: Outcome) -> Answered | None:
        """Write down how it ended. Only a running attempt is finished; of one that was taken away the text is kept.

        Returns the turn as it stands then, so that nobody has to read it again; None where it was taken away.
        """
        resolved, now = self._resolved, self.runtime.now()
        words = self._partial.text.text or (self._fallback_reply() if outcome.state is State.FALLBACK else "")
        told = self._told(outcome)
        # An answer that finds no end is one: nothing is learned against whoever gives it.
        met = None if outcome.fault and outcome.fault.detail == TOO_LONG else outcome.fault
        with transaction() as session:
            written, stands = stored_attempts.finish(
                session,
                self.sent.chat_id,
                self.sent.attempt_id,
                words,
                also=provider_faults.stands_against(resolved.provider_id, self._asked())
                if resolved and resolved.provider_id
                else None,
                state=outcome.state.value,
                lease_until=None,
                finished_at=now,
                **told,
            )
            counted = usage.add_attempt(session, self.sent.attempt_id, told=bool(self._budgets))
            if self._budgets:
                paying.tell(session.connection(), self.runtime, self._budgets, self.actor.id, counted)
            if resolved and (outcome.fault or self._partial.text.text or outcome.state is State.COMPLETE):
                learning.learn(session, self.runtime, resolved, self._asked(), met, self._sent_at(), stands=stands)
        if resolved and (self._partial.text.text or outcome.state is State.COMPLETE):
            endpoints.note_use(self.runtime, resolved)
        return self._answered(outcome, words, told, now) if written else None

    @property
    def has_words(self) -> bool:
        """Whether words of an answer arrived, beside thinking."""
        return bool(self._partial.text.text)

    def _told(self, outcome: Outcome) -> Columns:
        """All that is known of the attempt beside its words, by the names of its columns."""
        fault, usage, resolved = outcome.fault, self._partial.usage, self._resolved
        told = self._partial.columns() | {"notes": self._notes}
        if usage and self._question:
            told |= counted(usage, self._question.prices)
        if resolved:
            told |= {"key_source": resolved.source, "key_id": resolved.key_id, "fingerprint": resolved.fingerprint}
        if fault:
            told |= faulted(fault, self._partial.request_id)
        return told

    def _answered(self, outcome: Outcome, words: str, told: Columns, now: datetime) -> Answered | None:
        """What was just stored, as a reading of it would find it."""
        if self.sent.begun is None or self._question is None:
            return None
        question, turn = self._question, ended(self.sent.begun.turn, outcome, words, told, now)
        used = told["tokens_in"] + told["tokens_out"] if self._partial.usage else question.tokens + tokens_in(words)
        return Answered(turn, question.context_limit, question.limit_is_assumed, question.room, used)

    def _sent_at(self) -> datetime:
        """When the question was sent: of a failure it is told since when people wait."""
        return self.sent.begun.attempt.created_at if self.sent.begun else self.runtime.now()

    def _fallback_reply(self) -> str:
        with reading() as session:
            return str(settings.find(session, FALLBACK_SETTING) or FALLBACK_REPLY)
