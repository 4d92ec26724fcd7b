"""An answer as server-sent events: drawn on the server while it arrives, so that a browser only ever gets safe HTML.

Frames, in order: `begun` (the question and the answer's place), `part` (HTML of finished blocks to append, and of the
block still open), `thinking` (with `folds` in the place of all parts before), `room` (the chat is summarised first),
comments while nothing happens, `ended` (the answer as it stays, or stands now; with `follows`, something is made beside
the chat that its page may look for).

A reader may leave at any time: the answer is then written to its end without them, and stands in the chat.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from flask import Flask, Response, current_app, stream_with_context
from markupsafe import Markup

from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.services.chat import answering
from portal.services.chat.events import Answered, Arrived, Began, Ended, Event, Idle, MakingRoom, Thought
from portal.services.chat.messages import Sent
from portal.services.runtime import Runtime
from portal.web.chat.drawing import Drawing

PING_EVERY = 3.0
"""Seconds of silence after which a comment shows that the portal is there, and finds out whether the browser is."""

MOST_UNREAD = 64
"""How many answers a process finishes at once for readers who left; beyond these, leaving ends the answer."""

Draw = Callable[[], dict[str, Any]]
DrawEnd = Callable[[Answered | None], dict[str, Any]]


def respond(actor: Actor, runtime: Runtime, sent: Sent, begun: Draw, ended: DrawEnd) -> Response:
    """The response that streams an attempt: generates it when it is fresh, else says how it stands."""
    events = answering.answer(actor, runtime, sent) if sent.fresh else (event for event in (Began(),))
    app = current_app._get_current_object()  # the proxy means nothing in a thread of its own
    response = Response(stream_with_context(_frames(app, events, begun, ended)), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def frame(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _frames(app: Flask, events: Generator[Event], begun: Draw, ended: DrawEnd) -> Iterator[str]:
    drawing, answered, follows = Drawing(), None, False
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
        _unread.hear_out(app, events)
        raise
    finally:
        drawing.close()
    with contextlib.suppress(NotFound):  # the chat was deleted while it was answered: there is no end to tell
        yield frame("ended", ended(answered) | {"follows": follows})


def _part(drawn: tuple[Markup, Markup] | None) -> str:
    return frame("part", {"done": str(drawn[0]), "open": str(drawn[1])}) if drawn else ""


class _Unread:
    """Writes the answers whose readers left to their end."""

    def __init__(self, most: int) -> None:
        self._places = threading.BoundedSemaphore(most)

    def hear_out(self, app: Flask, events: Generator[Event]) -> None:
        """Read the rest in a thread. The process waits for it when it ends, as it does for a reader."""
        if self._places.acquire(blocking=False):
            # Not a daemon, as the server's own threads are: else it would be cut off when the process ends.
            threading.Thread(target=self._hear, args=(app, events), name="unread-answer", daemon=False).start()
        else:
            events.close()

    def _hear(self, app: Flask, events: Generator[Event]) -> None:
        try:
            with app.app_context():
                for _event in events:
                    pass
        finally:
            self._places.release()


_unread = _Unread(MOST_UNREAD)
