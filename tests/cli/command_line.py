"""`flask …` in a process of its own, as an operator runs it."""

import subprocess
import sys
from pathlib import Path

from flask import Flask

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


def run_here(app: Flask, *command: str) -> tuple[int, str, str]:
    """The same in this process, which need not start first: where what counts is the command and not its start."""
    result = app.test_cli_runner().invoke(args=command)
    return result.exit_code, result.stdout, result.stderr


def run(data_dir: Path, *command: str, **environ: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was complained of."""
    process = start(data_dir, *command, **environ)
    printed, complained = process.communicate(timeout=PATIENCE)
    return process.returncode, printed, complained
