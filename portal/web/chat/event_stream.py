"""An answer as server-sent events: drawn on the server while it arrives, so that a browser only ever gets safe HTML.

Frames, in order: `begun` (the question and the answer's place), `part` (HTML of finished blocks to append, and of the
block still open), `thinking` (with `folds` in the place of all parts before), `room` (the chat is summarised first),
comments while nothing happens, `ended` (the answer as it stays, or stands now; with `follows`, something is made beside
the chat that its page may look for).

A reader may leave at any time: the answer is then written to its end without them, and stands in the chat.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from flask import Response, stream_with_context
from markupsafe import Markup

from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.services.chat import answering
from portal.services.chat.events import Answered, Arrived, Began, Ended, Event, Idle, MakingRoom, Thought
from portal.services.chat.messages import Sent
from portal.services.runtime import Runtime, this_database
from portal.web.answer_streams import PING_EVERY, frame, unread
from portal.web.chat.drawing import Drawing

Draw = Callable[[], dict[str, Any]]
DrawEnd = Callable[[Answered | None], dict[str, Any]]


def respond(actor: Actor, runtime: Runtime, sent: Sent, begun: Draw, ended: DrawEnd) -> Response:
    """The response that streams an attempt: generates it when it is fresh, else says how it stands."""
    events = answering.answer(actor, runtime, sent) if sent.fresh else (event for event in (Began(),))
    response = Response(stream_with_context(_frames(events, begun, ended)), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _frames(events: Generator[Event], begun: Draw, ended: DrawEnd) -> Iterator[str]:
    database, drawing, answered, follows = this_database(), Drawing(), None, False
    silent_since = time.monotonic()
    try:
        for event in events:
            told = ""
            if isinstance(event, Began):
                told = frame("begun", begun())
            elif isinstance(event, Arrived):
                told = _part(drawing.add(event.text))
            elif isinstance(event, Thought):
                if event.folds:
                    drawing.begin_anew()
                told = frame("thinking", {"text": event.text, "folds": event.folds})
            elif isinstance(event, Idle):
                told = _part(drawing.due())
            elif isinstance(event, Ended):
                answered, follows = event.answered, event.follows
            elif isinstance(event, MakingRoom):
                told = frame("room", {})
            if not told and time.monotonic() - silent_since >= PING_EVERY:
                told = ": ping\n\n"
            if told:
                silent_since = time.monotonic()
                yield told
    except GeneratorExit:
        unread.hear_out(database, events)
        raise
    finally:
        drawing.close()
    with contextlib.suppress(NotFound):  # the chat was deleted while it was answered: there is no end to tell
        yield frame("ended", ended(answered) | {"follows": follows})


def _part(drawn: tuple[Markup, Markup] | None) -> str:
    return frame("part", {"done": str(drawn[0]), "open": str(drawn[1])}) if drawn else ""
