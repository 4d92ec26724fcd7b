"""An answer, waited for or written piece by piece: for every endpoint that asks a model."""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator

from portal.domain.errors import NotFound
from portal.services.chat import answering, beginning, chats
from portal.services.chat.events import Arrived, Began, Event, MakingRoom, Thought
from portal.services.chat.messages import Sent
from portal.services.runtime import this_database
from portal.web.answer_streams import PING_EVERY, frame, unread
from portal.web.api.chats.shapes import turn_of
from portal.web.api.messages.shapes import Answered
from portal.web.api.operations import Call, EventStream


def whole(call: Call, send: Callable[[], Sent]) -> Answered:
    """The answer when all of it is there. What was sent before is answered with how it stands."""
    try:
        beginning.begin()
        sent = send()
        if sent.fresh:
            answering.answer_whole(call.actor, call.runtime, sent)
    finally:
        beginning.over()
    return told(call, sent)


def streamed(call: Call, send: Callable[[], Sent]) -> EventStream:
    """The answer as it arrives: `begun`, then `text`, `thinking` and `room` as they come, and `ended`.

    Whoever leaves ends nothing: the answer is written to its end, and stands in the chat.
    """
    beginning.begin()
    try:
        sent = send()
    except BaseException:  # raised again: whoever waits for answers to begin waits for this one no longer
        beginning.over()
        raise
    return _frames(call, sent)  # type: ignore[return-value]


def told(call: Call, sent: Sent) -> Answered:
    """How it stands now."""
    turn = chats.show_turn(call.actor, call.runtime, sent.chat_id, sent.attempt_id)
    return Answered(chat=sent.chat_id, attempt=sent.attempt_id, turn=turn_of(turn))


def _frames(call: Call, sent: Sent) -> Iterator[str]:
    events = answering.answer(call.actor, call.runtime, sent) if sent.fresh else _begun()
    database, said_at = this_database(), time.monotonic()
    try:
        for event in events:
            piece = _piece(call, sent, event)
            if not piece and time.monotonic() - said_at >= PING_EVERY:
                piece = ": ping\n\n"
            if piece:
                said_at = time.monotonic()
                yield piece
    except GeneratorExit:
        unread.hear_out(database, events)
        raise
    finally:
        beginning.over()
    with contextlib.suppress(NotFound):  # the chat was deleted while it was answered: there is no end to tell
        yield frame("ended", told(call, sent).model_dump(mode="json"))


def _begun() -> Generator[Event]:
    yield Began()


def _piece(call: Call, sent: Sent, event: Event) -> str:
    match event:
        case Began():
            return frame("begun", told(call, sent).model_dump(mode="json"))
        case Arrived(text):
            return frame("text", {"text": text})
        case Thought(text, folds):
            return frame("thinking", {"text": text, "folds": folds})
        case MakingRoom():
            return frame("room", {})
    return ""
