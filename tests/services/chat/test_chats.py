"""Chats belong to one person, hold branches, and are found again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from portal.domain.errors import Invalid, NotFound
from portal.domain.shelves import DELETED, DELETED_FOR, SHELVES
from portal.services.chat import chats, shelves
from portal.store.attempts import AttemptRecord
from portal.store.base import db, reading, transaction
from portal.store.chats import ChatRecord, TurnRecord
from tests.chatting import collect_events, connect, long_chat, send_message


@pytest.fixture
def model(runtime, actors):
    return connect(runtime, actors.ada, "http://127.0.0.1:9", key="sk-x")[0]


def an_hour_later(runtime):
    return replace(runtime, now=lambda: datetime.now(UTC) + DELETED_FOR + timedelta(seconds=1))


def finish_all():
    with transaction() as session:
        for attempt in session.scalars(select(AttemptRecord).where(AttemptRecord.state == "streaming")):
            attempt.state = "complete"


def test_a_chat_is_its_owners_alone(runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Mine")
    for verb in (
        lambda: chats.show(actors.ada, runtime, sent.chat_id),
        lambda: chats.show_whole(actors.ada, runtime, sent.chat_id),
        lambda: chats.show_turn(actors.ada, runtime, sent.chat_id, sent.attempt_id),
        lambda: chats.change(actors.ada, runtime, sent.chat_id, title="x", system_prompt=""),
        lambda: chats.rename(actors.ada, runtime, sent.chat_id, "x"),
        *(lambda shelf=shelf: shelves.move(actors.ada, runtime, sent.chat_id, shelf) for shelf in SHELVES),
        lambda: send_message(actors.ada, runtime, "Hello", sent.chat_id),
    ):
        with pytest.raises(NotFound):
            verb()
    assert chats.list_for(actors.ada, runtime).talks == ()


def test_the_list_shows_the_last_used_first_and_pages_by_keyset(runtime, actors, model):
    with transaction() as session:
        now = datetime.now(UTC)
        for number in range(95):
            at = now - timedelta(minutes=number // 2)  # pairs share a time: the id decides
            session.add(ChatRecord(user_id=actors.uma.id, title=f"c{number}", created_at=at, changed_at=at))
    seen, before = [], None
    while True:
        page = chats.list_for(actors.uma, runtime, before=before)
        seen += [talk.title for talk in page.talks]
        before = page.after
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 95
    assert set(seen[:2]) == {"c0", "c1"}


def test_editing_makes_a_branch_and_loses_nothing(runtime, actors, model):
    first = send_message(actors.uma, runtime, "one")
    finish_all()
    second = send_message(actors.uma, runtime, "two", first.chat_id, first.turn_id)
    finish_all()
    edited = send_message(actors.uma, runtime, "two, better", first.chat_id, first.turn_id)
    finish_all()
    shown = chats.show(actors.uma, runtime, first.chat_id)
    assert [turn.text for turn in shown.turns] == ["one", "two, better"]
    assert shown.turns[1].siblings == (second.turn_id, edited.turn_id)
    assert shown.turns[1].place == 2
    other = chats.show(actors.uma, runtime, first.chat_id, turn_id=second.turn_id)
    assert [turn.text for turn in other.turns] == ["one", "two"]


def test_an_edited_first_message_is_a_branch_too(runtime, actors, model):
    first = send_message(actors.uma, runtime, "one")
    finish_all()
    send_message(actors.uma, runtime, "follow-up", first.chat_id, first.turn_id)
    finish_all()
    send_message(actors.uma, runtime, "uno", first.chat_id, None)
    assert [turn.text for turn in chats.show(actors.uma, runtime, first.chat_id).turns] == ["uno"]
    back = chats.show(actors.uma, runtime, first.chat_id, turn_id=first.turn_id)
    assert [turn.text for turn in back.turns] == ["one", "follow-up"]


def test_a_turn_of_another_chat_is_no_parent(runtime, actors, model):
    first, other = send_message(actors.uma, runtime, "one"), send_message(actors.uma, runtime, "two")
    finish_all()
    with pytest.raises(NotFound):
        send_message(actors.uma, runtime, "three", first.chat_id, other.turn_id)


def test_a_long_chat_loads_its_end_in_as_many_queries_as_a_short_one(app, runtime, actors, model):
    short, long = long_chat(actors.uma.id, 3), long_chat(actors.uma.id, 400)
    counted = []

    def count(*_args):
        counted.append(1)

    event.listen(db.engine, "before_cursor_execute", count)
    needed = []
    for chat_id in (short, long):
        counted.clear()
        shown = chats.show(actors.uma, runtime, chat_id)
        needed.append(len(counted))
    assert needed[0] == needed[1] <= 8
    assert [turn.text for turn in shown.turns] == [f"q{number}" for number in range(370, 400)]
    assert shown.earlier
    assert len(chats.show(actors.uma, runtime, long, last=90).turns) == 90
    assert len(chats.show_whole(actors.uma, runtime, long).turns) == 400


def test_a_very_long_chat_can_be_deleted(runtime, actors, model):
    chat_id = long_chat(actors.uma.id, 1500)
    assert shelves.move(actors.uma, runtime, chat_id, DELETED) == "Long"
    assert shelves.clear_away(an_hour_later(runtime)) == 1
    with reading() as session:
        for record in (ChatRecord, TurnRecord, AttemptRecord):
            assert session.scalars(select(record.id)).first() is None


def test_a_chat_is_named_by_its_first_words_until_somebody_renames_it(runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Why is the invoice job slow?\nIt was fast.")
    assert chats.show(actors.uma, runtime, sent.chat_id).title == "Why is the invoice job slow?"
    chats.change(actors.uma, runtime, sent.chat_id, title="  Invoices  2 ", system_prompt="Be brief.\r\n")
    finish_all()
    send_message(actors.uma, runtime, "And now?", sent.chat_id, sent.turn_id)
    shown = chats.show(actors.uma, runtime, sent.chat_id)
    assert (shown.title, shown.system_prompt) == ("Invoices 2", "Be brief.")


@pytest.mark.parametrize(
    ("title", "prompt", "field"), [(" ", "", "title"), ("x" * 201, "", "title"), ("x", "y" * 64_001, "system_prompt")]
)
def test_what_cannot_be_a_name_or_prompt_is_told_by_field(runtime, actors, model, title, prompt, field):
    sent = send_message(actors.uma, runtime, "Hello")
    with pytest.raises(Invalid) as told:
        chats.change(actors.uma, runtime, sent.chat_id, title=title, system_prompt=prompt)
    assert set(told.value.faults) == {field}


def test_a_deleted_chat_is_gone_while_its_answer_still_arrives(runtime, actors, upstream):
    upstream.script(lambda exchange: (erase(), exchange.close()))
    connect(runtime, actors.ada, upstream.base_url)
    sent = send_message(actors.uma, runtime, "Hello")

    def erase():
        shelves.move(actors.uma, runtime, sent.chat_id, DELETED)
        shelves.clear_away(an_hour_later(runtime))

    erase()
    collect_events(actors.uma, runtime, sent)
    with pytest.raises(NotFound):
        chats.show(actors.uma, runtime, sent.chat_id)
