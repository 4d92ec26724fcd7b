"""How many providers fail, as the menu counts it: worked out anew when anything that it follows from has changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.services.providers.failing import count_failing
from portal.store.base import transaction
from portal.store.provider_faults import WHOLE, ProviderFaultRecord
from portal.store.providers import ProviderRecord
from tests.connecting import connect
from tests.counting import decryptions
from tests.upstream import Upstream


@pytest.fixture
def otto(actors):
    assert actors.otto.may(Permission.PROVIDER_VIEW)
    return actors.otto


def test_no_key_is_opened_for_a_count(app, runtime, otto):
    connect(otto, runtime, "http://127.0.0.1:9/v1", default_model="gpt-5.2")
    with decryptions() as opened:
        assert count_failing(otto, runtime) == 0
    assert not opened


def test_it_follows_each_check_and_each_switch(app, runtime, otto):
    name = connect(otto, runtime, "http://127.0.0.1:9/v1", default_model="gpt-5.2")
    assert count_failing(otto, runtime) == 0
    checks.check_saved(otto, runtime, name)
    assert count_failing(otto, runtime) == 1
    with transaction() as session:
        session.execute(update(ProviderRecord).values(enabled=False))
    assert count_failing(otto, runtime) == 0


def test_what_chats_met_is_over_at_its_hour_with_nothing_written(app, runtime, otto):
    with Upstream.openai(models=["gpt-5.2"]) as up:
        name = connect(otto, runtime, up.base_url, default_model="gpt-5.2")
        checks.check_saved(otto, runtime, name)
    assert count_failing(otto, runtime) == 0
    with transaction() as session:
        provider = session.scalars(select(ProviderRecord)).one()
        now = runtime.now()
        session.add(
            ProviderFaultRecord(
                provider_id=provider.id,
                wire_name=WHOLE,
                asked="gpt-5.2",
                by_chats=True,
                category="server",
                hint="",
                since=now,
                at=now,
                until=now + timedelta(minutes=5),
                key_source="shared",
                fingerprint="",
            )
        )
    assert count_failing(otto, runtime) == 1
    assert count_failing(otto, replace(runtime, now=lambda: now + timedelta(minutes=6))) == 0
    assert count_failing(otto, runtime) == 1
