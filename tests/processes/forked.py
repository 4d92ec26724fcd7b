"""Processes of the portal, forked from one that has imported it already.

To import the portal takes a slow machine two seconds, and a run starts some hundred and fifty processes. What a process
does from its very beginning is the business of `test_start`, which starts Python.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.processes.preloaded"])


def _become(command: Sequence[str], environ: Mapping[str, str], out: str, complaints: str) -> None:
    """What the fork does: `python …` with these arguments, this environment and these files for what it says."""
    for path, descriptor in ((out, 1), (complaints, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environ)
    sys.path.insert(0, str(ROOT))
    sys.argv = list(command[1:] if command[0] == "-m" else command)
    if command[0] == "-m":
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(command[0], run_name="__main__")


class Forked:
    """As much of `subprocess.Popen` as the tests use. What it says goes to files."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], out: Path, complaints: Path) -> None:
        self.out, self.complaints = out, complaints
        self._process = _context.Process(
            target=_become, args=(tuple(command), dict(environ), str(out), str(complaints))
        )
        self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, or minus the signal that ended it. None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None and self.pid:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it printed and complained of, once it has ended."""
        self.wait(timeout)
        printed, complained = (
            file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
            for file in (self.out, self.complaints)
        )
        return printed, complained
