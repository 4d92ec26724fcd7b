"""What a translated stream costs beside one that is passed on: processor time, for each caller's API and dialect.

    .venv/bin/python benchmarks/translated.py [--rounds 5] [--requests 30]

The gateway is the real server on SQLite, one process on one processor. Each caller's API is asked for the same forty
words at a provider that has that API, which is passed on, and at one of each other dialect, which is translated; the
rounds take turns and their medians are printed, each beside what is passed on in that API.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import crowd, served
from benchmarks.served import Served
from portal.domain.language_models import Draft as Model
from portal.services.access_tokens import own_tokens
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.web.context import runtime as runtime_of
from tests.chatting import KEY
from tests.conftest import Actors

MODELS = {
    "mistral": ("mistral-small-latest", "/v1"),
    "openai": ("gpt-5.2", "/v1"),
    "anthropic": ("claude-opus-4-7", "/v1"),
    "google": ("gemini-2.5-flash", "/v1beta"),
    "bedrock": ("amazon.nova-lite-v1:0", ""),
}
"""A model of each type of provider, and where the type's API begins."""

CALLERS: Mapping[str, tuple[dict[str, Any], bytes]] = {
    "chat_completions": ({"messages": served.QUESTION, "stream_options": {"include_usage": True}}, b"[DONE]"),
    "responses": ({"input": "One?"}, b"response.completed"),
    "messages": ({"max_tokens": 99, "messages": served.QUESTION[1:]}, b"message_stop"),
}
"""What each API of callers is asked, and what ends its streams."""


def asked(server: Served, api: str, token: str) -> Served:
    """The same server, asked in this API."""
    body, end = CALLERS[api]

    def question(model: str) -> tuple[str, bytes, dict[str, str]]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        path = f"/v1/{api.replace('_', '/')}"
        return path, json.dumps({"model": model, "stream": True, **body}).encode(), headers

    return replace(server, question=question, whole=end)


def connected(base_url: str) -> None:
    """One provider of each type, with one model."""
    origin = base_url.removesuffix("/v1")
    for type, (model, path) in MODELS.items():
        settings = {"region": "us-east-1"} if type == "bedrock" else {}
        draft = Draft(type, type, type.title(), origin + path, settings, key=KEY)
        registry.register(Actors.ada, runtime_of(), draft, [Model(name=model, wire_name=model, context_limit=200_000)])


def was_passed_on() -> Callable[[], bool]:
    """Asks of the newest row of usage whether its request was passed on."""
    from sqlalchemy import select

    from portal.store.base import reading
    from portal.store.usage import UsageRecord

    def newest() -> bool:
        with reading() as session:
            query = select(UsageRecord.passed).order_by(UsageRecord.at.desc(), UsageRecord.id).limit(1)
            return bool(session.scalars(query).one())

    return newest


def measure(*, rounds: int, requests: int) -> dict[tuple[str, str], tuple[bool, float]]:
    """By API and type of provider: whether it was passed on, and the processor time of a stream, in seconds."""
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        running.enter_context(crowd.empty())
        crowd.seat_the_cast()
        connected(base_url)
        token = own_tokens.create(Actors.ada, runtime_of(), "benchmark", ["chat.use"]).value.bare()
        server = running.enter_context(served.gateway(token))
        served.pin(0, served.OTHERS)
        passed_on, newest = {}, was_passed_on()
        took: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for api in CALLERS:
                for type, (model, _) in MODELS.items():
                    found = asked(server, api, token).answers(requests, f"{type}/{model}")
                    took.setdefault((api, type), []).append(found)
                    passed_on[api, type] = newest()
    return {each: (passed_on[each], statistics.median(times)) for each, times in took.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what translated streams cost.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=30, help="of each API and dialect in each round")
    wish = parser.parse_args()
    found = measure(rounds=wish.rounds, requests=wish.requests)
    for api in CALLERS:
        floor = min(seconds for (each, _), (passed, seconds) in found.items() if each == api and passed)
        print(api)
        for (each, type), (passed, seconds) in found.items():
            if each == api:
                how = "passed on" if passed else "translated"
                print(f"  {type:18} {how:11}{seconds * 1000:9.3f} ms {seconds / floor:6.2f} × passed on", flush=True)


if __name__ == "__main__":
    main()
