"""Writing one attempt down: the stream is read in a thread, and what arrives is kept at least each second.

While an answer streams no database connection is held. A lease tells every process that the attempt is alive; whoever
writes it renews the lease with each checkpoint, and reads there whether somebody asked it to stop.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from portal.dialects.base import CancelToken, ChatDelta, FinishReason, Limits, Usage
from portal.dialects.provider_types.shape import KeyRule
from portal.domain.chats import ANSWER_LIMIT, FALLBACK_REPLY, LEASE, TOO_LONG, State, TextBuffer
from portal.domain.errors import Unavailable
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.people import Actor
from portal.domain.pricing import cost
from portal.services.chat.events import Arrived, Event, Idle, Thought
from portal.services.chat.history import Question, read_question
from portal.services.chat.sending import Sent
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import endpoints, learning
from portal.services.keys.endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream.naming import name_first
from portal.services.upstream.stream_reader import ChatDeltas, End, StreamReader
from portal.store import attempts as stored_attempts
from portal.store import settings
from portal.store.base import Session, reading, transaction

TICK = 0.5
"""Seconds between two checks of the database while an answer arrives."""

A_LOOK = Limits(connect=2.0, read=3.0, total=3.0)
"""What looking at a provider's list may take while somebody waits to be told what is wrong."""

FALLBACK_SETTING = "fallback_reply"
"""The setting that holds the deployment's own words for a provider that fails."""

leaving = threading.Event()
"""Set when this process is about to go: every answer ends where it is, and what arrived is kept."""

log = structlog.get_logger("portal.answering")


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, and what went wrong if something did."""

    state: State
    fault: Fault | None = None


class Writer:
    """One attempt while it is being written."""

    def __init__(self, actor: Actor, runtime: Runtime, sent: Sent) -> None:
        self.actor, self.runtime, self.sent = actor, runtime, sent
        self.text, self.thinking = TextBuffer(), TextBuffer()
        self.outcome = Outcome(State.INCOMPLETE)
        self._question: Question | None = None
        self._resolved: ResolvedEndpoint | None = None
        self._usage: Usage | None = None
        self._finish_reason: FinishReason | None = None
        self._model = self._request_id = ""
        self._notes: list[str] = []
        self._began = time.monotonic()
        self._first_ms: int | None = None
        self._kept = (0, 0)  # how much of text and thinking the last checkpoint kept
        self._renew_at = runtime.now() + LEASE / 5

    def write(self) -> Iterator[Event]:
        """Ask, and pass on what arrives until it ends; `outcome` says how.

        A key that is refused before the first word leaves the question to the next of its pool.
        """
        question = self._question = read_question(self.actor, self.sent)
        model = question.chat_request.wire_name
        for resolved in endpoints.candidates(self.runtime, question.provider_id, self.actor.id, model):
            self._resolved, self.outcome = resolved, Outcome(State.INCOMPLETE)
            yield from self._ask(question, resolved)
            if not self._may_ask_again(resolved):
                return

    def _ask(self, question: Question, resolved: ResolvedEndpoint) -> Iterator[Event]:
        limits = replace(resolved.limits, total=None)
        way_out, endpoint, destination = resolved.way_out(self.runtime), resolved.endpoint, resolved.destination

        def opened(cancel: CancelToken) -> ChatDeltas:
            try:
                return upstream_calls.stream(way_out, endpoint, destination, question.chat_request, limits, cancel)
            except UpstreamError as error:
                if endpoint.type.key is not KeyRule.OPTIONAL:
                    raise  # vendors say by themselves that they do not know a model
                name = question.chat_request.wire_name
                fault = name_first(way_out, endpoint, destination, name, error.fault, A_LOOK)
                raise UpstreamError(fault, error.steps) from None

        reader = StreamReader(opened)
        try:
            yield from self._read(reader)
        finally:
            reader.close()
            self._notes += reader.notes

    def _may_ask_again(self, resolved: ResolvedEndpoint) -> bool:
        """True when the key was at fault before anything arrived: then another one may do better."""
        if self.outcome.fault is None and self.outcome.state is not State.COMPLETE:
            return False
        return self._note(resolved, self.outcome.fault) and self._first_ms is None

    def _note(self, resolved: ResolvedEndpoint, fault: Fault | None) -> bool:
        """Remember what this answer tells of its key; True when another key may do better."""
        return key_cooldown.note(self.runtime, resolved, fault, model=self._asked())

    def _asked(self) -> str:
        """The ID of the model that is asked."""
        return self._question.chat_request.wire_name if self._question else ""

    def _read(self, reader: StreamReader) -> Iterator[Event]:
        tick_at = time.monotonic() + TICK
        while True:
            taken = reader.take(tick_at - time.monotonic())
            yield from self._add([item for item in taken if isinstance(item, ChatDelta)])
            if len(self.text.text) + len(self.thinking.text) >= ANSWER_LIMIT:
                self.outcome = self.failed(Fault(Category.SHAPE, TOO_LONG))
                return
            for item in taken:
                if isinstance(item, End):
                    self.outcome = self._ended(item)
                    return
            if time.monotonic() >= tick_at:
                tick_at = time.monotonic() + TICK
                if not self._keep():
                    return
            if not taken:
                yield Idle()

    def _add(self, deltas: list[ChatDelta]) -> Iterator[Event]:
        """Take in what arrived at once; as few events as possible go out."""
        folds = next((place for place, delta in reversed(list(enumerate(deltas))) if delta.folds), None)
        if folds is not None:
            yield from self._add([replace(delta, folds=False) for delta in deltas[:folds]])
            yield from self._fold()
            deltas = [replace(deltas[folds], folds=False), *deltas[folds + 1 :]]
        for delta in deltas:
            self._usage = delta.usage or self._usage
            self._finish_reason = delta.finish_reason or self._finish_reason
            self._model = delta.model or self._model
            self._request_id = delta.request_id or self._request_id
        thought = self.thinking.add("".join(delta.thinking for delta in deltas)[:ANSWER_LIMIT])
        room = ANSWER_LIMIT - len(self.text.text) - len(self.thinking.text)
        text = self.text.add("".join(delta.text for delta in deltas)[: max(0, room)])
        if self._first_ms is None and (text or thought):
            self._first_ms = self._elapsed()
            if self._resolved:
                self._note(self._resolved, None)
        if thought:
            yield Thought(thought)
        if text:
            yield Arrived(text)

    def _fold(self) -> Iterator[Event]:
        """What came as text was thinking, as shows only now."""
        thought, self.text = self.text.text, TextBuffer()
        self.thinking.add(thought)
        if thought:
            yield Thought(thought, folds=True)

    def _keep(self) -> bool:
        """Keep what arrived, and renew the lease. False when the answer is to end here."""
        so_far = (len(self.text.text), len(self.thinking.text))
        now = self.runtime.now()
        try:
            asked_to_stop = self._checkpoint(so_far, now)
        except Unavailable as error:  # it may be back for the next one; the lease bears a few seconds
            log.warning("not_kept", reason=str(error.__cause__), **self.names())
            return not leaving.is_set()
        if asked_to_stop:
            self.outcome = Outcome(State.STOPPED)
        # None: somebody found the lease passed and took the attempt away. It reads as incomplete, and stays so.
        return asked_to_stop is False and not leaving.is_set()

    def _checkpoint(self, so_far: tuple[int, int], now: datetime) -> bool | None:
        asked_to_stop: bool | None
        if so_far == self._kept and now < self._renew_at:  # nothing to write: silence costs no more than a query
            with reading() as session:
                asked_to_stop = stored_attempts.stop_asked(session, self.sent.chat_id, self.sent.attempt_id)
        else:
            arrived = {"text": self.text.text, "thinking": self.thinking.text} if so_far != self._kept else {}
            with transaction() as session:
                asked_to_stop = stored_attempts.checkpoint(
                    session, self.sent.chat_id, self.sent.attempt_id, now + LEASE, **arrived
                )
            self._kept, self._renew_at = so_far, now + LEASE / 5
        return asked_to_stop

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
            provider_request=fault.request_id or self._request_id,
            **self.names(),
        )
        return Outcome(State.INCOMPLETE if self.text.text else State.FALLBACK, fault)

    def names(self) -> dict[str, str]:
        """Who, where and what, for the log."""
        return {
            "user": str(self.actor.id),
            "chat": str(self.sent.chat_id),
            "attempt": str(self.sent.attempt_id),
            "provider": self._resolved.provider_name if self._resolved else "",
            "model": self._question.model if self._question else "",
        }

    def finish(self, outcome: Outcome) -> None:
        """Write down how it ended. Only a running attempt is finished; of one that was taken away the text is kept."""
        fault, usage, resolved = outcome.fault, self._usage, self._resolved
        words = self.text.text or (self._fallback_reply() if outcome.state is State.FALLBACK else "")
        values: dict[str, object] = {
            "state": outcome.state.value,
            "thinking": self.thinking.text,
            "reported_model": self._model[:300],
            "finish": self._finish_reason.value if self._finish_reason else "",
            "first_ms": self._first_ms,
            "total_ms": self._elapsed(),
            "notes": self._notes,
            "request_id": self._request_id[:200],
            "lease_until": None,
            "finished_at": self.runtime.now(),
        }
        if usage and self._question:
            values |= {
                "tokens_in": usage.input,
                "tokens_out": usage.output,
                "tokens_cache_read": usage.cache_read,
                "tokens_cache_write": usage.cache_write,
                "tokens_cache_write_long": usage.cache_write_long,
                # The provider's own word counts more than list prices do.
                "cost": usage.cost
                if usage.cost is not None
                else cost(
                    self._question.prices,
                    tokens_in=usage.input,
                    tokens_out=usage.output,
                    cache_read=usage.cache_read,
                    cache_write=usage.cache_write,
                    cache_write_long=usage.cache_write_long,
                ),
            }
        if resolved:
            values |= {"key_source": resolved.source, "key_id": resolved.key_id, "fingerprint": resolved.fingerprint}
        if fault:
            values |= {
                "category": fault.category.value,
                "status": fault.status,
                "detail": fault.detail,
                "hint": fault.hint,
                "retry_after": fault.retry_after,
                "request_id": (fault.request_id or self._request_id)[:200],
            }
        with transaction() as session:
            stored_attempts.finish(session, self.sent.chat_id, self.sent.attempt_id, words, **values)
            if resolved and (fault or self.text.text or outcome.state is State.COMPLETE):
                # An answer that finds no end is one: nothing is learned against whoever gives it.
                met = None if fault and fault.detail == TOO_LONG else fault
                learning.learn(session, self.runtime, resolved, self._asked(), met, self._sent_at(session, met))
        if resolved and (self.text.text or outcome.state is State.COMPLETE):
            endpoints.note_use(self.runtime, resolved)

    def _sent_at(self, session: Session, fault: Fault | None) -> datetime:
        """When the question was sent: of a failure it is told since when people wait."""
        sent_at = stored_attempts.began_at(session, self.sent.chat_id, self.sent.attempt_id) if fault else None
        return sent_at or self.runtime.now()

    def _fallback_reply(self) -> str:
        with reading() as session:
            return str(settings.find(session, FALLBACK_SETTING) or FALLBACK_REPLY)

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._began) * 1000)
