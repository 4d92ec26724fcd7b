"""Lines of the log on a real pipe, from threads and processes that write at once: each is one object."""

import json
import os
import threading
from pathlib import Path

import pytest

from tests.processes.forked import Forked
from tests.processes.portal_process import clean_environment

THREADS, LINES = 8, 50

TALK = """
import logging, sys, threading
import structlog
from portal import logs

process, pad = sys.argv[1], int(sys.argv[2])
logs.configure("json")

def talk(thread):
    for number in range({lines}):
        structlog.get_logger().info("ours", said=f"{{process}} {{thread}} {{number}}", pad="ä" * (number * pad))
        logging.getLogger("library").warning("%s %s %s", process, thread, number)

threads = [threading.Thread(target=talk, args=(thread,)) for thread in range({threads})]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
try:
    raise RuntimeError("broken")
except RuntimeError:
    logging.getLogger("library").exception("caught")
"""


@pytest.mark.parametrize(
    ("processes", "pad"),
    [(2, 1), (1, 200)],  # what processes share is a pipe, which keeps 4,096 bytes whole; threads share a lock as well
    ids=["two processes", "long lines"],
)
def test_every_line_is_one_object_however_many_write_at_once(tmp_path: Path, processes: int, pad: int):
    script, pipe = tmp_path / "talk.py", tmp_path / "pipe"
    script.write_text(TALK.format(threads=THREADS, lines=LINES), encoding="utf-8")
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR)  # so that the pipe does not end before the last of them has opened it
    talking = [
        Forked([str(script), str(process), str(pad)], clean_environment(), pipe, pipe) for process in range(processes)
    ]

    def let_go() -> None:
        for process in talking:
            process.wait()
        os.close(held)

    waiting = threading.Thread(target=let_go)
    with pipe.open("rb") as reading:
        waiting.start()
        written = reading.read()
    waiting.join()
    said = [json.loads(line) for line in written.splitlines()]
    expected = {
        f"{process} {thread} {number}"
        for process in range(processes)
        for thread in range(THREADS)
        for number in range(LINES)
    }
    assert {line["said"] for line in said if line["event"] == "ours"} == expected
    assert {line["event"] for line in said if line.get("logger") == "library" and "exception" not in line} == expected
    caught = [line for line in said if line["event"] == "caught"]
    assert len(caught) == processes
    assert all("RuntimeError: broken" in line["exception"] and line["level"] == "error" for line in caught)
    assert len(said) == (2 * THREADS * LINES + 1) * processes
