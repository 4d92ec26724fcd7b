"""A chat is named by a model after its first exchange; else by its first words, and never against a person."""

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.domain.allowances import Kind
from portal.domain.chats import TITLE_LIMIT, title_of
from portal.services.chat import chats, errands
from portal.services.selection import choosing
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import ChatRecord
from portal.store.overrides import OverrideRecord
from portal.store.usage import UsageRecord
from tests.allowing import allow
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream
from tests.waiting import eventually

ASKED = "Wo wird der Rechnungsbetrag gerundet, und wie oft?"
FIRST_WORDS = "Wo wird der Rechnungsbetrag gerundet, und wie oft?"


def is_for_a_name(wish) -> bool:
    return wish["messages"][0]["content"].startswith("You name conversations")


@pytest.fixture
def provider():
    """It names a chat when it is asked to, and else answers."""
    with Upstream.openai(
        key=KEY, answer=lambda wish: "„Rundung“." if is_for_a_name(wish) else "An drei Stellen."
    ) as up:
        yield up


def chat_of(sent) -> ChatRecord:
    with reading() as session:
        return session.get_one(ChatRecord, sent.chat_id)


def ask(actors, runtime, follows, text=ASKED):
    sent = send_message(actors.uma, runtime, text)
    ended = collect_events(actors.uma, runtime, sent)[-1]
    follows()
    return sent, ended


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Rounding in the billing service", "Rounding in the billing service"),
        ("  \n**Title: “Rounding, three times”.**\nBecause …", "Rounding, three times"),
        ("<think>They speak German.\nA name…</think>\nRundung", "Rundung"),
        ("<think>it never ends", ""),
        ("```\n# C# or F#?\n```", "C# or F#?"),
        ("「端数処理」", "端数処理"),
        ("העיגול בחשבוניות", "העיגול בחשבוניות"),
        ('"""', ""),
        ("", ""),
        ("a\x00b\x1b[31m\u202ec", "ab[31mc"),
        ("word " * 100, f"{'word ' * 38}word…"),
        ("x" * 300, f"{'x' * 199}…"),
    ],
)
def test_the_name_in_what_a_model_says(answer, title):
    found = title_of(answer)
    assert found == title
    assert len(found) <= TITLE_LIMIT


def test_a_chat_is_named_after_its_first_exchange(runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url, prices={"input": "1", "output": "2"})
    sent, ended = ask(actors, runtime, follows)
    assert ended.follows
    chat = chat_of(sent)
    assert (chat.title, chat.titled_by) == ("Rundung", "model")
    named = provider.requests[-1].json
    assert ASKED in named["messages"][1]["content"]
    assert "An drei Stellen." in named["messages"][1]["content"]
    with reading() as session:
        row = session.scalars(select(UsageRecord).where(UsageRecord.context == "title_generation")).one()
    assert (row.user_id, row.model, row.state, row.status) == (actors.uma.id, "acme:gpt-5.2", "complete", 200)
    assert (row.api, row.client, row.layer, row.key_source) == ("chat", "portal", "default", "shared")
    assert row.tokens_in > 0
    assert row.cost > 0
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Und?", sent.chat_id, sent.turn_id))
    follows()
    assert sum(is_for_a_name(asked.json) for asked in provider.requests) == 1


def test_a_name_counts_for_its_provider_alone_and_one_beyond_the_limit_is_not_asked_for(
    runtime, actors, provider, follows
):
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    provider_id = choosing.current_catalog(runtime).models[model_id].provider_id
    allow(runtime, Kind.PROVIDER, provider_id, per_day=3)
    allow(runtime, Kind.USER, actors.uma.id, per_day=2)
    sent, _ = ask(actors, runtime, follows)
    assert chat_of(sent).titled_by == "model"
    with capture_logs() as said:
        unnamed, ended = ask(actors, runtime, follows)
    assert ended.follows
    assert chat_of(unnamed).titled_by == "words"
    (line,) = [line for line in said if line["event"] == "title_from_first_words"]
    assert line["reason"] == "daily_limit_reached"
    assert [is_for_a_name(asked.json) for asked in provider.requests] == [False, True, False]


def test_what_names_a_chat_that_begins_with_a_run_is_what_was_asked(runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url)
    provider.handler.answer = lambda wish: " " if is_for_a_name(wish) else "Three."
    sent, _ = ask(actors, runtime, follows, "/explore where money is rounded")
    asked = provider.requests[-1].json["messages"][1]["content"]
    assert asked.startswith("Person: where money is rounded\n\nAssistant: Three.")
    assert chat_of(sent).title == "where money is rounded"


def test_the_model_that_is_pinned_for_titles_names_it(runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url)
    with Upstream.openai(key=KEY, answer="From the small one") as small:
        (small_id,) = connect(runtime, actors.ada, small.base_url, "mini", name="small")
        with transaction() as session:
            lock_catalog(session)
            session.add(
                OverrideRecord(context="title_generation", language_model_id=small_id, changed_at=runtime.now())
            )
        sent, _ = ask(actors, runtime, follows)
        assert len(small.requests) == 1
    assert chat_of(sent).title == "From the small one"


def test_a_name_that_a_person_gave_meanwhile_stays(runtime, actors, follows):
    with Upstream.openai(key=KEY) as up:
        up.handler.answer = lambda wish: up.go.wait(60) and "The model's" if is_for_a_name(wish) else "Yes."
        connect(runtime, actors.ada, up.base_url)
        sent = send_message(actors.uma, runtime, ASKED)
        collect_events(actors.uma, runtime, sent)
        eventually(lambda: len(up.requests) == 2)
        chats.change(actors.uma, runtime, sent.chat_id, title="Mine", system_prompt="")
        up.go.set()
        follows()
    chat = chat_of(sent)
    assert (chat.title, chat.titled_by) == ("Mine", "person")


@pytest.mark.parametrize("what", ["broken", "empty", "full", "refused"])
def test_where_no_name_comes_the_first_words_stand_and_the_log_says_why(
    runtime, actors, provider, follows, monkeypatch, what
):
    connect(runtime, actors.ada, provider.base_url)
    reason = {"broken": "server", "empty": "no_words", "full": "too_much_waits", "refused": "auth"}[what]
    if what == "full":
        monkeypatch.setattr(errands, "ROOM", 0)
    elif what == "empty":
        provider.handler.answer = lambda wish: " " if is_for_a_name(wish) else "Yes."
    sent = send_message(actors.uma, runtime, ASKED)
    if what in ("broken", "refused"):
        provider.respond(500 if what == "broken" else 401, json={"error": {"message": f"no, {KEY}"}})
        provider.script(provider.handler, times=1)
    with capture_logs() as logs:
        collect_events(actors.uma, runtime, sent)
        follows()
    chat = chat_of(sent)
    assert (chat.title, chat.titled_by) == (FIRST_WORDS, "words")
    (told,) = [each for each in logs if each["event"] == "title_from_first_words"]
    assert (told["reason"], told["chat"], told["user"]) == (reason, str(sent.chat_id), str(actors.uma.id))
    assert KEY not in str(logs)
    shown = chats.show(actors.uma, runtime, sent.chat_id)
    assert shown.turns[0].answer.state == "complete"


def test_an_answer_that_is_none_names_nothing(runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url)
    provider.respond(500, json={"error": {"message": "boom"}}, times=1)
    sent, ended = ask(actors, runtime, follows)
    assert not ended.follows
    assert chat_of(sent).title == FIRST_WORDS
    assert not any(is_for_a_name(asked.json) for asked in provider.requests if asked.method == "POST")


def test_what_is_given_up_with_the_process_is_cancelled_and_counted(runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url)
    provider.handler.answer = lambda wish: provider.go.wait(60) and "Late" if is_for_a_name(wish) else "Yes."
    sent = send_message(actors.uma, runtime, ASKED)
    collect_events(actors.uma, runtime, sent)
    eventually(lambda: len(provider.requests) == 2)
    errands.here().give_up(60)
    provider.go.set()
    assert chat_of(sent).title == FIRST_WORDS
    with reading() as session:
        states = {row.context: row.state for row in session.scalars(select(UsageRecord))}
    assert states == {"root": "complete", "title_generation": "left"}
    assert not errands.here().take(print)
