"""Subagents in a chat: a run has its own selection, reads the conversation, and is told of as such afterwards."""

import io
import json

import pytest
from sqlalchemy import select

from portal.domain.chats import LEASE, State
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.subagents import SUBAGENTS
from portal.services.chat import answering, chats, export, importing, sending, sharing
from portal.services.chat.events import Ended
from portal.services.chat.export import Of
from portal.services.chat.importing import GivenFile
from portal.services.explain.explaining import explain
from portal.services.explain.questions import Question
from portal.services.overrides import gates
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.chats import ChatRecord
from portal.store.usage import UsageRecord
from tests.chatting import KEY, answer_in_thread, collect_events, connect, send_message, text_of
from tests.services.explain.setting import as_signed_in, pin
from tests.upstream import Upstream
from tests.waiting import eventually, finished

FOUND = "Three places round, and they disagree."


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=FOUND) as up:
        yield up


@pytest.fixture
def models(runtime, actors, provider):
    """The chat's model and one that reads ahead; Explore is pinned to the second."""
    found = connect(runtime, actors.ada, provider.base_url, "large", "small", prices={"input": "1", "output": "2"})
    pin(runtime, "explore", found[1])
    return found


def heard(provider):
    return json.loads(provider.requests[-1].body)


def ask(actors, runtime, text, after=None, **more):
    sent = send_message(actors.uma, runtime, text, *((after.chat_id, after.turn_id) if after else ()), **more)
    collect_events(actors.uma, runtime, sent)
    return sent


def attempt(sent):
    with reading() as session:
        return session.get(AttemptRecord, sent.attempt_id)


def test_a_run_reads_the_conversation_and_is_answered_by_the_model_of_its_context(runtime, actors, models, provider):
    first = ask(actors, runtime, "We sell in Spain.", system_prompt="Be brief.", language_model_id=models[0])
    run = ask(actors, runtime, "/explore /general where is rounding done?", first)
    told = heard(provider)
    assert told["model"] == "small"
    assert [line["content"] for line in told["messages"]] == [
        "Be brief.",
        "We sell in Spain.",
        FOUND,
        f"{SUBAGENTS['explore'].told}\n\n/general where is rounding done?",
    ]
    kept = attempt(run)
    assert (kept.context, kept.layer, kept.selected_model) == ("explore", "admin_override", "acme:small")
    assert (kept.state, kept.text, kept.key_source) == ("complete", FOUND, "shared")
    assert kept.tokens_in
    assert kept.cost
    with reading() as session:
        used = session.get(UsageRecord, run.attempt_id)
        chat = session.get(ChatRecord, run.chat_id)
    assert (used.context, used.model, used.layer) == ("explore", "acme:small", "admin_override")
    assert chat.language_model_id == models[0], "a run leaves the chat set to what it is set to"


def test_without_an_override_it_is_the_model_of_the_chat(runtime, actors, models):
    first = ask(actors, runtime, "Hello", language_model_id=models[1])
    kept = attempt(ask(actors, runtime, "/general draft it", first))
    assert (kept.context, kept.layer, kept.selected_model) == ("general", "chat_model", "acme:small")


def test_the_explanation_is_of_the_layers_that_decided(runtime, actors, models):
    pin(runtime, "explore", models[0], actors.uma.id)
    run = ask(actors, runtime, "/explore find it", language_model_id=models[1])
    told = explain(as_signed_in(actors.uma), runtime, None, Question("explore", chat_id=run.chat_id))
    assert [(step.layer, step.outcome) for step in told.trail] == [
        (step["layer"], step["outcome"]) for step in attempt(run).trail
    ]
    assert attempt(run).layer == "personal_override"
    gates.turn(actors.ada, runtime, "personal_overrides", on=False)
    again = sending.send_again(actors.uma, runtime, run.chat_id, run.turn_id)
    assert attempt(again).layer == "admin_override"


def test_later_questions_read_what_was_found_as_the_subagents(runtime, actors, models, provider):
    run = ask(actors, runtime, "/explore find it")
    ask(actors, runtime, "And now?", run)
    (line,) = heard(provider)["messages"]
    assert line["role"] == "user"
    assert line["content"].startswith("I sent the subagent Explore to find out: find it")
    assert f"<subagent>\n{FOUND}\n</subagent>" in line["content"]
    assert line["content"].endswith("\n\nAnd now?")
    assert SUBAGENTS["explore"].told not in line["content"]


def test_asked_again_edited_or_of_another_model_it_stays_a_run(runtime, actors, models):
    run = ask(actors, runtime, "/explore find it")
    again = sending.send_again(actors.uma, runtime, run.chat_id, run.turn_id, models[0], beside=True)
    collect_events(actors.uma, runtime, again)
    assert (attempt(again).context, attempt(again).layer) == ("explore", "explicit")
    edited = send_message(actors.uma, runtime, "/general find it", run.chat_id)
    collect_events(actors.uma, runtime, edited)
    assert attempt(edited).context == "general"
    plain = send_message(actors.uma, runtime, "find it", run.chat_id)
    assert attempt(plain).context == "root"


def test_a_command_with_nothing_behind_it_stores_nothing(runtime, actors, models):
    with pytest.raises(Invalid) as refused:
        send_message(actors.uma, runtime, "/explore ")
    assert refused.value.faults == {"text": SUBAGENTS["explore"].lacks}
    with reading() as session:
        assert session.scalars(select(ChatRecord)).all() == []


def test_stop_ends_a_run_and_keeps_what_arrived(app, runtime, actors):
    with Upstream.openai(key=KEY, answer=FOUND, pause_after=3) as slow:
        connect(runtime, actors.ada, slow.base_url)
        sent = send_message(actors.uma, runtime, "/explore find it")
        thread, events = answer_in_thread(app, actors.uma, runtime, sent)
        eventually(lambda: text_of(events))
        with pytest.raises(Conflict):  # one at a time, whoever answers
            send_message(actors.uma, runtime, "/general too", sent.chat_id, sent.turn_id)
        with pytest.raises(NotFound):
            answering.stop(actors.ada, runtime, sent.chat_id, sent.attempt_id)
        answering.stop(actors.uma, runtime, sent.chat_id, sent.attempt_id)
        finished(thread)
        assert events[-1] == Ended(State.STOPPED)
        assert slow.wait_until(lambda: slow.left == 1), "the request was not cancelled"
        assert len(slow.requests) == 1, "nobody else is asked for it"
    assert (attempt(sent).state, attempt(sent).text) == ("stopped", "Three places round,")


def test_a_run_whose_process_died_reads_as_incomplete_and_is_asked_again(runtime, actors, models, provider):
    run = send_message(actors.uma, runtime, "/explore find it")
    with transaction() as session:
        kept = session.get(AttemptRecord, run.attempt_id)
        kept.text, kept.lease_until = "Half", kept.lease_until - LEASE
    assert chats.show(actors.uma, runtime, run.chat_id).turns[0].answer.state is State.INCOMPLETE
    ask(actors, runtime, "And now?", run)
    assert "<subagent>\nHalf\n</subagent>" in heard(provider)["messages"][0]["content"]


def test_a_provider_that_fails_leaves_a_fallback_that_nobody_reads_later(runtime, actors, models, provider, upstream):
    broken = connect(runtime, actors.ada, upstream.base_url, "broken", name="other")
    upstream.respond(500, json={"error": {"message": "down"}})
    run = ask(actors, runtime, "/general draft", language_model_id=broken[0])
    assert attempt(run).state == "fallback"
    ask(actors, runtime, "And now?", run, language_model_id=models[0])
    assert heard(provider)["messages"][0]["content"] == (
        "I gave the subagent General this to do: draft\n\nIt gave no answer.\n\nAnd now?"
    )


def test_a_run_is_exported_imported_and_shared_as_one(runtime, actors, models):
    run = ask(actors, runtime, "/explore find it")
    assert "## Explore: SMALL (acme:small)" in export.take(actors.uma, runtime, run.chat_id, "md", Of.SHOWN).text
    taken = export.take(actors.uma, runtime, run.chat_id, "json", Of.ALL).text
    assert json.loads(taken)["turns"][0]["attempts"][0]["context"] == "explore"
    (imported,) = importing.bring_in(actors.otto, runtime, [GivenFile("chat.json", io.BytesIO(taken.encode()))])
    turn = chats.show(actors.otto, runtime, imported.chat_id).turns[0]
    assert (turn.run.subagent.name, turn.run.question, turn.answer.context) == ("explore", "find it", "explore")
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)
    share_id, _ = sharing.give(actors.uma, runtime, run.chat_id, "otto@example.org")
    assert sharing.read(actors.otto, runtime, share_id).chat.turns[0].run.subagent.name == "explore"
