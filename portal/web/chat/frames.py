"""An answer as server-sent events: drawn on the server while it arrives, so that a browser only ever gets safe HTML.

Frames, in order: `begun` (the question and the answer's place), `part` (HTML of finished blocks to append, and of the
block still open), `thinking`, comments while nothing happens, `ended` (the answer as it stays, or stands now).
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, stream_with_context

from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.services import answering
from portal.services.answering import Arrived, Began, Event, Quiet, Thought
from portal.services.sending import Sent
from portal.services.tools import Tools
from portal.web.prose import Growing

PING_EVERY = 3.0
"""Seconds of silence after which a comment shows that the portal is there, and finds out whether the browser is."""

DRAW_EVERY = 0.12
"""Seconds between two drawings of what arrived, at least."""

DRAWING_SHARE = 8
"""A drawing that took so long is followed by a pause this many times as long."""

Draw = Callable[[], dict[str, Any]]


def respond(actor: Actor, tools: Tools, sent: Sent, begun: Draw, ended: Draw) -> Response:
    """The response that streams an attempt: generates it when it is fresh, else says how it stands."""
    events = answering.answer(actor, tools, sent) if sent.fresh else iter((Began(),))
    response = Response(stream_with_context(_frames(events, begun, ended)), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def frame(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _frames(events: Iterator[Event], begun: Draw, ended: Draw) -> Iterator[str]:
    drawing = _Drawing()
    silent_since = time.monotonic()
    for event in events:
        told = ""
        if isinstance(event, Began):
            told = frame("begun", begun())
        elif isinstance(event, Arrived):
            told = drawing.add(event.text)
        elif isinstance(event, Thought):
            told = frame("thinking", {"text": event.text})
        elif isinstance(event, Quiet):
            told = drawing.rest()
        if not told and time.monotonic() - silent_since >= PING_EVERY:
            told = ": ping\n\n"
        if told:
            silent_since = time.monotonic()
            yield told
    with contextlib.suppress(NotFound):  # the chat was deleted while it was answered: there is no end to tell
        yield frame("ended", ended())


class _Drawing:
    """Draws what arrived, not too often: a long answer takes longer to draw, and is drawn less often."""

    def __init__(self) -> None:
        self._growing = Growing()
        self._waiting = ""
        self._next = 0.0

    def add(self, text: str) -> str:
        self._waiting += text
        return self.rest() if time.monotonic() >= self._next else ""

    def rest(self) -> str:
        """A frame with what was not drawn yet; nothing when there is nothing."""
        if not self._waiting:
            return ""
        began = time.monotonic()
        done, still_open = self._growing.add(self._waiting)
        self._waiting = ""
        took = time.monotonic() - began
        self._next = began + took + max(DRAW_EVERY, DRAWING_SHARE * took)
        return frame("part", {"done": str(done), "open": str(still_open)})
