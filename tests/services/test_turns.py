"""Waiting in turn: first come, first served, for as long as one says, and no place is ever lost."""

import threading

import pytest

from portal.store.turns import Turns
from tests.waiting import eventually, finished


def waiting(turns: Turns) -> int:
    return len(turns._waiting)


def queue_up(turns: Turns, names: str, served: list[str]) -> list[threading.Thread]:
    """One thread for each name, each of them waiting before the next comes."""
    threads = []
    for name in names:

        def serve(name: str = name) -> None:
            if turns.take(60):
                served.append(name)
                turns.give_back()

        before = waiting(turns)
        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        eventually(lambda before=before: waiting(turns) > before)
    return threads


def test_who_came_first_is_served_first():
    turns, served = Turns(1), []
    assert turns.take(0)
    threads = queue_up(turns, "abcdef", served)
    turns.give_back()
    for thread in threads:
        finished(thread)
    assert served == list("abcdef")


def test_who_comes_while_others_wait_does_not_go_before_them():
    turns, served = Turns(2), []
    assert turns.take(0)
    assert turns.take(0)
    threads = queue_up(turns, "a", served)
    assert not turns.take(0)
    turns.give_back()
    finished(threads[0])
    assert served == ["a"]


def test_who_waits_in_vain_leaves_the_queue_as_it_was():
    turns, served = Turns(1), []
    assert turns.take(0)
    assert not turns.take(0.01)
    threads = queue_up(turns, "a", served)
    turns.give_back()
    finished(threads[0])
    assert turns.take(0), "the place is free again"


def test_fewer_places_wait_for_those_that_are_held():
    turns, served = Turns(3), []
    assert [turns.take(0) for _ in range(3)] == [True] * 3
    turns.limit(1)
    threads = queue_up(turns, "a", served)
    turns.give_back()
    turns.give_back()
    assert waiting(turns) == 1
    turns.give_back()
    finished(threads[0])
    assert turns.take(0)
    assert not turns.take(0)


def test_an_interrupted_wait_takes_no_place_with_it(monkeypatch):
    class Interrupted:
        """A lock of which the wait is broken off, once its turn has come."""

        def __init__(self) -> None:
            self.taken = False

        def acquire(self, timeout: float = -1) -> bool:
            if self.taken:
                turns.give_back()
                raise KeyboardInterrupt
            self.taken = True
            return True

        def release(self) -> None:
            pass

    turns = Turns(1)
    assert turns.take(0)
    with monkeypatch.context() as patch:
        patch.setattr("portal.store.turns.threading.Lock", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            turns.take(1)
    assert turns.take(0)
