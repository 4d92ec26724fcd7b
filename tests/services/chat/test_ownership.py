"""What is done in a chat stays in it, whatever id of a turn or an attempt comes along."""

import pytest

from portal.domain.errors import NotFound
from portal.services.chat import ownership
from portal.store import attempts, chats
from portal.store.base import reading, transaction
from tests.chatting import connect, send_message


@pytest.fixture
def model(runtime, actors):
    return connect(runtime, actors.ada, "http://127.0.0.1:9", key="sk-x")[0]


def test_a_chat_is_found_for_its_owner_alone(runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Hello")
    with reading() as session:
        chat, owned = ownership.find(session, actors.uma, sent.chat_id)
        assert chat.id == owned == sent.chat_id
        for stranger in (actors.ada, actors.otto, actors.eve):
            with pytest.raises(NotFound):
                ownership.find(session, stranger, sent.chat_id)


def test_an_own_chat_opens_no_turn_or_attempt_of_another(runtime, actors, model):
    mine, other = send_message(actors.uma, runtime, "Hello"), send_message(actors.otto, runtime, "Hello, too")
    with transaction() as session:
        _, owned = ownership.find(session, actors.uma, mine.chat_id)
        assert [turn.id for turn in chats.path_to(session, owned, mine.turn_id)] == [mine.turn_id]
        assert chats.path_to(session, owned, other.turn_id) == []
        assert chats.turn_of(session, owned, other.turn_id) is None
        assert attempts.attempt_of(session, owned, other.attempt_id) is None
        assert attempts.attempts_at(session, owned, [other.turn_id]) == {}
        attempts.ask_to_stop(session, owned, other.attempt_id)
        written, _ = attempts.finish(session, owned, other.attempt_id, "mine now", state="complete")
        assert not written
    with reading() as session:
        assert attempts.running_among(session, [other.attempt_id]) == {other.attempt_id: False}
