"""The audit trail: one chain whatever happens at once, no secret in it, and every tampering named."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from portal.dialects.secret import Secret
from portal.domain.audit import Filters
from portal.domain.errors import Denied
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.audit.trail import Cursor
from portal.services.audit.verification import Noted, verify
from portal.services.runtime import Runtime
from portal.store.base import transaction
from tests.conftest import CANARY, Actors

ADA, OTTO, UMA, EVE = Actors.ada, Actors.otto, Actors.uma, Actors.eve


def note(runtime: Runtime, actor=ADA, verb="provider.change", kind="provider", id="1", label="claude", **sides) -> None:
    with transaction() as session:
        audit_trail.record(session, runtime, actor, verb, kind, id, label, **sides)


def note_two_of_which_the_second_is_refused(runtime: Runtime) -> None:
    with transaction() as session:
        audit_trail.record(session, runtime, ADA, "provider.create", "provider", "2", "ghost")
        audit_trail.record(session, runtime, ADA, "provider.create", "provider", "3", "ghost", None, {"bad": object()})


def write_ten(runtime: Runtime) -> None:
    for number in range(10):
        note(runtime, label=f"provider-{number}", before={"enabled": True}, after={"enabled": False})


def tamper(statement: str, **values: object) -> None:
    with transaction() as session:
        session.execute(text(statement), values)


def entries(runtime: Runtime, **filters: object) -> list[audit_trail.Entry]:
    return list(audit_trail.list_for(ADA, runtime, Filters(**filters)).entries)


def test_a_row_says_who_did_what_to_what_from_where_and_what_it_was_before(runtime: Runtime):
    id = uuid4()
    note(runtime, OTTO, "provider.change", "provider", id, "claude", before={"enabled": True}, after={"enabled": False})
    (entry,) = entries(runtime)
    assert (entry.actor, entry.actor_id, entry.address) == ("Otto Lind", OTTO.id, "127.0.0.1")
    assert (entry.said, entry.subject, entry.subject_id) == ("changed provider", "claude", str(id))
    assert [(change.what, change.before, change.after) for change in entry.changes] == [("Enabled", "yes", "no")]
    assert datetime.now(UTC) - entry.at < timedelta(minutes=1)
    assert json.loads(entry.as_json)["before"] == {"enabled": True}


def test_a_trail_that_nobody_touched_is_sound(runtime: Runtime):
    assert verify(runtime).sound
    write_ten(runtime)
    found = verify(runtime)
    assert (found.count, found.faults) == (10, ())
    assert found.head == entries(runtime)[0].mac


def test_what_a_row_may_hold_comes_back_as_it_went_in_and_verifies(runtime: Runtime):
    side = {
        "text": "naïve “quotes” 🗝 \\ / \x00 \ud800 end",
        "number": 0.1,
        "price": Decimal("1.75"),
        "big": 2**60,
        "none": None,
        "when": datetime(2026, 11, 20, 14, 3, 22, 123456, tzinfo=UTC),
        "permissions": frozenset({Permission.CHAT, Permission.AUDIT_VIEW}),
        "nested": {"list": [1, [True]], "id": uuid4()},
    }
    note(runtime, replace(ADA, label="x" * 400 + "\x00\ud800", address="y" * 100), label="z\x00" * 400, after=side)
    assert verify(runtime).faults == ()
    after = entries(runtime)[0].after
    assert after["permissions"] == ["audit.view", "chat.use"]
    assert after["price"] == "1.75"
    assert "\x00" not in after["text"]


@pytest.mark.parametrize(
    "side",
    [{"key": Secret(CANARY)}, {"nested": {"list": [Secret(CANARY)]}}, {"thing": object()}, {"set": {Secret(CANARY)}}],
    ids=["bare", "nested", "not words", "in a set"],
)
def test_a_secret_never_enters_the_trail(runtime: Runtime, side: dict[str, object]):
    with pytest.raises(TypeError) as refused:
        note(runtime, after=side)
    assert CANARY not in str(refused.value)
    assert entries(runtime) == []


def test_a_change_that_is_rolled_back_leaves_no_row_and_no_gap(runtime: Runtime):
    write_ten(runtime)
    with pytest.raises(TypeError):
        note_two_of_which_the_second_is_refused(runtime)
    note(runtime, label="after")
    assert verify(runtime).sound
    assert [entry.subject for entry in entries(runtime)][:2] == ["after", "provider-9"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "Eve Stone"),
        ("actor_id", None),
        ("address", "10.0.0.1"),
        ("verb", "provider.create"),
        ("subject", "other"),
        ("subject_id", "2"),
        ("subject_kind", "model"),
        ("before", '{"enabled": false}'),
        ("after", "null"),
        ("mac", "0" * 64),
    ],
)
def test_a_row_changed_by_hand_is_named(runtime: Runtime, column: str, value: object):
    write_ten(runtime)
    tamper(f"UPDATE audit SET {column} = :value WHERE seq = 4", value=value)
    faults = verify(runtime).faults
    assert any("Row 4 was changed" in fault for fault in faults), faults


def test_a_changed_time_is_named(runtime: Runtime):
    write_ten(runtime)
    tamper("UPDATE audit SET at = (SELECT at FROM audit WHERE seq = 1) WHERE seq = 4")
    assert [fault[:17] for fault in verify(runtime).faults] == ["Row 4 was changed"]


def test_a_missing_row_is_named_and_its_neighbours_are_not_blamed(runtime: Runtime):
    write_ten(runtime)
    tamper("DELETE FROM audit WHERE seq = 4")
    assert verify(runtime).faults == ("Row 4 is missing.",)
    tamper("DELETE FROM audit WHERE seq IN (7, 8)")
    assert verify(runtime).faults == ("Row 4 is missing.", "Rows 7 to 8 are missing.")


def test_a_missing_first_row_is_named(runtime: Runtime):
    write_ten(runtime)
    tamper("DELETE FROM audit WHERE seq = 1")
    assert verify(runtime).faults == ("Row 1 is missing.",)


def test_rows_that_changed_places_are_named(runtime: Runtime):
    write_ten(runtime)
    tamper("UPDATE audit SET seq = 100 WHERE seq = 3")
    tamper("UPDATE audit SET seq = 3 WHERE seq = 7")
    tamper("UPDATE audit SET seq = 7 WHERE seq = 100")
    faults = " ".join(verify(runtime).faults)
    assert "Row 3 is out of order: it was written as row 7" in faults
    assert "Row 7 is out of order: it was written as row 3" in faults


def test_an_invented_row_is_named(runtime: Runtime):
    write_ten(runtime)
    copied = "at, actor_id, actor, address, verb, subject_kind, subject_id, subject, before, after, previous, mac"
    tamper(f"INSERT INTO audit (seq, {copied}) SELECT 0, {copied} FROM audit WHERE seq = 1")
    assert any("Row 0" in fault for fault in verify(runtime).faults)


def test_a_cut_tail_shows_at_the_head_and_beside_what_was_noted(runtime: Runtime):
    write_ten(runtime)
    noted = verify(runtime)
    tamper("DELETE FROM audit WHERE seq > 8")
    assert verify(runtime).faults == ("Rows 9 to 10 are missing.",)
    tamper("UPDATE audit_head SET seq = 8, mac = (SELECT mac FROM audit WHERE seq = 8)")
    assert verify(runtime).sound, "a tail that was cut with care does not show by itself"
    (fault,) = verify(runtime, Noted(noted.count, noted.head)).faults
    assert "ends at row 8, but 10 rows were noted" in fault
    for number in range(5):
        note(runtime, label=f"later-{number}")
    (fault,) = verify(runtime, Noted(noted.count, noted.head)).faults
    assert "Row 10 is not the one whose head was noted" in fault


def test_what_was_noted_still_holds_when_the_trail_has_grown(runtime: Runtime):
    write_ten(runtime)
    noted = verify(runtime)
    write_ten(runtime)
    assert verify(runtime, Noted(noted.count, noted.head)).sound
    assert verify(runtime, Noted(noted.count)).sound


def test_a_head_that_lies_is_named(runtime: Runtime):
    write_ten(runtime)
    tamper("UPDATE audit_head SET mac = :mac", mac="0" * 64)
    assert verify(runtime).faults == ("The head’s MAC is not that of row 10, the newest.",)
    tamper("DELETE FROM audit_head")
    assert not verify(runtime).sound


def test_threads_that_write_at_once_keep_one_chain(app: Flask, runtime: Runtime):
    def write(number: int) -> None:
        with app.app_context():
            for step in range(10):
                note(runtime, label=f"{number}-{step}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(runtime)
    assert (found.count, found.faults) == (80, ())


def test_the_trail_is_paged_both_ways_without_loss(runtime: Runtime):
    write_ten(runtime)
    first = audit_trail.list_for(ADA, runtime, Filters(), limit=4)
    second = audit_trail.list_for(ADA, runtime, Filters(), first.older, limit=4)
    third = audit_trail.list_for(ADA, runtime, Filters(), second.older, limit=4)
    assert [[entry.seq for entry in page.entries] for page in (first, second, third)] == [
        [10, 9, 8, 7],
        [6, 5, 4, 3],
        [2, 1],
    ]
    assert (first.newer, third.older, first.count) == (None, None, 10)
    back = audit_trail.list_for(ADA, runtime, Filters(), third.newer, limit=4)
    assert back.entries == second.entries
    top = audit_trail.list_for(ADA, runtime, Filters(), back.newer, limit=4)
    assert (top.entries, top.newer) == (first.entries, None)
    assert audit_trail.list_for(ADA, runtime, Filters(), Cursor(before=1)).entries == ()


def test_filters_find_what_they_say(runtime: Runtime):
    note(runtime, ADA, "provider.create", "provider", "a", "claude")
    note(runtime, OTTO, "model.publish", "model", "b", "100%_sure")
    note(runtime, UMA, "session.open", "session", "c", "Uma Ortiz")
    assert [entry.verb for entry in entries(runtime, verb="model.publish")] == ["model.publish"]
    assert [entry.actor for entry in entries(runtime, actor="oTTo")] == ["Otto Lind"]
    assert [entry.subject for entry in entries(runtime, subject="%_")] == ["100%_sure"]
    assert [entry.subject for entry in entries(runtime, subject="CLAU")] == ["claude"]
    assert [entry.kind for entry in entries(runtime, subject="session")] == ["session"]
    now = datetime.now(UTC)
    assert len(entries(runtime, since=now - timedelta(hours=1), until=now + timedelta(hours=1))) == 3
    assert entries(runtime, until=now - timedelta(hours=1)) == []
    assert entries(runtime, since=now + timedelta(hours=1)) == []
    assert audit_trail.list_for(ADA, runtime, Filters()).verbs == ("model.publish", "provider.create", "session.open")


def test_a_row_with_an_older_verb_is_told_found_and_exported_as_todays(runtime: Runtime):
    note(runtime, OTTO, "key.retire", "key", "a", "before the rename")
    note(runtime, ADA, "key.delete", "key", "b", "after it")
    assert [entry.said for entry in entries(runtime)] == ["deleted shared key"] * 2
    for asked in ("key.delete", "key.retire"):
        assert [entry.subject for entry in entries(runtime, verb=asked)] == ["after it", "before the rename"]
    assert audit_trail.list_for(ADA, runtime, Filters()).verbs == ("key.delete",)
    assert [entry.verb for entry in audit_trail.every(ADA, runtime, Filters(verb="key.delete"))] == ["key.delete"] * 2
    assert '"verb": "key.retire"' in entries(runtime)[1].as_json, "the row itself is shown as it is stored"
    assert verify(runtime).sound
    tamper("UPDATE audit SET subject = 'another' WHERE seq = 1")
    assert "Otto Lind, key.delete)" in verify(runtime).faults[0]


def test_the_export_holds_everything_that_passes(runtime: Runtime):
    write_ten(runtime)
    note(runtime, OTTO, "model.publish", "model", "b", "gpt")
    assert len(list(audit_trail.every(ADA, runtime, Filters()))) == 11
    assert [entry.seq for entry in audit_trail.every(ADA, runtime, Filters(actor="Otto"))] == [11]


def test_who_may_not_view_the_trail_gets_nothing(runtime: Runtime):
    for stranger in (EVE, UMA):
        with pytest.raises(Denied):
            audit_trail.list_for(stranger, runtime, Filters())
        with pytest.raises(Denied):
            audit_trail.every(stranger, runtime, Filters())
    assert audit_trail.list_for(OTTO, runtime, Filters()).entries == ()
