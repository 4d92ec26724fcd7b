"""The worker sums usage: by itself, once however many workers there are, and wholly though one is killed amidst it."""

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.services.health.worker import Worker
from portal.services.runtime import Runtime
from portal.services.usage import summing
from portal.store import usage_sums, usage_told
from portal.store.base import reading
from portal.store.usage_sums import EVERYBODY, Key, UsageSumRecord
from tests.conftest import Actors
from tests.processes.forked import ROOT
from tests.processes.portal_process import clean_environment
from tests.using import ago, use
from tests.waiting import PATIENCE, eventually, finished

ALL = usage_sums.Whose()


def counted() -> dict[str, int]:
    """How many of everybody's requests the sums count, in each way that they are told."""
    with reading() as session:
        sums = select(UsageSumRecord.told_by, func.sum(UsageSumRecord.requests)).group_by(UsageSumRecord.told_by)
        return {key: int(number) for key, number in session.execute(sums.where(UsageSumRecord.whose == EVERYBODY))}


def test_workers_sum_by_themselves_and_each_request_once(app: Flask, runtime: Runtime):
    for number in range(6):
        use(ago(number % 3), Actors.uma.id, 150, model=f"acme:m{number}")
    workers = [Worker(runtime, app.app_context) for _ in range(2)]
    threads = [threading.Thread(target=worker.run, daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: not summing.is_behind())
    finally:
        for worker in workers:
            worker.stop()
        for thread in threads:
            finished(thread)
    assert counted() == dict.fromkeys(Key, 900)


KILLED = """
import os, signal
from sqlalchemy import event
from portal import create_app
from portal.services.usage import summing
from portal.settings import Settings
from portal.store.base import db
with create_app(Settings.from_env(), environment={}).app_context():
    def kill(connection, cursor, statement, *rest):
        if statement.startswith("UPDATE usage "):
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(db.engine, "before_cursor_execute", kill)
    summing.sum_up()
"""
"""The sums are written then, and their requests do not say so yet."""


def test_one_that_is_killed_amidst_it_counts_nothing_twice_and_loses_nothing(app: Flask, database_url: str, tmp_path):
    use(ago(0), Actors.uma.id, 40)
    environ = clean_environment(PORTAL_DATABASE_URL=database_url, PORTAL_DATA_DIR=str(tmp_path))
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environ, timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL
    assert counted() == {}
    eventually(lambda: summing.sum_up() or not summing.is_behind())  # PostgreSQL takes a moment to see that it is gone
    assert counted() == dict.fromkeys(Key, 40)


@pytest.mark.parametrize("hour", ["23:59:59.999999+00:00", "00:00:00+00:00", "23:30:00-05:00", "01:00:00+05:30"])
def test_days_are_those_of_utc(app: Flask, hour: str):
    at = datetime.fromisoformat(f"2026-11-20T{hour}")
    use(at.astimezone(UTC), Actors.uma.id)
    with reading() as session:
        before = usage_told.days(session, at.date() - timedelta(days=2), at.date() + timedelta(days=2), ALL)
    summing.sum_up()
    with reading() as session:
        after = usage_told.days(session, at.date() - timedelta(days=2), at.date() + timedelta(days=2), ALL)
    assert [row.day for row in before] == [row.day for row in after] == [at.astimezone(UTC).date()]
