"""The secret of an application's key is wiped when its time is over: by the worker, and by the next token."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.domain.applications import Refused
from portal.services.applications import ended, identity, keys
from portal.store.applications import ApplicationKeyRecord
from portal.store.base import reading
from tests.counting import queries
from tests.signing import Secret, register

HOURS = 2


@pytest.fixture
def replaced(actors, runtime):
    """An application whose first key works for some hours more."""
    editor = register(actors.ada, runtime)
    keys.rotate(actors.ada, runtime, editor.made.id, HOURS)
    return editor


def _later(runtime, past: timedelta):
    now = runtime.now() + timedelta(hours=HOURS) + past
    return replace(runtime, now=lambda: now)


def _kept() -> dict[str, bool]:
    """Whether the secret of each key is still there."""
    with reading() as session:
        found = session.scalars(select(ApplicationKeyRecord))
        return {key.id.hex: bool(key.encrypted or key.master_key_id) for key in found}


def test_the_worker_wipes_it_when_its_hours_are_over_and_leaves_the_others(replaced, actors, runtime):
    other = register(actors.ada, runtime, "other-editor")
    before = _kept()
    assert len(before) == 3
    assert all(before.values())
    ended.wipe_all(_later(runtime, -timedelta(minutes=1)))
    assert _kept() == before
    ended.wipe_all(_later(runtime, timedelta(minutes=1)))
    assert _kept() == before | {replaced.made.kid: False}
    assert _kept()[other.made.kid]


def test_a_wiped_key_is_remembered_for_a_while_and_then_forgotten(replaced, runtime):
    ended.wipe_all(_later(runtime, timedelta(days=ended.KEEP_DAYS - 1)))
    assert _kept()[replaced.made.kid] is False
    ended.wipe_all(_later(runtime, timedelta(days=ended.KEEP_DAYS + 1)))
    assert replaced.made.kid not in _kept()
    assert len(_kept()) == 1


@pytest.mark.parametrize("header", [None, {}], ids=["by its kid", "by the issuer"])
def test_the_next_token_wipes_it_without_the_worker(header, replaced, runtime):
    value = Secret(replaced.sign(header, iss="intranet-editor"))
    assert identity.identify(runtime, value, "") is not None
    assert _kept()[replaced.made.kid]
    late = _later(runtime, timedelta(minutes=1))
    assert identity.identify(late, value, "") is None
    assert _kept()[replaced.made.kid] is False
    assert identity.identify(late, value, "") is None


def test_the_log_says_of_a_token_without_kid_no_more_than_can_be_told(replaced, actors, runtime):
    other, late = register(actors.ada, runtime, "other-editor"), _later(runtime, timedelta(minutes=1))
    ended.wipe_all(late)
    assert _reasons(late, replaced.sign({}, iss="intranet-editor")) == [Refused.SIGNATURE_OR_ENDED.value]
    assert _reasons(late, other.sign({}, iss="intranet-editor")) == [Refused.SIGNATURE_OR_ENDED.value]
    assert _reasons(late, replaced.sign({}, iss="other-editor")) == [Refused.SIGNATURE.value], "no key of it has ended"
    forgotten = _later(runtime, timedelta(days=ended.KEEP_DAYS + 1))
    ended.wipe_all(forgotten)
    assert _reasons(forgotten, replaced.sign({}, iss="intranet-editor")) == [Refused.SIGNATURE.value]


def _reasons(runtime, token: str) -> list[str]:
    with capture_logs() as logs:
        assert identity.identify(runtime, Secret(token), "") is None
    return [line["reason"] for line in logs if line["event"] == "application_token_refused"]


def test_nothing_is_written_where_nothing_has_ended(replaced, runtime):
    with queries() as said:
        ended.wipe_all(runtime)
    assert not {"INSERT", "UPDATE", "DELETE"} & {one.split()[0] for one in said}
    assert any(one.startswith("SELECT") for one in said)
