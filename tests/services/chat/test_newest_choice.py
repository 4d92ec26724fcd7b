"""What was changed a moment ago counts for the next question, though no process was told of it."""

import pytest
from sqlalchemy import func, select

from portal.services.chat.attempts import SwitchedOff
from portal.store import settings
from portal.store.base import reading, transaction
from portal.store.catalog import GATE_SETTINGS, lock_catalog
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.language_models import LanguageModelRecord
from tests.chatting import connect, send_message
from tests.counting import traffic


@pytest.fixture
def models(runtime, actors):
    return connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2", "gpt-5.2-mini")


def turn_off(model_id) -> None:
    """As another process does it: only the database knows."""
    with transaction() as session:
        lock_catalog(session)
        session.get_one(LanguageModelRecord, model_id).enabled = False


def chosen(sent) -> str:
    return sent.begun.selection.name if sent.begun else ""


def test_a_model_that_was_turned_off_answers_nobody(runtime, actors, models):
    assert chosen(send_message(actors.uma, runtime, "One?")) == "gpt-5.2"
    turn_off(models[0])
    assert chosen(send_message(actors.uma, runtime, "Two?")) == "gpt-5.2-mini"
    turn_off(models[1])
    assert not send_message(actors.uma, runtime, "Three?").fresh


def test_a_model_that_was_published_a_moment_ago_may_be_named(runtime, actors, models):
    send_message(actors.uma, runtime, "One?")
    (new,) = connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "new-model", name="other")
    assert chosen(send_message(actors.uma, runtime, "Two?", language_model_id=new)) == "new-model"
    connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "newer-model", name="another")
    assert chosen(send_message(actors.uma, runtime, "Three?", model_name="another:newer-model")) == "newer-model"


def test_a_change_costs_one_more_try_and_then_nothing(runtime, actors, models):
    send_message(actors.uma, runtime, "One?")
    with traffic() as usual:
        send_message(actors.uma, runtime, "Two?")
    turn_off(models[0])
    with traffic() as after:
        send_message(actors.uma, runtime, "Three?")
    with traffic() as again:
        send_message(actors.uma, runtime, "Four?")
    assert (usual.reads, usual.writes) == (again.reads, again.writes) == (0, 1)
    assert after.writes == 2
    assert len(usual.statements) == len(again.statements) < len(after.statements)


def test_while_ai_is_off_nothing_is_kept(runtime, actors, models):
    send_message(actors.uma, runtime, "One?")
    with transaction() as session:
        lock_catalog(session)
        settings.put(session, GATE_SETTINGS["ai"], False, runtime.now())
    with pytest.raises(SwitchedOff):
        send_message(actors.uma, runtime, "Two?")
    with reading() as session:
        assert list(session.scalars(select(TurnRecord.text))) == ["One?"]
        assert session.scalar(select(func.count()).select_from(ChatRecord)) == 1
