"""Questions take turns until they wait for somebody else."""

import threading

from portal.services.chat import beginning
from tests.waiting import eventually, finished


def test_so_many_at_once_and_the_next_one_as_soon_as_one_of_them_waits_for_its_provider():
    go, begun = threading.Event(), []

    def question() -> None:
        beginning.begin()
        beginning.begin()  # one turn is enough
        begun.append(threading.current_thread())
        go.wait()
        beginning.over()
        beginning.over()

    threads = [threading.Thread(target=question) for _ in range(beginning.AT_ONCE)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(begun) == beginning.AT_ONCE)
    last = threading.Thread(target=question)
    last.start()
    last.join(0.2)
    assert last not in begun
    go.set()
    for thread in (*threads, last):
        finished(thread)
    assert last in begun


def test_behind_those_that_do_not_go_on_nobody_waits_for_good(monkeypatch):
    monkeypatch.setattr(beginning, "PATIENCE", 0.01)
    go = threading.Event()

    def question() -> None:
        beginning.begin()
        go.wait()
        beginning.over()

    threads = [threading.Thread(target=question) for _ in range(beginning.AT_ONCE + 2)]
    for thread in threads:
        thread.start()
    beginning.begin()
    beginning.over()
    go.set()
    for thread in threads:
        finished(thread)
    assert [beginning._turns.acquire(blocking=False) for _ in range(beginning.AT_ONCE + 1)] == [True] * 4 + [False]
    for _ in range(beginning.AT_ONCE):
        beginning._turns.release()
