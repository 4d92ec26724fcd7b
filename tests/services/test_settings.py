"""Settings kept in the database: what is stored, what holds where nothing is, and what is refused."""

import pytest
from sqlalchemy import select

from portal.domain.chats import FALLBACK_REPLY
from portal.domain.errors import Denied, Invalid
from portal.services import settings
from portal.services.audit import trail as audit_trail
from portal.services.chat import writer
from portal.services.health import retention as check_retention
from portal.services.runtime import Runtime
from portal.services.settings import Draft
from portal.services.webhooks import delivery
from portal.store import settings as store
from portal.store.base import reading
from tests.conftest import Actors

HOOK = "https://chat.example.org/hooks/portal"
SHOWN = "https://chat.example.org/…"


def test_nothing_stored_means_the_defaults(runtime: Runtime):
    stored = settings.read(Actors.ada, runtime).stored
    assert (stored.fallback_reply, stored.retention_days, stored.webhook_url) == ("", None, "")
    assert set(stored.sources.values()) == {"default"}
    assert check_retention.days_kept(runtime) == 90


def test_what_is_stored_wins_and_blank_takes_the_default_back(runtime: Runtime):
    settings.change(Actors.ada, runtime, Draft("Ask Otto.", 30, HOOK, "0123456789abcdef", 100, 10, 50, 500, 60))
    stored = settings.read(Actors.ada, runtime).stored
    assert (stored.fallback_reply, stored.retention_days, stored.webhook_url) == ("Ask Otto.", 30, SHOWN)
    assert stored.webhook_signed
    assert set(stored.sources.values()) == {"database"}
    assert check_retention.days_kept(runtime) == 30
    with reading() as session:
        assert store.find(session, writer.FALLBACK_SETTING) == "Ask Otto."
    settings.change(Actors.ada, runtime, Draft("Ask Otto.", 30, SHOWN, "", 100, 10, 50, 500, 60))
    with reading() as session:
        webhook = delivery.read_webhook(session, runtime)
        assert webhook
        assert webhook.url == HOOK, "what is left as it is shown is kept"
        assert "hooks" not in "".join(str(value) for value in session.scalars(select(store.SettingRecord.value)))
    assert settings.read(Actors.ada, runtime).stored.webhook_signed, "a blank secret keeps the stored one"
    settings.change(Actors.ada, runtime, Draft())
    stored = settings.read(Actors.ada, runtime).stored
    assert set(stored.sources.values()) == {"default"}
    assert not stored.webhook_signed, "without a webhook nothing is left to sign"
    entries = audit_trail.list_for(Actors.ada, runtime, audit_trail.Filters(verb="settings.change")).entries
    assert len(entries) == 2


def test_the_usual_reply_typed_out_is_no_setting(runtime: Runtime):
    settings.change(Actors.ada, runtime, Draft(FALLBACK_REPLY))
    assert settings.read(Actors.ada, runtime).stored.fallback_reply == ""


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(fallback_reply="x" * 2001), "fallback_reply"),
        (Draft(retention_days=0), "retention_days"),
        (Draft(retention_days=4000), "retention_days"),
        (Draft(archive_days=0), "archive_days"),
        (Draft(webhook_url="chat.example.org"), "webhook_url"),
        (Draft(webhook_url=HOOK, webhook_secret="short"), "webhook_secret"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field(runtime: Runtime, draft: Draft, field: str):
    with pytest.raises(Invalid) as caught:
        settings.change(Actors.ada, runtime, draft)
    assert set(caught.value.faults) == {field}


def test_only_who_may_edit_settings_sees_them(runtime: Runtime):
    for who in (Actors.otto, Actors.uma, Actors.eve):
        with pytest.raises(Denied):
            settings.read(who, runtime)
        with pytest.raises(Denied):
            settings.change(who, runtime, Draft())


def test_the_environment_is_shown_without_its_secrets(runtime: Runtime):
    lines = {line.variable: line for line in settings.read(Actors.ada, runtime).lines}
    assert lines["PORTAL_PORT"].value == "8000"
    assert lines["PORTAL_PORT"].source == "default"
    assert lines["PORTAL_MASTER_KEY"].value == "set, and not shown"
    assert lines["PORTAL_REDIS_URL"].value == "not set"
    assert runtime.settings.master_key not in repr(lines)
