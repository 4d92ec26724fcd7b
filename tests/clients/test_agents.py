"""Claude Code, Codex and opencode, each asked once without a terminal: it reads a file by its tool, and tells of it.

Each runs before every provider, in an empty home, with an address, a token and the model's name set.
"""

import json
import os
from pathlib import Path

import pytest

from tests.clients.running import environment, run
from tests.clients.vendors import Call, Play, Wish, calls

QUESTION = "Where is rounding done?"
LINE = "total = round(amount, 2)"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home, and the folder that is worked in, with one file."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "money.py").write_text(LINE + "\n")
    return tmp_path


def agent(name: str, *arguments: str) -> list[str]:
    return [f"{os.environ['CLIENTS_NODE']}/node_modules/.bin/{name}", *arguments]


def shell(command: str) -> Play:
    """Whichever tool of the shell is offered runs this."""
    offered = {
        "exec_command": {"cmd": command},
        "shell_command": {"command": command},
        "shell": {"command": ["bash", "-lc", command]},
    }

    def play(wish: Wish) -> str | Call:
        name = next((name for name in offered if name in wish.tools), "no tool of the shell")
        return calls(Call(name, offered.get(name, {})))(wish)

    return play


def test_claude_code(portal, behind, home):
    behind.vendor.plays = calls(Call("Read", {"file_path": str(home / "work" / "money.py")}))
    told = run(agent("claude", "-p", QUESTION, "--model", behind.model), environment(portal, home), home / "work")
    assert LINE in told
    assert told.startswith("It said:")


def test_codex(portal, behind, home):
    behind.vendor.plays = shell("cat money.py")
    provider = {"name": "Portal", "base_url": f"{portal.url}/v1", "env_key": "OPENAI_API_KEY"}
    settings = [f"-cmodel_providers.portal.{name}={json.dumps(value)}" for name, value in provider.items()] + [
        '-cmodel_provider="portal"'
    ]
    alone = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    told = run(
        agent("codex", "exec", *settings, *alone, "-m", behind.model, QUESTION),
        environment(portal, home),
        home / "work",
    )
    assert LINE in told


def test_opencode(portal, behind, home):
    behind.vendor.plays = calls(Call("read", {"filePath": str(home / "work" / "money.py")}))
    options = {"baseURL": f"{portal.url}/v1", "apiKey": portal.token}
    provider = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": {behind.model: {}}}
    (home / "work" / "opencode.json").write_text(json.dumps({"provider": {"portal": provider}}))
    told = run(
        agent("opencode", "run", "-m", f"portal/{behind.model}", QUESTION), environment(portal, home), home / "work"
    )
    assert LINE in told
