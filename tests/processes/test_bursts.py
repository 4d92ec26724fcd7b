"""Bursts on the real server: what waits for somebody else, by hundreds, while pages and probes are asked throughout."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from flask import Flask

from portal.web.admission import REFUSALS, Waits
from portal.web.context import runtime
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.crowd import Answer, Asking, Person, Probes, go, prepared, seat, until
from tests.processes.portal_process import PortalProcess, free_port, running
from tests.upstream.slow import SlowProvider
from tests.waiting import PATIENCE

STREAMS, SIGN_INS, TESTS = 300, 120, 70
DURING = 10
"""How often each page is asked at least while the burst lasts."""

Burst = Callable[[Asking, SlowProvider, Probes], Awaitable[None]]


@pytest.fixture(scope="module")
def port() -> int:
    """Where the provider of these tests listens."""
    return free_port()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory, port: int) -> tuple[Path, list[Person], list[Person]]:
    """A portal's data with a slow model, three hundred people, and an administrator in many browsers."""
    data_dir = tmp_path_factory.mktemp("bursts") / "data"

    def fill(app: Flask) -> tuple[list[Person], list[Person]]:
        connect(runtime(), Actors.ada, f"http://127.0.0.1:{port}/v1", "slow", read_timeout=PATIENCE)
        return seat(app, STREAMS), seat(app, 1, "administrator", each=TESTS)

    return data_dir, *prepared(data_dir, fill)


@pytest.fixture
def ask(crowd: tuple[Path, list[Person], list[Person]], port: int) -> Callable[..., None]:
    """Runs a burst on a portal of its own; claims what holds of every one."""
    data_dir, people, _ = crowd

    def run(burst: Burst, **environ: str) -> None:
        with running(data_dir, **environ) as portal:
            go(lambda: _during(portal, burst))

    async def _during(portal: PortalProcess, burst: Burst) -> None:
        asking = Asking(portal.port)
        async with SlowProvider(port=port) as provider:
            probes = Probes(asking, people[0])
            await burst(asking, provider, probes)
            told = Counter(answer.status for answer in await probes.end())
            assert set(told) == {200}, told
        for word in ("disk", "Traceback", '" 500 '):
            assert word not in portal.output, portal.output[-5000:]

    return run


def stream(asking: Asking, people: list[Person]) -> list[asyncio.Task[Answer]]:
    """Each of them asks one question."""
    return [asyncio.create_task(asking.question(person, f"Question {at}")) for at, person in enumerate(people)]


def asked_of(provider: SlowProvider) -> list[str]:
    """The questions that reached the provider; names of chats are asked for as well, once an answer has ended."""
    return [asked for asked in provider.sent if asked.startswith("Question ")]


async def all_run(provider: SlowProvider, streams: list[asyncio.Task[Answer]]) -> None:
    """Returns once each question has reached the provider, or was refused."""
    await until(lambda: len(provider.sent) + sum(task.done() for task in streams) >= len(streams))
    assert not all(task.done() for task in streams)


async def sign_in(asking: Asking, people: list[Person]) -> list[Answer]:
    """Each of them mistypes the password, so that no hash is made anew: those of the crowd are cheap ones."""
    form = {"password": "not the password"}
    return await asyncio.gather(*(asking.post("/sign-in", form | {"email": person.email}, person) for person in people))


async def hang(asking: Asking, provider: SlowProvider, administrators: list[Person]) -> list[Answer]:
    """Each of these browsers tests a provider that never answers."""
    form = {"type": "openai_compatible", "name": "slow", "label": "Slow", "base_url": provider.hangs}
    form |= {"key": "sk-abcdefghijklmnop12", "test_model": "m"}
    return await asyncio.gather(*(asking.post("/providers/test", form, person) for person in administrators))


def are_whole(answers: list[Answer]) -> None:
    """Every question was answered to its end, or was refused as it should be."""
    for answer in answers:
        if not answer.is_refusal:
            assert answer.status == 200, answer
            assert '"state": "complete"' in answer.body, answer.body[-2000:]
            assert "w0" in answer.body


def test_three_hundred_answers_at_once_all_run_and_pages_go_on(ask, crowd):
    async def burst(asking: Asking, provider: SlowProvider, probes: Probes) -> None:
        streams = stream(asking, crowd[1])
        await all_run(provider, streams)
        await probes.again(DURING)
        provider.go.set()
        answers = await asyncio.gather(*streams)
        are_whole(answers)
        # A machine that is busy with something else may be too slow for the database; the door is wide enough.
        assert not any(REFUSALS[Waits.ANSWER].full in answer.body for answer in answers)
        assert len(asked_of(provider)) == sum(not answer.is_refusal for answer in answers)
        await are_kept(asking, crowd[1], answers)

    ask(burst)


def test_a_hundred_and_twenty_who_sign_in_are_told_and_pages_go_on(ask, crowd):
    async def burst(asking: Asking, _: SlowProvider, probes: Probes) -> None:
        answers = await sign_in(asking, crowd[1][:SIGN_INS])
        await probes.again(1)
        told = Counter(answer.status for answer in answers if not answer.is_refusal)
        assert set(told) <= {422}, told

    ask(burst)


@pytest.mark.parametrize("threads", ["64", "640"])
def test_seventy_tests_that_hang_are_refused_or_told_and_pages_go_on(ask, crowd, threads):
    places = (int(threads) - int(threads) // 8) // 4

    async def burst(asking: Asking, provider: SlowProvider, probes: Probes) -> None:
        answers = asyncio.create_task(hang(asking, provider, crowd[2]))
        await until(lambda: provider.hanging == min(TESTS, places))
        await probes.again(DURING)
        assert not answers.done()
        provider.go.set()
        told = await answers
        assert sum(answer.is_refusal for answer in told) == max(0, TESTS - places)
        assert {answer.status for answer in told if not answer.is_refusal} <= {200, 422}

    ask(burst, PORTAL_THREADS=threads)


def test_all_of_them_at_once_beyond_the_bound(ask, crowd):
    """Of 320 threads 280 may wait: some are refused, and whoever is not is answered."""

    async def burst(asking: Asking, provider: SlowProvider, probes: Probes) -> None:
        hanging = asyncio.create_task(hang(asking, provider, crowd[2]))
        streams = stream(asking, crowd[1])
        sign_ins = await sign_in(asking, crowd[1][:SIGN_INS])
        await all_run(provider, streams)
        await probes.again(DURING)
        provider.go.set()
        answers = await asyncio.gather(*streams)
        are_whole(answers)
        assert any(answer.is_refusal for answer in answers)
        assert all(answer.is_refusal or answer.status == 422 for answer in sign_ins)
        assert all(answer.is_refusal or answer.status in (200, 422) for answer in await hanging)
        assert len(asked_of(provider)) == sum(not answer.is_refusal for answer in answers)
        await are_kept(asking, crowd[1], answers)

    ask(burst, PORTAL_THREADS="320")


async def are_kept(asking: Asking, people: list[Person], answers: list[Answer]) -> None:
    """The question of some of those who were answered stands in their chat, with its answer."""
    pairs = [(person, answer) for person, answer in zip(people, answers, strict=True) if not answer.is_refusal]
    for person, answer in pairs[::40]:
        where = re.search(r'"url": "([^"]+)"', answer.body)
        assert where, answer.body[:500]
        page = await asking.get(where[1], person)
        assert f"Question {people.index(person)}" in page.body
        assert "w0" in page.body
