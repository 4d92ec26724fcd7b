"""What arrived of all answers is kept together, and nobody's answer waits for another one's row."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.domain.chats import LEASE
from portal.services.chat import answering
from portal.services.chat.checkpoints import Checkpoints, Running
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, this_database, transaction
from tests.chatting import connect, send_message
from tests.counting import traffic
from tests.meanwhile import meanwhile

NEVER = 86_400.0
"""Seconds between two checkpoints: the tests make each themselves."""


@pytest.fixture
def kept(app) -> Checkpoints:
    return Checkpoints(this_database(), every=NEVER)


@pytest.fixture
def start(runtime, actors, kept):
    """Begins answers, each in a chat of its own; says how often one was woken."""
    connect(runtime, actors.ada, "http://127.0.0.1:9/v1")
    woken: list[UUID] = []

    def begin(count: int, clock=None) -> list[Running]:
        begun: list[Running] = []
        for number in range(count):
            sent = send_message(actors.uma, runtime, f"Question {number}")
            one = Running(sent, clock or runtime.now, lambda sent=sent: woken.append(sent.attempt_id))
            kept.join(one)
            begun.append(one)
        return begun

    begin.woken = woken
    return begin


def stored() -> dict:
    with reading() as session:
        return {attempt.id: attempt for attempt in session.scalars(select(AttemptRecord))}


def test_all_answers_are_kept_in_one_transaction_however_many_there_are(kept, start):
    costs = []
    for count in (3, 6):
        running = start(count)
        for one in running:
            one.arrived = (f"words of {one.attempt_id}", "thoughts")
        with traffic() as seen:
            kept.keep()
        costs.append((len(seen.statements), seen.transactions))
        for one in running:
            attempt = stored()[one.attempt_id]
            assert (attempt.text, attempt.thinking) == (f"words of {one.attempt_id}", "thoughts")
    assert costs[0] == costs[1] == (2, 1)


def test_silence_costs_one_query_for_all_until_a_lease_is_to_be_renewed(kept, start, runtime):
    ahead = [timedelta()]
    running = start(3, lambda: runtime.now() + ahead[0])
    running[0].arrived = ("a word", "")
    kept.keep()
    with traffic() as seen:
        kept.keep()
    assert (len(seen.statements), seen.reads, seen.writes) == (1, 1, 0)
    before = stored()
    ahead[0] = LEASE / 2
    with traffic() as seen:
        kept.keep()
    assert (len(seen.statements), seen.writes) == (2, 1)
    after = stored()
    assert all(after[one.attempt_id].lease_until > before[one.attempt_id].lease_until for one in running)
    assert after[running[0].attempt_id].text == "a word"


def test_each_learns_that_somebody_asked_it_to_stop_or_took_it_away(kept, start, runtime, actors):
    stopped, taken, goes_on = running = start(3)
    answering.stop(actors.uma, runtime, stored()[stopped.attempt_id].chat_id, stopped.attempt_id)
    with transaction() as session:
        session.get_one(AttemptRecord, taken.attempt_id).state = "incomplete"
    for one in running:
        one.arrived = ("words", "")
    kept.keep()
    assert (stopped.stop_asked, stopped.taken_away) == (True, False)
    assert (taken.stop_asked, taken.taken_away) == (False, True)
    assert not goes_on.is_over
    assert sorted(start.woken) == sorted([stopped.attempt_id, taken.attempt_id])
    assert [stored()[one.attempt_id].text for one in running] == ["words", "", "words"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_that_somebody_holds_keeps_no_other_answer_waiting(kept, start):
    held, free = start(2)
    held.arrived = free.arrived = ("words", "")
    with transaction() as session:
        session.get_one(AttemptRecord, held.attempt_id, with_for_update=True)
        meanwhile(kept.keep)
        assert meanwhile(stored)[free.attempt_id].text == "words"
        assert not held.is_over
    assert stored()[held.attempt_id].text == ""
    kept.keep()
    assert stored()[held.attempt_id].text == "words"


def test_who_left_is_not_looked_for(kept, start):
    for one in start(2):
        kept.leave(one)
    with traffic() as seen:
        kept.keep()
    assert seen.statements == []
