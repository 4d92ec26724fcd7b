"""`flask audit verify`: what it prints, and its exit code."""

import multiprocessing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from portal import create_app
from portal.services.audit import trail as audit_trail
from portal.services.audit.verification import verify
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store import schema
from portal.store.base import transaction
from portal.web.context import runtime as runtime_of
from tests.cli.command_line import run, run_here
from tests.conftest import Actors
from tests.waiting import PATIENCE


@pytest.fixture
def seated() -> bool:
    """The cast comes to a portal that made its master key."""
    return False


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key="tests")


def write(runtime: Runtime, number: int, who: str = "ada") -> None:
    for step in range(number):
        with transaction() as session:
            audit_trail.record(session, runtime, Actors.ada, "provider.change", "provider", str(step), f"{who}-{step}")


def write_elsewhere(settings: Settings, who: int) -> None:
    with create_app(settings).app_context():
        write(runtime_of(), 12, str(who))


def test_eight_processes_that_write_at_once_keep_one_chain_and_lose_nothing(runtime: Runtime, settings: Settings):
    parents = multiprocessing.get_context("forkserver")
    parents.set_forkserver_preload(["tests.cli.test_audit"])
    processes = [parents.Process(target=write_elsewhere, args=(settings, who)) for who in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0] * 8
    found = verify(runtime)
    assert (found.count, found.faults) == (96, ())


def test_count_and_head_are_printed_and_a_row_edited_by_hand_is_named(app: Flask, runtime: Runtime, settings: Settings):
    write(runtime, 5)
    where = {"PORTAL_DATABASE_URL": settings.database_url}
    code, printed, complained = run(settings.data_dir, "audit", "verify", **where)
    assert code == 0, complained
    count, head = (line.split()[1] for line in printed.splitlines()[:2])
    assert (count, len(head)) == ("5", 64)
    assert "whole" in printed

    with transaction() as session:
        session.execute(text("UPDATE audit SET actor = 'Eve' WHERE seq = 2"))
    code, printed, complained = run_here(app, "audit", "verify")
    assert code == 1
    assert "Row 2 was changed" in complained
    assert "whole" not in printed


def test_a_cut_tail_shows_beside_the_noted_count_and_head(app: Flask, runtime: Runtime):
    write(runtime, 5)
    head = verify(runtime).head
    with transaction() as session:
        session.execute(text("DELETE FROM audit WHERE seq = 5"))
        session.execute(text("UPDATE audit_head SET seq = 4, mac = (SELECT mac FROM audit WHERE seq = 4)"))
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    noted = ["audit", "verify", "--expect-count", "5", "--expect-head", head]
    found = runner.invoke(args=noted)
    assert found.exit_code == 1
    assert "its tail was cut" in found.output
    write(runtime, 3)
    assert runner.invoke(args=noted).exit_code == 1
    assert runner.invoke(args=["audit", "verify", "--expect-head", head]).exit_code == 2


def test_an_empty_trail_is_whole(app: Flask):
    found = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert found.exit_code == 0
    assert "count 0" in found.output
    assert "head  none" in found.output


def test_migrating_a_database_that_is_current_changes_nothing_and_says_where_it_is(app: Flask):
    found = app.test_cli_runner().invoke(args=["migrate"])
    assert found.exit_code == 0, found.output
    assert f"is at revision {schema.head()}" in found.output
