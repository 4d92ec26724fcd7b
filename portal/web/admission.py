"""Requests that wait for somebody else, counted before anything is done for them: pages keep threads of their own.

Each rule of the url map says what its requests wait for, if anything, as it says its permission. What is beyond the
bound of its kind is refused at once, before the database is asked, and says when to come again. `PORTAL_THREADS` has to
be the number of threads that the server really has.
"""

import threading
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from flask import Flask, Response, current_app, g, request

from portal.domain.errors import Overloaded, Throttled
from portal.services.chat import beginning
from portal.web.signed_in import held_token, treat_as_stranger

EXTENSION = "portal_admission"


class Waits(Enum):
    """What a request may wait for."""

    ANSWER = "answer"
    """A model's answer, for minutes."""
    PROVIDER = "provider"
    """A test, a listing, the receiver of the webhook: for some seconds, of somebody who may be gone."""
    PASSWORD = "password"  # noqa: S105
    """The hash of a password, of which a process works out two at once."""
    FILE = "file"
    """An attached file that a process of its own reads, of which there are two at once."""
    DOWNLOAD = "download"
    """A file that is made while it is sent: whoever reads it slowly holds a thread as long."""


@dataclass(frozen=True)
class Refusal:
    """What is said beyond a bound; `retry_after` is in seconds."""

    full: str
    own: str
    retry_after: int


REFUSALS = {
    Waits.ANSWER: Refusal(
        "The portal writes as many answers as it can just now. Your message is not sent; send it again in a moment.",
        "As many answers are being written for you as one person may have at once. Your message is not sent; send it "
        "again when one of them has ended.",
        5,
    ),
    Waits.PROVIDER: Refusal(
        "The portal waits for as many providers as it can just now. Nothing was changed; try again in a moment.",
        "The portal waits for as many providers on your behalf as it does for one person. Nothing was changed; try "
        "again when one of them has answered.",
        5,
    ),
    Waits.PASSWORD: Refusal(
        "Many people sign in just now. Try again in a moment.",
        "Many passwords are being checked for you just now. Try again in a moment.",
        2,
    ),
    Waits.FILE: Refusal(
        "The portal reads as many files as it can just now. Nothing was attached; try again in a moment.",
        "As many files are being read for you as one person may attach at once. Try again when one of them is through.",
        5,
    ),
    Waits.DOWNLOAD: Refusal(
        "The portal sends as many files as it can just now. Try again in a moment.",
        "As many files are being sent to you as one person may fetch at once. Try again when one of them is through.",
        5,
    ),
}


class Admission:
    """The places of one process. Of its threads an eighth, two at least, are for pages alone."""

    def __init__(self, threads: int) -> None:
        places = max(1, threads - max(2, threads // 8))
        self.bounds = {
            Waits.ANSWER: places,
            Waits.PROVIDER: max(1, places // 4),
            Waits.PASSWORD: max(1, places // 2),
            Waits.FILE: max(1, places // 8),
            Waits.DOWNLOAD: max(1, places // 8),
        }
        self._places = places
        self._held: Counter[tuple[Waits, str]] = Counter()
        self._counting = threading.Lock()

    def enter(self, kind: Waits, whose: str = "") -> None:
        """Take a place. Raises `Overloaded`, or `Throttled` where one person holds half of them; blank is nobody."""
        told = REFUSALS[kind]
        with self._counting:
            if self.held(kind) >= self.bounds[kind] or sum(self._held.values()) >= self._places:
                raise Overloaded(told.full, told.retry_after)
            if whose and self._held[kind, whose] >= max(1, self.bounds[kind] // 2):
                raise Throttled(told.own, told.retry_after)
            self._held[kind, whose] += 1

    def leave(self, kind: Waits, whose: str = "") -> None:
        with self._counting:
            self._held[kind, whose] -= 1
            if not self._held[kind, whose]:
                del self._held[kind, whose]

    def held(self, kind: Waits) -> int:
        """How many wait for this now."""
        return sum(count for (held, _), count in self._held.items() if held is kind)


class Place:
    """What one request holds, until its answer is written to the end. It is given back once, whoever does it."""

    def __init__(self, admission: Admission, kind: Waits, whose: str) -> None:
        admission.enter(kind, whose)
        self._given_back = threading.Lock()
        self._leave = lambda: admission.leave(kind, whose)

    def give_back(self) -> None:
        if self._given_back.acquire(blocking=False):
            self._leave()


def enter(kind: Waits) -> None:
    """Take a place for this request, unless it has one. Whoever is refused is not looked up: that asks the database."""
    if "place" in g:
        return
    token = held_token()
    try:
        g.place = Place(current_app.extensions[EXTENSION], kind, sha256(token.encode()).hexdigest() if token else "")
        if kind is Waits.ANSWER:
            beginning.begin()
    except (Overloaded, Throttled):
        treat_as_stranger()
        raise


def install(app: Flask, threads: int) -> None:
    """Count before everything else that is done for a request, for a server of so many threads."""
    app.extensions[EXTENSION] = Admission(threads)

    @app.before_request
    def _enter() -> None:
        kind = getattr(request.url_rule, "waits", None)
        if kind is not None:
            enter(kind)

    @app.after_request
    def _hold(response: Response) -> Response:
        if "place" in g:
            if response.is_streamed:
                response.call_on_close(g.place.give_back)
                response.call_on_close(beginning.over)
            else:
                g.place.give_back()
                beginning.over()
        return response
