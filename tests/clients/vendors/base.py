"""Providers before which real clients stand: each says in its own API what a test tells it to say, a tool's call too.

`Vendor.plays` is what the model does: a function of what it was asked, to a text or to the call of a tool. Clients ask
more than one thing (for a title, say), so it goes by what it reads, not by how often it was asked.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.upstream import steps

ANSWER = "Three places round, and they disagree."
WRONG = "This went wrong."
FAIL, BREAK, WAIT = re.compile(rb"Fail with (\d+)\."), b"Break off.", b"Wait."


@dataclass(frozen=True)
class Call:
    """The model wants a tool to be run."""

    name: str
    arguments: dict[str, Any]

    @property
    def written(self) -> str:
        return json.dumps(self.arguments)


@dataclass(frozen=True)
class Wish:
    """What a model was asked: the tools that it may call, what tools gave back, how many pictures there are, and
    whether a stream is to have an event of counts."""

    tools: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    pictures: int = 0
    counts: bool = False


Play = Callable[[Wish], str | Call]


def answers(_wish: Wish) -> str:
    """A model that knows the answer."""
    return ANSWER


def calls(call: Call) -> Play:
    """A model that calls this tool, where it may, and says what came of it."""

    def play(wish: Wish) -> str | Call:
        if wish.results:
            return f"It said: {wish.results[-1]}"
        return call if call.name in wish.tools else ANSWER

    return play


def halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


class Vendor(ABC):
    """One provider, with the APIs whose paths begin as `has` says.

    Whoever asks may say what is to go wrong: "Fail with 429.", "Break off." in the middle of a stream, or "Wait." there
    until the test sets `up.go`.
    """

    model: str
    type: str
    has: tuple[str, ...]
    path = "/v1"

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.plays: Play = answers

    def __call__(self, exchange: Any) -> None:
        asked = exchange.request
        if wrong := FAIL.search(asked.body):
            told = {"type": "x", "message": WRONG, "code": None}
            steps.respond(int(wrong[1]), json={"type": "error", "error": told, "message": WRONG})(exchange)
        elif asked.method == "POST" and asked.path.startswith(self.has):
            self.step(exchange, asked.json)
        else:
            lost = {"message": f"Invalid URL ({asked.method} {asked.path})", "type": "invalid_request_error"}
            steps.respond(404, json={"error": lost})(exchange)

    def step(self, exchange: Any, body: dict[str, Any]) -> None:
        wish = self.read(body)
        turn = self.plays(wish)
        if not self.streams(exchange.request, body):
            steps.respond(json=self.whole(turn))(exchange)
            return
        middle, said = exchange.upstream.go, exchange.request.body
        held = BREAK in said or WAIT in said
        frames: list[Any] = list(self.frames(turn, [middle] if held else [], wish))
        if BREAK in said and middle in frames:
            self.streamed(frames, drop_after=frames.index(middle))(exchange)
        else:
            self.streamed(frames)(exchange)

    def streamed(self, frames: list[Any], **how: Any) -> steps.Step:
        return steps.sse(frames, **how)

    def streams(self, _asked: Any, body: dict[str, Any]) -> bool:
        return bool(body.get("stream"))

    @abstractmethod
    def read(self, body: dict[str, Any]) -> Wish: ...

    @abstractmethod
    def whole(self, turn: str | Call) -> dict[str, Any]: ...

    @abstractmethod
    def frames(self, turn: str | Call, go: list[Any], wish: Wish) -> Iterator[Any]: ...


def listed(content: Any) -> list[dict[str, Any]]:
    """The parts of a content; a plain text has none."""
    return content if isinstance(content, list) else []


def flat(content: Any) -> str:
    """The text of a content, however it is written."""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in listed(content))
