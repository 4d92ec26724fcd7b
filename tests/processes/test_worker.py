"""Workers as processes: two share 40 providers, one is killed, one told to stop, and one lives beside the server."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.schedule import slot_after
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import reading, transaction
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord
from portal.store.schedules import ScheduleRecord
from tests.cli.command_line import start
from tests.conftest import Actors
from tests.connecting import connect
from tests.processes.forked import Forked
from tests.processes.portal_process import ADMIN, PortalProcess, running
from tests.upstream import Upstream, steps
from tests.waiting import PATIENCE, eventually

INTERVAL = 6
"""Seconds: shorter than anybody may set it, for the test's sake."""
NUMBER = 40
HANGING, REFUSING, RAISING = 2, 12, 1


def furnish(upstream: Upstream, hanging: Upstream, refusing: Upstream) -> None:
    """Most providers answer, some hang, some refuse the connection, and one is of a type that nobody knows."""
    now = datetime.now(UTC)
    with transaction() as session:
        for number in range(NUMBER):
            at = hanging if number < HANGING else refusing if number < HANGING + REFUSING else upstream
            provider = ProviderRecord(
                id=uuid4(),
                name=f"acme-{number}",
                label=f"Acme {number}",
                type="from_the_future" if number >= NUMBER - RAISING else "openai_compatible",
                base_url=at.base_url,
                destination=at.origin,
                read_timeout=1.0,
                created_at=now,
                changed_at=now,
                proven_from=now,
            )
            session.add(provider)
            session.flush()
            next_at = slot_after(provider.id, timedelta(seconds=INTERVAL), now)
            session.add(ScheduleRecord(provider_id=provider.id, interval=INTERVAL, probe="list", next_at=next_at))


def checks() -> list[CheckRecord]:
    with reading() as session:
        return list(session.scalars(select(CheckRecord).order_by(CheckRecord.at)))


def held() -> list[str]:
    with reading() as session:
        return [by for by in session.scalars(select(ScheduleRecord.claimed_by)) if by]


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    return {
        "PORTAL_DATABASE_URL": settings.database,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_SECRET_KEY": "tests",
    }


@contextmanager
def working(settings: Settings, environ: dict[str, str]) -> Iterator[Forked]:
    process = start(settings.data_dir, "health", "watch", **environ)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def stop(process: Forked, seconds: float = PATIENCE) -> str:
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=seconds)
    assert process.returncode == 0, told
    return told


def by_provider(per_interval: Counter[tuple[UUID, datetime]]) -> dict[UUID, list[datetime]]:
    """The intervals in which each provider was checked, in order, each as often as it was."""
    found: dict[UUID, list[datetime]] = {}
    for provider_id, slot in sorted(per_interval.elements(), key=lambda check: check[1]):
        found.setdefault(provider_id, []).append(slot)
    return found


def test_two_workers_check_each_of_40_providers_once_in_its_interval(
    app: Flask, runtime: Runtime, settings: Settings, environ: dict[str, str]
):
    with Upstream.openai(models=["m"]) as upstream, Upstream() as hanging, Upstream() as refusing:
        hanging.script(steps.silence())
        refusing.refuse()
        furnish(upstream, hanging, refusing)
        with working(settings, environ) as one, working(settings, environ) as two:
            eventually(lambda: len(checks()) > 0)
            began = datetime.now(UTC)
            time.sleep(2 * INTERVAL + 2)
            told = stop(one) + stop(two)
        ended = datetime.now(UTC)

    assert held() == []
    found = checks()
    assert {check.category for check in found} == {"ok", "timeout", "connect"}
    assert {check.scheduled for check in found} == {True}
    assert "a check failed" in told
    assert "from_the_future" in told

    length = timedelta(seconds=INTERVAL)
    per_interval = Counter((check.provider_id, slot_after(check.provider_id, length, check.at)) for check in found)
    for provider_id, slots in by_provider(per_interval).items():
        # A check is written down when it ends: on a busy machine in the next interval, but never in one before.
        early = [slot for n, slot in enumerate(slots) if slot < slots[0] + (n - 1) * length]
        assert not early, f"{provider_id}: never twice in one interval"
    with reading() as session:
        ids = [row.id for row in session.scalars(select(ProviderRecord)) if row.type != "from_the_future"]
    assert len(ids) == NUMBER - RAISING
    for provider_id in ids:
        end = slot_after(provider_id, length, began + length)
        while end < ended - length / 2:
            late = end + length
            assert per_interval.keys() & {(provider_id, end), (provider_id, late)}, "and never left out"
            end += length
    # Each of those that answer was asked as often as it was written down: no check was made in vain.
    assert len(upstream.requests) == sum(check.category == "ok" for check in found)


def test_a_worker_that_is_killed_loses_its_checks_to_another(
    app: Flask, runtime: Runtime, settings: Settings, environ: dict[str, str], upstream: Upstream
):
    upstream.script(steps.silence(), path="/v1/models")
    connect(Actors.ada, runtime, upstream, read_timeout=2.0)
    with transaction() as session:
        provider_id = session.scalar(select(ProviderRecord.id))
        now = datetime.now(UTC)
        session.add(ScheduleRecord(provider_id=provider_id, interval=3600, probe="list", next_at=now))
    with working(settings, environ) as one:
        eventually(lambda: len(upstream.requests) == 1)
        one.kill()
        one.communicate()
    assert len(held()) == 1
    assert checks() == []
    upstream.forget()
    upstream.script(steps.respond(json={"data": []}), path="/v1/models")
    with working(settings, environ) as two:
        eventually(lambda: len(checks()) == 1)
        stop(two)
    assert held() == []
    assert checks()[0].category == "ok"


def test_sigterm_lets_what_runs_end_and_leaves_nothing_held(
    app: Flask, runtime: Runtime, settings: Settings, environ: dict[str, str], upstream: Upstream
):
    def slowly(exchange) -> None:
        exchange.wait(upstream.go)
        steps.respond(json={"data": []})(exchange)

    upstream.script(slowly, path="/v1/models")
    for number in range(3):
        connect(Actors.ada, runtime, upstream, name=f"acme-{number}")
    with transaction() as session:
        for provider_id in session.scalars(select(ProviderRecord.id)).all():
            now = datetime.now(UTC)
            session.add(ScheduleRecord(provider_id=provider_id, interval=3600, probe="list", next_at=now))
    with working(settings, environ) as one:
        eventually(lambda: len(upstream.requests) == 3)
        one.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert one.poll() is None
        assert len(held()) == 3
        upstream.go.set()
        one.communicate(timeout=PATIENCE)
    assert one.returncode == 0
    assert held() == []
    assert [check.category for check in checks()] == ["ok"] * 3


def workers_of(portal: PortalProcess) -> list[int]:
    """The processes that check for this portal: its children."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(status[1]) == portal.process.pid and status[0] != "Z":
                    found.append(int(entry.name))
            except (OSError, IndexError):
                continue
    return found


def is_alive(pid: int) -> bool:
    try:
        return (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split())[0] != "Z"
    except OSError:
        return False


class TestBesideTheServer:
    def test_a_worker_that_dies_is_begun_again_and_the_server_serves_on(self, tmp_path: Path):
        with running(tmp_path / "data", **ADMIN) as portal:
            eventually(lambda: len(workers_of(portal)) == 1)
            (first,) = workers_of(portal)
            os.kill(first, signal.SIGKILL)
            eventually(lambda: bool(workers_of(portal)) and workers_of(portal) != [first])
            assert "The worker of health checks ended" in portal.output
            assert portal.process.poll() is None

    def test_it_ends_with_the_server_that_is_told_to_stop(self, tmp_path: Path):
        portal = PortalProcess(tmp_path / "data", **ADMIN).wait_until_ready()
        eventually(lambda: len(workers_of(portal)) == 1)
        (worker,) = workers_of(portal)
        assert portal.stop() == 0
        assert not is_alive(worker)

    def test_it_ends_with_the_server_that_is_killed(self, tmp_path: Path):
        portal = PortalProcess(tmp_path / "data", **ADMIN).wait_until_ready()
        eventually(lambda: len(workers_of(portal)) == 1)
        (worker,) = workers_of(portal)
        time.sleep(3)  # until it has read as far as waiting for the end of its input
        portal.kill()
        eventually(lambda: not is_alive(worker))
