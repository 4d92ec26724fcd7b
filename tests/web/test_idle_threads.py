"""Of the server's threads the one that was idle shortest works next, and all of them work when all are needed."""

import gc
import threading

from portal import serving
from tests.waiting import PATIENCE


class Task:
    """Says which thread took it, and keeps that until it may go."""

    def __init__(self, go: threading.Event) -> None:
        self._go = go
        self.taken = threading.Event()
        self.by = ""

    def service(self) -> None:
        self.by = threading.current_thread().name
        self.taken.set()
        self._go.wait(PATIENCE)

    def cancel(self) -> None:
        self._go.set()


def test_all_threads_work_at_once_and_all_end():
    made, go = serving.dispatcher(8), threading.Event()
    tasks = [Task(go) for _ in range(8)]
    for task in tasks:
        made.add_task(task)
    assert all(task.taken.wait(PATIENCE) for task in tasks)
    assert len({task.by for task in tasks}) == 8
    go.set()
    made.shutdown(timeout=PATIENCE)
    assert not made.threads


def test_the_newest_who_waits_is_woken():
    lock = threading.Lock()
    waiting, woken, told = serving.NewestFirst(lock), [], threading.Semaphore(0)

    def wait(name: str) -> None:
        with lock:
            told.release()
            waiting.wait()
            woken.append(name)
        told.release()

    threads = []
    for name in ("first", "second"):
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        assert told.acquire(timeout=PATIENCE)
        with lock:  # whoever has it now knows that the other one waits
            pass
    for _ in range(2):
        with lock:
            waiting.notify()
        assert told.acquire(timeout=PATIENCE)
    assert woken == ["second", "first"]


def test_what_a_server_has_loaded_is_not_searched_for_unused_cycles_again_and_again():
    before = gc.get_threshold()
    try:
        serving.settle_memory()
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold() == serving.GARBAGE
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
