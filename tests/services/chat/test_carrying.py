"""Chats taken away and brought in again, and copies for colleagues."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from portal.domain.attempts import READER
from portal.domain.audit import Filters
from portal.domain.carried_chats import IMPORTED
from portal.domain.errors import Denied, Invalid, NotFound, Throttled
from portal.domain.shelves import DELETED
from portal.services.audit import trail as audit_trail
from portal.services.chat import chats, export, importing, picking, sharing, shelves
from portal.services.chat.export import Of
from portal.services.overrides import gates
from portal.store.base import reading
from portal.store.usage import UsageRecord
from tests.carrying import ANSWER, answered_twice, bring_in, given, take
from tests.chatting import KEY, collect_events, send_message
from tests.upstream import Upstream

OTTO = "otto@example.org"


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=ANSWER) as up:
        yield up


@pytest.fixture
def talk(runtime, actors, provider):
    """A question, answered twice, with two versions of the one that follows."""
    first = answered_twice(runtime, actors.uma, actors.ada, provider.base_url, system_prompt="Be brief.")
    for words in ("And tax?", "And tax in Spain?"):
        collect_events(actors.uma, runtime, send_message(actors.uma, runtime, words, first.chat_id, first.turn_id))
    return first.chat_id


def test_an_export_of_everything_comes_back_as_it_was(runtime, actors, talk):
    taken = export.take(actors.uma, runtime, talk, "json", Of.ALL)
    with reading() as session:
        used = session.scalar(select(func.count()).select_from(UsageRecord))
    (imported,) = importing.bring_in(actors.otto, runtime, [given(taken.text)])
    again = json.loads(take(actors.otto, runtime, imported.chat_id, Of.ALL))
    before = json.loads(taken.text)

    def words(chat):
        places = {row["id"]: place for place, row in enumerate(chat["turns"])}
        return [
            (
                places.get(row["parent_id"]),
                row["text"],
                row["created_at"],
                [{k: v for k, v in attempt.items() if k != "id"} for attempt in row["attempts"]],
            )
            for row in chat["turns"]
        ], places[chat["shown"]]

    assert words(again) == words(before)
    assert [again[name] for name in ("title", "system_prompt", "of")] == [
        before[n] for n in ("title", "system_prompt", "of")
    ]
    shown = chats.show(actors.otto, runtime, imported.chat_id)
    assert [turn.text for turn in shown.turns] == ["Where is rounding done?", "And tax in Spain?"]
    assert shown.turns[0].attempts[0].notes == (IMPORTED,)
    with reading() as session:  # what a file says was used was not used here
        assert session.scalar(select(func.count()).select_from(UsageRecord)) == used


def test_what_is_shown_and_everything_are_two_files_that_say_which_they_are(runtime, actors, talk):
    shown = export.take(actors.uma, runtime, talk, "md", Of.SHOWN).text
    every = export.take(actors.uma, runtime, talk, "md", Of.ALL).text
    assert "And tax?" not in shown
    assert "other versions of some questions are not in this file" in shown
    assert "version 2 of 2" in shown
    assert "And tax?\n" in every
    assert every.count("Move it to `settle`.") == 4
    assert json.loads(take(actors.uma, runtime, talk, Of.SHOWN))["of"] == "shown"


def test_of_several_files_all_come_in_or_none(runtime, actors, talk):
    good = take(actors.uma, runtime, talk, Of.ALL)
    with pytest.raises(Invalid) as told:
        importing.bring_in(actors.otto, runtime, [given(good, "good.json"), given("{}", "bad.json")])
    assert told.value.faults == {"files": "bad.json: This JSON file holds no chat of LLM Portal."}
    assert chats.list_for(actors.otto, runtime).talks == ()
    for files in ([], [given(good)] * 21):
        with pytest.raises(Invalid):
            importing.bring_in(actors.otto, runtime, files)


@pytest.fixture
def open_gate(runtime, actors):
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)


def test_sharing_is_off_until_an_administrator_turns_it_on(runtime, actors, talk):
    with pytest.raises(Denied):
        sharing.give(actors.uma, runtime, talk, OTTO)


def test_a_colleague_reads_a_copy_that_does_not_change(runtime, actors, talk, open_gate):
    share_id, name = sharing.give(actors.uma, runtime, talk, f" {OTTO.upper()} ")
    assert sharing.list_mine(actors.otto, runtime)[0].id == share_id
    leaf = chats.show(actors.uma, runtime, talk).turns[-1].id
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Later", talk, leaf))
    shared = sharing.read(actors.otto, runtime, share_id)
    assert [turn.text for turn in shared.chat.turns] == ["Where is rounding done?", "And tax in Spain?"]
    assert [len(turn.answers) for turn in shared.chat.turns] == [1, 1]
    assert not shared.mine
    assert sharing.read(actors.uma, runtime, share_id).mine
    with pytest.raises(NotFound):
        sharing.read(actors.ada, runtime, share_id)
    with pytest.raises(NotFound):
        chats.show(actors.otto, runtime, talk)
    copied = sharing.copy(actors.otto, runtime, share_id)
    assert chats.show(actors.otto, runtime, copied.chat_id).title == "Where is rounding done?"
    told = next(audit_trail.every(actors.ada, runtime, Filters(verb="chat.share")))
    assert (told.said, told.subject, name) == ("gave a copy of a chat to", "Otto Lind", "Otto Lind")


def test_a_copy_is_taken_back_by_its_giver_alone(runtime, actors, talk, open_gate):
    share_id, _ = sharing.give(actors.uma, runtime, talk, OTTO)
    with pytest.raises(NotFound):
        sharing.take_back(actors.otto, runtime, share_id)
    assert sharing.take_back(actors.uma, runtime, share_id) == talk
    with pytest.raises(NotFound):
        sharing.read(actors.otto, runtime, share_id)
    assert sharing.given(actors.uma, runtime, talk) == ()


def test_with_the_gate_or_the_chat_goes_the_copy_and_comes_back(runtime, actors, talk, open_gate):
    share_id, _ = sharing.give(actors.uma, runtime, talk, OTTO)
    gates.turn(actors.ada, runtime, "chat_sharing", on=False)
    with pytest.raises(Denied):
        sharing.read(actors.otto, runtime, share_id)
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)
    shelves.move(actors.uma, runtime, talk, DELETED)
    with pytest.raises(NotFound):
        sharing.read(actors.otto, runtime, share_id)
    assert sharing.list_mine(actors.otto, runtime) == ()
    shelves.move(actors.uma, runtime, talk, "open")
    assert sharing.read(actors.otto, runtime, share_id).id == share_id


@pytest.mark.parametrize("email", ["nobody@example.org", "", "uma"])
def test_whom_nobody_knows_gets_no_copy(runtime, actors, talk, open_gate, email):
    with pytest.raises(Invalid) as told:
        sharing.give(actors.uma, runtime, talk, email)
    assert set(told.value.faults) == {"email"}


def test_whoever_writes_e_mails_at_random_waits_longer_and_longer(runtime, actors, talk, open_gate):
    began = runtime.now()

    def give(email, **after):
        then = replace(runtime, now=lambda: began + timedelta(**after))
        return sharing.give(actors.uma, then, talk, email)

    def miss(**after):
        with pytest.raises(Invalid):
            give("nobody@example.org", **after)

    for _ in range(READER.free - 1):
        miss()
    give(OTTO)  # costs nothing, and buys no try
    miss()
    with pytest.raises(Throttled, match="Wait 1 minute") as told:
        give(OTTO)
    assert told.value.retry_after == 60
    sharing.give(actors.ada, runtime, talk_of(actors.ada, runtime), OTTO)  # others are not kept waiting
    miss(minutes=1)
    with pytest.raises(Throttled, match="Wait 5 minutes"):
        give("nobody@example.org", minutes=1)
    give(OTTO, minutes=6)
    for _ in range(READER.free - 1):
        miss(days=2)
    give(OTTO, days=2)


def talk_of(actor, runtime) -> UUID:
    return bring_in(actor, runtime, json.dumps({"title": "Mine", "turns": []}))


def test_what_is_shown_is_what_was_picked(runtime, actors, talk):
    first = chats.show(actors.uma, runtime, talk).turns[0]
    older = first.attempts[0].id
    picking.pick(actors.uma, runtime, talk, first.id, older)
    shown = json.loads(take(actors.uma, runtime, talk, Of.SHOWN))
    assert [attempt["id"] for attempt in shown["turns"][0]["attempts"]] == [str(older)]
