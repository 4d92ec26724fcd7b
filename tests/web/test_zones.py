"""Times and days are the reader's own, once their browser has said where it is."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from portal.services.audit import trail as audit_trail
from portal.services.chat.chats import Talk
from portal.store.audit import AuditRecord
from portal.store.base import transaction
from portal.web import zones
from portal.web.chat import listed
from portal.web.rendering import Clockwork

EVENING = datetime(2026, 11, 20, 1, 30, 5, tzinfo=UTC)


def test_a_time_is_told_by_the_readers_clock():
    clockwork = Clockwork(lambda: EVENING + timedelta(hours=4), lambda: ZoneInfo("America/Los_Angeles"))
    assert ">17:30:05<" in clockwork.clock(EVENING)
    assert ">19 Nov<" in clockwork.day(EVENING)
    assert 'title="19 November 2026, 17:30:05 PST"' in clockwork.ago(EVENING)
    assert 'datetime="2026-11-20T01:30:05Z"' in clockwork.ago(EVENING)
    assert clockwork.age(EVENING) == "today"


@pytest.mark.parametrize(
    ("cookie", "begins"),
    [
        ("Europe/Berlin", datetime(2026, 11, 19, 23, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("UTC", datetime(2026, 11, 20, tzinfo=UTC)),
        ("../../etc/passwd", datetime(2026, 11, 20, tzinfo=UTC)),
        ("America", datetime(2026, 11, 20, tzinfo=UTC)),
        ("Nowhere/Else", datetime(2026, 11, 20, tzinfo=UTC)),
        ("", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_a_day_begins_where_the_cookie_says_and_an_unknown_zone_is_utc(app, cookie, begins):
    with app.test_request_context(headers={"Cookie": f"zone={cookie}"}):
        assert zones.midnight(date(2026, 11, 20)) == begins


def test_chats_stand_under_the_readers_days():
    now = EVENING.astimezone(timezone(timedelta(hours=-8)))
    talks = [Talk(uuid4(), "Late", EVENING - timedelta(hours=3)), Talk(uuid4(), "Early", EVENING - timedelta(hours=20))]
    assert [(heading, [talk.title for talk in group]) for heading, group in listed.by_day(talks, now)] == [
        ("Today", ["Late"]),
        ("Yesterday", ["Early"]),
    ]


def test_the_audit_page_filters_by_the_readers_day(otto, runtime, actors):
    with transaction() as session:
        audit_trail.record(session, runtime, actors.ada, "provider.create", "provider", uuid4(), "acme")
        session.execute(update(AuditRecord).values(at=EVENING))
    here = "/audit?since=2026-11-19&until=2026-11-19"
    assert "Nothing in the audit trail matches" in otto.get(here).text
    otto.set_cookie("zone", "America/Los_Angeles")
    page = otto.get(here).text
    assert ">17:30:05<" in page
