"""`flask health` as an operator runs it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import reading, transaction
from portal.store.check_days import CheckDayRecord
from portal.store.health import CheckRecord
from tests.cli.command_line import run, run_here
from tests.conftest import Actors
from tests.connecting import KEY, connect
from tests.services.health.test_checks import plant, plant_in_line
from tests.upstream import Upstream


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    return {
        "PORTAL_DATABASE_URL": settings.database,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_SECRET_KEY": "tests",
    }


def test_check_checks_now_and_its_exit_code_tells(
    app: Flask, runtime: Runtime, settings: Settings, environ: dict[str, str]
):
    with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
        connect(Actors.ada, runtime, up, label="Acme", default_model="gpt-5.2")
        code, printed, _ = run(settings.data_dir, "health", "check", "acme", **environ)
        assert code == 0
        assert printed.startswith("OK · 200 · ")
        code, printed, _ = run_here(app, "health", "check", "acme", "--probe", "list")
        assert code == 0
        assert "listed its models" in printed
        up.refuse()
        code, printed, _ = run_here(app, "health", "check", "acme")
        assert code == 1
        assert "Not reachable" in printed
    code, _, complained = run_here(app, "health", "check", "nowhere")
    assert code == 1
    assert "No provider is called “nowhere”." in complained
    with reading() as session:
        asked = list(session.scalars(select(CheckRecord.actor).order_by(CheckRecord.at)))
    assert len(asked) == 3
    assert asked[0].startswith("command line")
    assert KEY not in printed


def test_prune_clears_away_and_counts_anew(app: Flask, runtime: Runtime):
    old = datetime.now(UTC) - timedelta(days=100)
    plant(5, at=old)
    plant_in_line(uuid4(), datetime.now(UTC), "ok")
    with transaction() as session:
        session.execute(delete(CheckDayRecord))
    code, printed, complained = run_here(app, "health", "prune", "--rebuild")
    assert code == 0, complained
    assert printed.splitlines() == [
        "Checks cleared away: 5",
        "Requests of usage cleared away: 0",
        "Unsent files cleared away: 0",
        "Chats put into the archive: 0",
        "Deleted chats cleared away: 0",
        "Questions and answers listed for searching: 0",
        "Days counted anew: 1",
    ]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(CheckDayRecord)) == 1
