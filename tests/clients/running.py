"""Running a client as its user does: its own program, a base URL, a token, and an empty home."""

import json
import os
import shutil
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
        "LLM_USER_PATH": str(home),
    }
    return clean_environment() | told | more


def bare(home: Path) -> dict[str, str]:
    """An empty home, all clients on the path, and no word of a portal. What is not on this machine is out of reach."""
    kept = {name: value for name, value in clean_environment().items() if not name.startswith(("XDG_", "OPENAI_"))}
    folders = [Path(os.environ["CLIENTS_NODE"], "node_modules", ".bin")]
    folders += [Path(os.environ[name]).parent for name in ("CLIENTS_PYTHON", "CLIENTS_AIDER")]
    told = {
        "HOME": str(home),
        "PATH": ":".join(map(str, [*folders, os.environ["PATH"]])),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
    }
    return kept | told


def ended(command: Sequence[str | Path], environ: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """The client when it has ended, however it did."""
    environ = environ | {"PWD": str(cwd)}  # as a shell sets it: opencode works there, wherever it really is
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": PATIENCE}
    return subprocess.run(command, cwd=cwd, env=environ, **options)


def run(command: Sequence[str | Path], environ: dict[str, str], cwd: Path) -> str:
    """What it prints. Fails with what it complains of when it ends otherwise than well."""
    client = ended(command, environ, cwd)
    assert client.returncode == 0, f"{client.returncode}\n{client.stdout[-4000:]}\n{client.stderr[-4000:]}"
    return client.stdout


def python(program: str, portal: Portal, home: Path, *arguments: str, **more: str) -> Any:
    """What one of the programs beside this file tells, with the packages of `requirements/clients.txt`."""
    command = [os.environ["CLIENTS_PYTHON"], PROGRAMS / program, *arguments]
    return json.loads(run(command, environment(portal, home, **more), home))


def javascript(program: str, portal: Portal, home: Path, *arguments: str, **more: str) -> Any:
    """The same of a program for Node.js, in a project of its own that has the packages of `requirements/clients`."""
    javascript_project(home)
    shutil.copy(PROGRAMS / program, home)
    return json.loads(run([node(), program, *arguments], environment(portal, home, **more), home))


def javascript_project(folder: Path) -> None:
    """Programs in this folder have the packages of `requirements/clients`."""
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(Path(os.environ["CLIENTS_NODE"], "node_modules"))


def node() -> Path | str:
    """The Node.js installed beside the packages, as some want a newer one than Debian has; else this machine's."""
    own = Path(os.environ["CLIENTS_NODE"]) / "node_modules" / ".bin" / "node"
    return own if own.exists() else "node"
