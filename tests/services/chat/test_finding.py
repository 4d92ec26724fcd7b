"""Searching chats by the words of all that was said in them, listed already or not."""

import pytest
from sqlalchemy import func, select, update

from portal.domain.shelves import ARCHIVED, DELETED
from portal.services.chat import chats, finding, shelves, words
from portal.store import chat_words
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.chat_words import ChatWordsRecord
from portal.store.chats import ChatRecord
from tests.chatting import connect, long_chat, send_message


@pytest.fixture
def said(runtime, actors):
    """Three chats: each question has an answer that is finished."""
    connect(runtime, actors.ada, "http://127.0.0.1:9")
    ids = {}
    for question, answer in (
        ("Ärger mit der Rechnung\nund zwar 100%", "Der Betrag driftet um zwei Cent."),
        ("Something else\nthat mentions a Zebra", "Zebras are striped."),
        ("資料庫太慢", "請加索引"),
    ):
        sent = send_message(actors.uma, runtime, question)
        with transaction() as session:
            session.execute(
                update(AttemptRecord)
                .where(AttemptRecord.id == sent.attempt_id)
                .values(state="complete", text=answer, lease_until=None)
            )
        ids[question.split()[0]] = sent
    return ids


@pytest.fixture(params=["listed", "not listed yet"])
def listed(request, said):
    if request.param == "listed":
        assert words.list_all() == 6
        assert words.list_all() == 0
    return said


def titles(actor, runtime, search):
    return [found.talk.title for found in finding.find(actor, runtime, search).found]


def test_words_are_found_in_questions_and_answers(runtime, actors, listed):
    find = lambda search: titles(actors.uma, runtime, search)  # noqa: E731
    assert find("zebra") == ["Something else"]
    assert find("ÄRGER") == find("arger") == find("100%") == ["Ärger mit der Rechnung"]
    assert find("betrag") == find("drift") == ["Ärger mit der Rechnung"]
    assert find("else zebra") == find("striped something") == ["Something else"]
    assert find("索引") == ["資料庫太慢"]
    assert find("zebra betrag") == find("0_") == find("unheard") == []
    assert find("zw") == ["Ärger mit der Rechnung"]


def test_the_place_is_told_with_its_turn(runtime, actors, listed):
    (found,) = finding.find(actors.uma, runtime, "betr").found
    assert (found.before, found.word, found.after) == ("Der ", "Betrag", " driftet um zwei Cent.")
    assert found.turn_id == listed["Ärger"].turn_id


def test_what_others_said_is_not_found(runtime, actors, listed):
    assert titles(actors.ada, runtime, "zebra") == []
    assert titles(actors.ada, runtime, f"owner{actors.uma.id.hex}") == []


def test_the_archive_is_searched_and_what_was_deleted_is_not(runtime, actors, listed):
    shelves.move(actors.uma, runtime, listed["Something"].chat_id, ARCHIVED)
    (found,) = finding.find(actors.uma, runtime, "zebra").found
    assert found.talk.shelf == ARCHIVED
    shelves.move(actors.uma, runtime, listed["Something"].chat_id, DELETED)
    assert titles(actors.uma, runtime, "zebra") == []


def test_a_new_name_is_found_at_once(runtime, actors, listed):
    chats.rename(actors.uma, runtime, listed["Something"].chat_id, "Striped animals")
    assert titles(actors.uma, runtime, "animals zebra") == ["Striped animals"]


def test_with_a_chat_go_its_words(runtime, actors, said):
    words.list_all()
    with transaction() as session:
        session.delete(session.get(ChatRecord, said["Something"].chat_id))
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(ChatWordsRecord)) == 4
    assert titles(actors.uma, runtime, "zebra") == []


def test_a_search_pages_through_what_it_finds(runtime, actors):
    for _ in range(finding.FOUND_LENGTH + 3):
        long_chat(actors.uma.id, 1)
    words.list_all()
    first = finding.find(actors.uma, runtime, "a0")
    second = finding.find(actors.uma, runtime, "a0", before=first.after)
    ids = {found.talk.id for page in (first, second) for found in page.found}
    assert (len(first.found), len(second.found), len(ids)) == (finding.FOUND_LENGTH, 3, finding.FOUND_LENGTH + 3)
    assert second.after is None


def test_an_answer_that_is_still_written_is_listed_when_it_has_ended(runtime, actors):
    connect(runtime, actors.ada, "http://127.0.0.1:9")
    sent = send_message(actors.uma, runtime, "Hello")
    assert words.list_all() == 1
    with transaction() as session:
        attempt = session.get(AttemptRecord, sent.attempt_id)
        attempt.state, attempt.text = "stopped", "Half an answer"
    assert words.list_all() == 1
    assert titles(actors.uma, runtime, "half") == ["Hello"]


def test_two_workers_list_nothing_twice(runtime, actors, said):
    with reading() as session:
        due = chat_words.unlisted(session, 100)
    words.list_all()
    with transaction() as session:
        for one in due:
            chat_words.list_words(session, one, ["again"])
    assert titles(actors.uma, runtime, "again") == []
