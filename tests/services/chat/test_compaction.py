"""A long conversation gives way to a summary of its older part: models read that, people read all, and can undo it."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import current_app
from sqlalchemy import event, select

from portal.domain.chats import State
from portal.domain.compaction import Why, put_away, room, tokens_in
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.services.chat import chats, compaction, compaction_states, export, importing
from portal.services.chat.asides import Cancel
from portal.services.chat.events import Ended, MakingRoom
from portal.services.chat.importing import GivenFile
from portal.services.chat.ownership import OwnedChatId
from portal.store import compactions as stored
from portal.store.attempts import AttemptRecord
from portal.store.base import db, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.compactions import CompactionRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.overrides import OverrideRecord
from portal.store.usage import UsageRecord
from tests.chatting import KEY, collect_events, connect, long_chat, send_message
from tests.plans import questions, walks
from tests.upstream import Upstream
from tests.waiting import eventually, finished

SUMMARY = "They want rounding in one place, and tests first."
LIMIT = 1_200
PROSE = " ".join(["sum"] * 120)
"""An answer of 120 tokens, as the provider counts them and by its bytes."""


def is_to_summarise(asked: Any) -> bool:
    return asked.method == "POST" and asked.json["messages"][0]["content"].startswith("You summarise")


def answered(wish: dict[str, Any]) -> str:
    system = wish["messages"][0]["content"]
    return SUMMARY if system.startswith("You summarise") else "A name" if system.startswith("You name") else PROSE


@pytest.fixture
def provider() -> Iterator[Upstream]:
    with Upstream.openai(key=KEY, answer=answered) as up:
        yield up


def limit(model_id: Any, tokens: int = LIMIT, **options: Any) -> None:
    with transaction() as session:
        lock_catalog(session)
        model = session.get_one(LanguageModelRecord, model_id)
        model.context_limit, model.options = tokens, options


@dataclass
class Talk:
    """A chat in which one question follows the other."""

    actors: Any
    runtime: Any
    follows: Any
    sent: list[Any] = field(default_factory=list)

    def ask(self, text: str = "And then?", **more: Any) -> list[Any]:
        chat_id, parent = (self.sent[-1].chat_id, self.sent[-1].turn_id) if self.sent else (None, None)
        sent = send_message(self.actors.uma, self.runtime, text, chat_id, parent, **more)
        self.sent.append(sent)
        events = collect_events(self.actors.uma, self.runtime, sent)
        self.follows()
        return events

    @property
    def chat_id(self) -> Any:
        return self.sent[-1].chat_id

    def show(self) -> Any:
        return chats.show(self.actors.uma, self.runtime, self.chat_id)


@pytest.fixture
def talk(actors, runtime, follows) -> Talk:
    return Talk(actors, runtime, follows)


def read_by(asked: Any) -> list[tuple[str, str]]:
    """What a model was given to read, without the system prompt."""
    return [(line["role"], line["content"]) for line in asked.json["messages"] if line["role"] != "system"]


def made() -> list[CompactionRecord]:
    with reading() as session:
        return list(session.scalars(select(CompactionRecord).order_by(CompactionRecord.made_at)))


def test_the_stricter_of_two_models_counts():
    own, other = room(1_000, {}), room(800, {"compression_threshold": 50})
    assert (own.begins, other.begins) == (700, 400)
    both = own.with_another(800, {"compression_threshold": 50})
    assert (both.limit, both.begins) == (800, 400)
    assert room(1_000, {"compression_threshold": 0}).begins is None
    assert room(1_000, {"compression_threshold": 0}).with_another(500, {}).begins == 350
    assert room(0, {}).begins is None


@pytest.mark.parametrize(
    ("sizes", "kept", "newest", "away"),
    [([100] * 5, 250, 1, 3), ([100] * 5, 0, 1, 4), ([100] * 5, 0, 0, 5), ([900], 10, 1, 0), ([], 10, 0, 0)],
)
def test_the_newest_stay_as_far_as_they_fit(sizes, kept, newest, away):
    exchanges = [stored.Exchange(uuid4(), "x" * 4 * (size - 8), "") for size in sizes]
    assert put_away(exchanges, kept, newest=newest) == away


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("word", 1), ("端数処理", 3), ("слово", 3)])
def test_tokens_are_a_quarter_of_the_bytes(text, tokens):
    assert tokens_in(text) == tokens


def test_a_long_conversation_is_summarised_and_the_next_request_fits(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url, prices={"input": "1", "output": "2"})
    limit(model_id)
    talk.ask("Where is rounding done?", system_prompt="Be brief.")
    while not made():
        before = talk.ask()
        assert isinstance(before[-1], Ended)
        assert len(talk.sent) < 20
    shown = talk.show()
    last = provider.requests[-1]
    assert is_to_summarise(last)
    assert "Where is rounding done?" in last.json["messages"][1]["content"]
    (record,) = made()
    assert (record.state, record.why, record.text) == ("complete", "threshold", SUMMARY)
    assert (record.display_name, record.layer, record.key_source) == ("GPT-5.2", "default", "shared")
    assert record.tokens_after < record.tokens_before
    asked, longest = len(talk.sent), max(read_by(each) for each in provider.requests)
    talk.ask("What now?")
    read = read_by(provider.requests[-1])
    assert SUMMARY in read[0][1]
    assert [role for role, _ in read] == ["user", "assistant"] * (len(read) // 2) + ["user"]
    assert read[-1] == ("user", "What now?")
    assert "Where is rounding done?" not in str(read)
    assert provider.requests[-1].json["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sum(tokens_in(text) for _, text in read) < LIMIT * 0.7
    assert len(read) < len(longest)
    # The page and the file that one takes away have lost nothing.
    shown = talk.show()
    assert len(shown.turns) == asked + 1
    assert [line.text for turn in shown.turns for line in shown.lines(turn.id)] == [SUMMARY]
    taken = export.take(actors.uma, runtime, talk.chat_id, "json", export.Of.SHOWN).text
    assert taken.count(PROSE) == asked + 1
    # Undone, the next request is what it would have been without.
    compaction.undo(actors.uma, runtime, talk.chat_id, record.id)
    talk.ask("And now?")
    read = read_by(provider.requests[-1])
    assert read[0] == ("user", "Where is rounding done?")
    assert len(read) == 2 * (asked + 1) + 1
    assert SUMMARY not in str(read)
    assert len(made()) == 1, "whoever undid it wants the messages read"
    compaction.undo(actors.uma, runtime, talk.chat_id, record.id, again=True)
    talk.ask("Again?")
    assert SUMMARY in read_by(provider.requests[-1])[0][1]


def test_its_usage_is_a_row_of_its_own(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url, prices={"input": "1", "output": "2"})
    limit(model_id)
    while not made():
        talk.ask()
    with reading() as session:
        row = session.scalars(select(UsageRecord).where(UsageRecord.context == "compaction")).one()
    (record,) = made()
    assert (row.state, row.user_id, row.model, row.cost) == ("complete", actors.uma.id, "acme:gpt-5.2", record.cost)
    assert (row.tokens_in, row.tokens_out) == (record.tokens_in, record.tokens_out)


def test_several_in_a_row_build_on_the_last_summary(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    limit(model_id)
    while len(made()) < 2:
        talk.ask()
        assert len(talk.sent) < 30
    first, second = made()
    given = [asked for asked in provider.requests if is_to_summarise(asked)][-1].json["messages"][1]["content"]
    assert given.startswith(f"Summary of what came before:\n\n{SUMMARY}")
    assert second.messages > first.messages
    talk.ask("What now?")
    assert read_by(provider.requests[-1])[0][1].count(SUMMARY) == 1
    shown = talk.show()
    assert shown.summary.id == second.id
    compaction.undo(actors.uma, runtime, talk.chat_id, second.id)
    assert talk.show().summary.id == first.id


def test_a_branch_that_leaves_before_its_last_turn_does_not_read_it(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url)
    for number in range(4):
        talk.ask(f"Question {number}?")
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    (record,) = made()
    assert (record.turn_id, record.messages, record.why) == (talk.sent[2].turn_id, 6, "hand")
    early = send_message(actors.uma, runtime, "Another way?", talk.chat_id, talk.sent[1].turn_id)
    collect_events(actors.uma, runtime, early)
    read = [text for role, text in read_by(provider.requests[-1]) if role == "user"]
    assert read == ["Question 0?", "Question 1?", "Another way?"]
    late = send_message(actors.uma, runtime, "And this?", talk.chat_id, talk.sent[2].turn_id)
    collect_events(actors.uma, runtime, late)
    (first,) = read_by(provider.requests[-1])
    assert SUMMARY in first[1]
    assert first[1].endswith("And this?")
    elsewhere = chats.show(actors.uma, runtime, talk.chat_id, turn_id=early.turn_id)
    assert elsewhere.summary is None


def test_summaries_are_taken_away_and_come_back(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url, prices={"input": "1", "output": "2"})
    for number in range(4):
        talk.ask(f"Question {number}?")
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    talk.ask("What now?")
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    first, second = made()
    compaction.undo(actors.uma, runtime, talk.chat_id, second.id)
    read = export.take(actors.uma, runtime, talk.chat_id, "md", export.Of.SHOWN).text
    assert "## Summary of the 6 messages above, by GPT-5.2, " in read
    assert f"*Models read it in their place.*\n\n{SUMMARY}\n\n## You" in read
    assert f"*Undone: models read the messages themselves.*\n\n{SUMMARY}\n\n## You" in read
    assert read.count(PROSE) == 5
    taken = export.take(actors.uma, runtime, talk.chat_id, "json", export.Of.ALL).text
    (imported,) = importing.bring_in(actors.otto, runtime, [GivenFile("chat.json", io.BytesIO(taken.encode()))])
    again = export.take(actors.otto, runtime, imported.chat_id, "json", export.Of.ALL).text

    def told(text: str) -> list[dict[str, Any]]:
        chat = json.loads(text)
        places = {turn["id"]: place for place, turn in enumerate(chat["turns"])}
        return [row | {"id": None, "turn_id": places[row["turn_id"]]} for row in chat["summaries"]]

    assert told(again) == told(taken)
    assert [row["turn_id"] for row in told(taken)] == [2, 3]
    (line,) = [
        line
        for turn in chats.show(actors.otto, runtime, imported.chat_id).turns[:3]
        for line in chats.show(actors.otto, runtime, imported.chat_id).lines(turn.id)
    ]
    assert (line.text, line.in_effect, line.cost) == (SUMMARY, True, first.cost)
    leaf = chats.show(actors.otto, runtime, imported.chat_id).leaf_id
    sent = send_message(actors.otto, runtime, "And then?", imported.chat_id, leaf)
    collect_events(actors.otto, runtime, sent)
    given = read_by(provider.requests[-1])
    assert SUMMARY in given[0][1], "models read it there, too"
    assert "Question 0?" not in str(given)
    with reading() as session:
        lengths = [
            record.chat_length
            for record in session.scalars(
                select(CompactionRecord)
                .where(CompactionRecord.chat_id == imported.chat_id)
                .order_by(CompactionRecord.made_at)
            )
        ]
    assert lengths == [first.chat_length, second.chat_length]


def test_a_question_that_would_not_fit_waits_for_a_summary(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    for number in range(12):
        talk.ask(f"Question {number}?")
    limit(model_id)
    events = talk.ask("Does it fit?")
    assert any(isinstance(each, MakingRoom) for each in events)
    assert events[-1] == Ended(State.COMPLETE)
    assert is_to_summarise(provider.requests[-2])
    read = read_by(provider.requests[-1])
    assert SUMMARY in read[0][1]
    assert sum(tokens_in(text) for _, text in read) < LIMIT
    assert [record.why for record in made()] == ["room"]


def test_a_question_that_is_refused_as_too_long_is_asked_again_beside_a_summary(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url)
    for number in range(8):
        talk.ask(f"Question {number}?")
    refusal = {"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}
    provider.respond(400, json=refusal, times=1)
    events = talk.ask("Does it fit?")
    assert events[-1] == Ended(State.COMPLETE)
    assert SUMMARY in read_by(provider.requests[-1])[0][1]
    assert len(read_by(provider.requests[-1])) < 8
    assert [record.why for record in made()] == ["room"]


def test_where_no_summary_comes_the_chat_goes_on_and_says_so(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    for number in range(12):
        talk.ask(f"Question {number}?")
    limit(model_id)
    provider.handler.answer = lambda wish: " " if answered(wish) == SUMMARY else answered(wish)
    assert talk.ask("Does it fit?")[-1] == Ended(State.COMPLETE)
    read = read_by(provider.requests[-1])
    assert read[0] == ("user", "Question 0?")
    shown = talk.show()
    (note,) = shown.turns[-1].answer.notes
    assert note == "The older part of this chat could not be summarised, so all of it was sent. GPT-5.2 sent no words."
    (line,) = [line for turn in shown.turns for line in shown.lines(turn.id)]
    assert (line.state, line.hint) == ("failed", "GPT-5.2 sent no words.")
    asked = len(provider.requests)
    talk.ask("And now?")
    assert [is_to_summarise(each) for each in provider.requests[asked:]] == [True, False], "it is tried for room alone"


def test_its_own_model_summarises_and_its_threshold_counts(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url)
    with Upstream.openai(key=KEY, answer=SUMMARY) as other:
        (other_id,) = connect(runtime, actors.ada, other.base_url, "mini", name="small")
        limit(other_id, compression_threshold=50)
        with transaction() as session:
            lock_catalog(session)
            session.add(OverrideRecord(context="compaction", language_model_id=other_id, changed_at=runtime.now()))
        while not made():
            talk.ask()
            assert len(talk.sent) < 20
        assert len(other.requests) == 1
    (record,) = made()
    assert (record.selected_model, record.layer) == ("small:mini", "admin_override")
    assert "compression_threshold" not in other.requests[0].json


def test_at_a_threshold_of_0_it_is_done_by_hand_alone(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    limit(model_id, 3_000, compression_threshold=0)
    for _ in range(8):
        talk.ask()
    assert not made()
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    assert [record.state for record in made()] == ["complete"]


def test_one_is_made_at_a_time_and_what_is_left_behind_is_taken_away(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url)
    for _ in range(3):
        talk.ask()
    asked = iter([provider.go])

    def waits(wish: dict[str, Any]) -> str:
        for first in asked:
            first.wait(60)
        return answered(wish)

    provider.handler.answer = waits
    thread = threading.Thread(target=within(lambda: compaction.by_hand(actors.uma, runtime, talk.chat_id)))
    thread.start()
    eventually(lambda: is_to_summarise(provider.requests[-1]))
    assert compaction_states.is_under_way(runtime, OwnedChatId(talk.chat_id))
    with pytest.raises(Conflict):
        compaction.by_hand(actors.uma, runtime, talk.chat_id)
    with transaction() as session:  # as if its process had gone without a word
        session.scalars(select(CompactionRecord)).one().lease_until = runtime.now() - timedelta(seconds=1)
    assert [line.state for turn in talk.show().turns for line in talk.show().lines(turn.id)] == ["failed"]
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    provider.go.set()
    finished(thread)
    assert [record.state for record in made()] == ["failed", "complete"]


def within(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same in another thread."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def run(*args: Any) -> Any:
        with app.app_context():
            return work(*args)

    return run


def test_a_chat_that_is_deleted_meanwhile_is_gone(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url)
    for _ in range(3):
        talk.ask()
    chat_id = talk.chat_id

    def gone(wish: dict[str, Any]) -> str:
        with transaction() as session:
            session.delete(session.get_one(ChatRecord, chat_id))
        return answered(wish)

    provider.handler.answer = within(gone)
    compaction.compact(actors.uma, runtime, OwnedChatId(chat_id), talk.sent[-1].turn_id, Why.HAND, Cancel())
    assert not made()
    with reading() as session:
        assert session.scalars(select(UsageRecord).where(UsageRecord.context == "compaction")).one()


def test_there_may_be_nothing_to_summarise_and_another_persons_chat_is_not_there(actors, runtime, provider, talk):
    connect(runtime, actors.ada, provider.base_url)
    talk.ask()
    with pytest.raises(Invalid, match="nothing to summarise"):
        compaction.by_hand(actors.uma, runtime, talk.chat_id)
    talk.ask()
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    (record,) = made()
    with pytest.raises(NotFound):
        compaction.by_hand(actors.ada, runtime, talk.chat_id)
    with pytest.raises(NotFound):
        compaction.undo(actors.ada, runtime, talk.chat_id, record.id)
    with pytest.raises(NotFound):
        compaction.undo(actors.uma, runtime, talk.chat_id, uuid4())


def test_what_is_longer_than_the_model_reads_is_summarised_in_parts(actors, runtime, provider, talk):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    for _ in range(6):
        talk.ask("sum " * 400)
    limit(model_id, 2_000, compression_threshold=0)
    asked = len(provider.requests)
    compaction.by_hand(actors.uma, runtime, talk.chat_id)
    parts = provider.requests[asked:]
    assert len(parts) > 1
    assert all(tokens_in(part.json["messages"][1]["content"]) < 2_000 for part in parts)
    (record,) = made()
    with reading() as session:
        rows = session.scalars(select(UsageRecord).where(UsageRecord.context == "compaction")).all()
    assert len(rows) == len(parts)
    assert record.tokens_in == sum(row.tokens_in for row in rows)


def summarised(actors, runtime, turns: int, stays: int) -> tuple[Any, list[Any]]:
    """A chat of so many turns, all but the last few of which a summary stands for."""
    chat_id = long_chat(actors.uma.id, turns)
    with transaction() as session:
        ids = list(session.scalars(select(TurnRecord.id).order_by(TurnRecord.created_at)))
        for table in (TurnRecord, AttemptRecord):
            for record in session.scalars(select(table)):
                record.text = f"{record.text} {'long ' * 400}"
        session.add(
            CompactionRecord(
                chat_id=chat_id,
                turn_id=ids[-stays - 1],
                state="complete",
                why="hand",
                text=SUMMARY,
                messages=2 * (turns - stays),
                made_at=session.get_one(ChatRecord, chat_id).created_at + timedelta(seconds=turns - 1),
                chat_length=turns * 4_000,
            )
        )
    return chat_id, ids


@pytest.mark.parametrize("turns", [30, 1_000])
def test_what_a_summary_stands_for_is_not_read_when_a_question_is_sent(actors, runtime, provider, turns):
    connect(runtime, actors.ada, provider.base_url)
    chat_id, ids = summarised(actors, runtime, turns, 3)
    rows: list[int] = []

    def count(_connection, cursor, statement, _parameters, _context, _many) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")) and "turns" in statement:
            rows.append(max(0, cursor.rowcount))

    event.listen(db.engine, "after_cursor_execute", count)
    try:
        with reading() as session:
            since = stored.since_summary(session, OwnedChatId(chat_id), ids[-1], ["complete"])
        assert len(since.exchanges) == 3
        assert since.summary == SUMMARY
        assert sum(len(each.asked) + len(each.answered) for each in since.exchanges) < 3 * 5_000
    finally:
        event.remove(db.engine, "after_cursor_execute", count)
    assert sum(rows) <= 4
    sent = send_message(actors.uma, runtime, "More?", chat_id, ids[-1])
    with questions() as asked:
        collect_events(actors.uma, runtime, sent)
    assert SUMMARY in read_by(provider.requests[-1])[0][1]
    assert len(read_by(provider.requests[-1])) == 2 * 3 + 1
    assert asked
    found = walks(asked, frozenset({"turns", "attempts", "chats", "compactions", "usage"}))
    assert not found, found
