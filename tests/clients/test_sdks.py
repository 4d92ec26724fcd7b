"""Packages that developers write programs with, before every provider: where its API is passed on, and translated.

Each way to ask (a package, and the API that it asks) runs once before each provider; each test looks at one part of
what it told.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Behind, Portal
from tests.clients.running import javascript, python
from tests.clients.vendors import ANSWER, VENDORS, WRONG, Call, Wish, calls
from tests.waiting import PATIENCE

READ = Call("read_file", {"path": "money.py"})
NO_COUNTS = (None, None)


@dataclass(frozen=True)
class Way:
    """A package, the API that it asks, and what it makes of answers.

    `end` is its word for an answer that is whole, `counts` what it tells of a stream's. `raised` are its classes for
    400, 429 and 500, `unknown` for 404 and 401, `broken` for a stream that breaks; None takes that for the whole.
    """

    package: str
    api: str
    end: str | None
    raised: tuple[str, ...]
    unknown: tuple[str, str]
    broken: str | None
    counts: tuple[int | None, int | None] = (11, 5)
    lists: bool = False

    def __str__(self) -> str:
        return f"{self.package} {self.api}"

    def run(self, portal: Portal, home: Path, what: str, model: str, **more: str) -> Any:
        if self.package == "vercel":
            return javascript("with_vercel.mjs", portal, home, self.api, what, model, **more)
        return python(f"with_{self.package}.py", portal, home, self.api, what, model, **more)


SDKS = ("BadRequestError", "RateLimitError", "InternalServerError"), ("NotFoundError", "AuthenticationError")
VERCEL = ("AI_APICallError",) * 3, ("AI_APICallError",) * 2
CUT = "AI_StreamProviderError"
WAYS = (
    Way("openai", "chat", "stop", *SDKS, "APIError", lists=True),
    Way("openai", "responses", "completed", *SDKS, "Failed", lists=True),
    Way("anthropic", "messages", "end_turn", *SDKS, "APIStatusError", lists=True),
    Way("langchain", "chat", "stop", *SDKS, "APIError", NO_COUNTS),
    Way("langchain", "responses", "completed", *SDKS, "ValueError"),
    Way("langchain", "messages", "end_turn", *SDKS, "APIStatusError"),
    Way("llm", "chat", None, *SDKS, "APIError"),
    Way("llm", "responses", None, *SDKS, None),
    Way("vercel", "compatible", "stop", *VERCEL, CUT, NO_COUNTS),
    Way("vercel", "chat", "stop", *VERCEL, CUT),
    Way("vercel", "responses", "stop", *VERCEL, CUT),
    Way("vercel", "messages", "stop", *VERCEL, CUT),
)
BEFORE_EACH = [(way, vendor.type) for way in WAYS for vendor in VENDORS]
PASSED_ON_AND_TRANSLATED = [
    (way, type) for way in WAYS for type in ("anthropic" if way.api == "messages" else "openai", "bedrock")
]


def knows(wish: Wish) -> str | Call:
    """Counts pictures, and reads a file where it may."""
    return f"{wish.pictures} picture" if wish.pictures else calls(READ)(wish)


@dataclass(frozen=True)
class Told:
    way: Way
    behind: Behind
    said: dict[str, Any]


@pytest.fixture(scope="module", params=BEFORE_EACH, ids=lambda each: f"{each[0]}-{each[1]}")
def told(request: pytest.FixtureRequest, whole_portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Told:
    way, type = request.param
    behind = whole_portal.behind[type]
    behind.forget()
    behind.vendor.plays = knows
    what = f"{'models,' * way.lists}chat,streamed,tool,picture,breaks,leaves"
    said = way.run(whole_portal, tmp_path_factory.mktemp("home"), what, behind.model)
    assert behind.upstream.wait_until(lambda: behind.upstream.left == 1, PATIENCE), "nobody left"
    return Told(way, behind, said)


def test_models_are_listed_and_looked_up(told):
    assert told.said.get("models", []).count(told.behind.model) == 2 * told.way.lists


def test_it_chats(told):
    assert told.said["chat"] == [ANSWER, told.way.end, 11, 5]


def test_it_streams(told):
    type, counts = told.behind.vendor.type, told.way.counts
    if type == "mistral":  # which adds them to its last event unasked
        counts = (11, 5)
    if (told.way.package, told.way.api, type) == ("langchain", "messages", "anthropic"):
        counts = (0, 5)  # it reads the last event alone, and Claude's tells what was written
    assert told.said["streamed"] == [ANSWER, told.way.end, *counts]


def test_a_tool_is_called_and_its_result_is_read(told):
    name, arguments, answer = told.said["tool"]
    assert (name, arguments) == (READ.name, READ.arguments)
    assert "round(x, 2)" in answer


def test_a_picture_arrives(told):
    assert told.said["picture"] == "1 picture"


def test_a_stream_that_breaks_is_an_error_and_keeps_what_came(told):
    read, *raised = told.said["breaks"]
    assert ANSWER.startswith(read)
    assert bool(raised) == bool(told.way.broken)
    for classes, _, words in [raised] * bool(raised):
        assert told.way.broken in classes
        assert told.behind.vendor.type.title() in words


def test_who_leaves_ends_the_request_to_the_provider(told):
    """The fixture has seen it end."""
    assert ANSWER.startswith(told.said["leaves"])


@pytest.mark.parametrize(("way", "type"), PASSED_ON_AND_TRANSLATED, ids=str)
def test_failures_are_raised_as_their_classes(portal, tmp_path, way, type):
    failures = way.run(portal, tmp_path, "failures", portal.behind[type].model)["failures"]
    for (classes, _, words), expected in zip(failures, way.raised, strict=True):
        assert expected in classes
        assert WRONG in words


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_the_portal_refuses_is_raised_as_its_class(portal, tmp_path, way):
    classes, status, words = way.run(portal, tmp_path, "refused", "nobody-has-this")["refused"]
    assert way.unknown[0] in classes
    assert status == 404
    assert portal.behind["openai"].model in words
    wrong = {"OPENAI_API_KEY": "llmp_nobody", "ANTHROPIC_API_KEY": "llmp_nobody"}
    classes, status, _ = way.run(portal, tmp_path, "refused", "gpt-5.2", **wrong)["refused"]
    assert way.unknown[1] in classes
    assert status == 401


def test_tokens_are_counted_where_the_provider_counts_them(portal, tmp_path):
    def counted(type: str) -> Any:
        return python("with_anthropic.py", portal, tmp_path, "messages", "counted", portal.behind[type].model)[
            "counted"
        ]

    assert counted("anthropic") == 11
    classes, status, _ = counted("bedrock")
    assert (classes[0], status) == ("NotFoundError", 404)
