"""`flask …` in a process of its own, as an operator runs it."""

import subprocess
import sys
from pathlib import Path

from tests.processes.portal_process import ROOT, clean_environment
from tests.waiting import PATIENCE


def start(data_dir: Path, *command: str, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", *command],
        cwd=ROOT,
        env=clean_environment(PORTAL_DATA_DIR=str(data_dir), **environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(data_dir: Path, *command: str, **environ: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was complained of."""
    process = start(data_dir, *command, **environ)
    printed, complained = process.communicate(timeout=PATIENCE)
    return process.returncode, printed, complained
