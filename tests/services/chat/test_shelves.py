"""Chats on their shelves: pinned, archived, deleted and brought back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.shelves import ARCHIVED, DELETED, DELETED_FOR, MOST_PINNED, OPEN, PINNED
from portal.services.chat import chats, shelves
from portal.store import settings
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.chats import ChatRecord
from tests.chatting import connect, long_chat, send_message


@pytest.fixture
def chat(actors):
    return long_chat(actors.uma.id, 2)


def titles(actor, runtime, shelf=OPEN):
    return [talk.title for talk in chats.list_for(actor, runtime, shelf=shelf).talks]


def later(runtime, delta):
    return replace(runtime, now=lambda: datetime.now(UTC) + delta)


def test_a_pinned_chat_stands_above_the_list_until_it_is_taken_down(runtime, actors, chat):
    shelves.move(actors.uma, runtime, chat, PINNED)
    shown = chats.list_for(actors.uma, runtime)
    assert ([talk.id for talk in shown.pinned], shown.talks) == ([chat], ())
    shelves.move(actors.uma, runtime, chat, OPEN)
    shown = chats.list_for(actors.uma, runtime)
    assert ([talk.id for talk in shown.talks], shown.pinned) == ([chat], ())


def test_no_more_are_pinned_than_stand_out(runtime, actors, chat):
    now = datetime.now(UTC)
    with transaction() as session:
        for _ in range(MOST_PINNED):
            session.add(ChatRecord(user_id=actors.uma.id, title="p", created_at=now, changed_at=now, shelf=PINNED))
    with pytest.raises(Conflict):
        shelves.move(actors.uma, runtime, chat, PINNED)
    assert titles(actors.uma, runtime) == ["Long"]


def test_an_archived_chat_leaves_the_list_and_a_message_brings_it_back(runtime, actors, chat):
    connect(runtime, actors.ada, "http://127.0.0.1:9")
    shelves.move(actors.uma, runtime, chat, ARCHIVED)
    assert titles(actors.uma, runtime) == []
    assert titles(actors.uma, runtime, ARCHIVED) == ["Long"]
    leaf = chats.show(actors.uma, runtime, chat).turns[-1].id
    send_message(actors.uma, runtime, "And now?", chat, leaf)
    assert titles(actors.uma, runtime) == ["Long"]
    assert titles(actors.uma, runtime, ARCHIVED) == []


def test_a_deleted_chat_is_gone_for_everybody_and_comes_back_whole_within_the_hour(runtime, actors, chat):
    shelves.move(actors.uma, runtime, chat, DELETED)
    with pytest.raises(NotFound):
        chats.show(actors.uma, runtime, chat)
    for shelf in (OPEN, ARCHIVED, DELETED):
        assert titles(actors.uma, runtime, shelf) == []
    assert shelves.clear_away(later(runtime, DELETED_FOR - timedelta(minutes=1))) == 0
    with pytest.raises(NotFound):
        shelves.move(actors.ada, runtime, chat, OPEN)
    assert shelves.move(actors.uma, runtime, chat, OPEN) == "Long"
    assert [turn.text for turn in chats.show(actors.uma, runtime, chat).turns] == ["q0", "q1"]


def test_after_the_hour_it_is_gone_for_good(runtime, actors, chat):
    other = long_chat(actors.uma.id, 1)
    shelves.move(actors.uma, runtime, chat, DELETED)
    assert shelves.clear_away(later(runtime, DELETED_FOR + timedelta(minutes=1))) == 1
    with pytest.raises(NotFound):
        shelves.move(actors.uma, runtime, chat, OPEN)
    with reading() as session:
        assert session.get(ChatRecord, chat) is None
        assert session.get(ChatRecord, other) is not None


def test_deleting_stops_the_answer_that_is_being_written(runtime, actors):
    connect(runtime, actors.ada, "http://127.0.0.1:9")
    sent = send_message(actors.uma, runtime, "Hello")
    shelves.move(actors.uma, runtime, sent.chat_id, DELETED)
    with reading() as session:
        assert session.get(AttemptRecord, sent.attempt_id).stop_asked


def test_chats_are_archived_by_themselves_only_where_the_deployment_says_so(runtime, actors, chat):
    long_ago = datetime.now(UTC) - timedelta(days=40)
    pinned, fresh = long_chat(actors.uma.id, 1), long_chat(actors.uma.id, 1)
    shelves.move(actors.uma, runtime, pinned, PINNED)
    with transaction() as session:
        for id in (chat, pinned):
            session.get(ChatRecord, id).changed_at = long_ago
    assert shelves.archive_old(runtime) == 0
    with transaction() as session:
        settings.put(session, shelves.DAYS_SETTING, 30, runtime.now())
    assert shelves.archive_old(runtime) == 1
    assert [talk.id for talk in chats.list_for(actors.uma, runtime, shelf=ARCHIVED).talks] == [chat]
    shown = chats.list_for(actors.uma, runtime)
    assert ([talk.id for talk in shown.talks], [talk.id for talk in shown.pinned]) == ([fresh], [pinned])


def test_there_is_no_other_shelf(runtime, actors, chat):
    with pytest.raises(Invalid):
        shelves.move(actors.uma, runtime, chat, "attic")
