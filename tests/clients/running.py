"""Running a client as its user does: its own program, a base URL, a token, and an empty home."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.clients.conftest import Portal
from tests.processes.portal_process import clean_environment

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE = 240.0
"""Seconds that a client may take on a busy machine; its own patience is what is seen before."""


def environment(portal: Portal, home: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's user. Each client has its own names for the address and the token."""
    told = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "OPENAI_BASE_URL": f"{portal.url}/v1",
        "OPENAI_API_KEY": portal.token,
        "ANTHROPIC_BASE_URL": portal.url,
        "ANTHROPIC_API_KEY": portal.token,
    }
    return clean_environment() | told | more


def run(command: Sequence[str | Path], environ: dict[str, str], cwd: Path) -> str:
    """What it prints. Fails with what it complains of when it ends otherwise than well."""
    environ = environ | {"PWD": str(cwd)}  # as a shell sets it: opencode works there, wherever it really is
    ended = subprocess.run(
        command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 0, f"{ended.returncode}\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"
    return ended.stdout


def python(program: str, portal: Portal, home: Path, *arguments: str, **more: str) -> Any:
    """What one of the programs beside this file tells, with the packages of `requirements/clients.txt`."""
    command = [os.environ["CLIENTS_PYTHON"], PROGRAMS / program, *arguments]
    return json.loads(run(command, environment(portal, home, **more), home))
