"""`flask …` in a process of its own, as an operator runs it."""

from pathlib import Path
from uuid import uuid4

from flask import Flask

from tests.processes.forked import Forked
from tests.processes.portal_process import clean_environment
from tests.waiting import PATIENCE


def start(data_dir: Path, *command: str, **environ: str) -> Forked:
    said = data_dir.parent / f"{data_dir.name}-{uuid4().hex}"
    return Forked(
        ["-m", "flask", "--app", "app", *command],
        clean_environment(PORTAL_DATA_DIR=str(data_dir), **environ),
        said.with_suffix(".out"),
        said.with_suffix(".err"),
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
