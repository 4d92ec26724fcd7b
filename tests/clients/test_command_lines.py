"""`llm` and aider, each asked once before every provider: what they can do beyond a question."""

import json
import os
from pathlib import Path

import pytest

from portal.domain.client_recipes import RECIPES
from portal.domain.recipe_blocks import Values, fill
from tests.clients.conftest import Behind, Portal
from tests.clients.running import bare, ended, run
from tests.clients.vendors import Call, calls

FUNCTION = 'def read_file(path: str) -> str:\n    "Reads a file."\n    return open(path).read()'
LINE, ROUNDED = "total = round(amount, 2)\n", "total = round(amount, 3)\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder that is worked in, with one file."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "money.py").write_text(LINE)
    return folder


def llm(portal: Portal, behind: Behind, home: Path, more: str = "") -> dict[str, str]:
    """An environment in which `llm` knows the model "portal"."""
    environ = bare(home)
    models, _ = fill(RECIPES["llm"], Values(portal.url, behind.model, portal.token))
    folder = Path(run(["llm", "logs", "path"], environ, home).strip()).parent
    (folder / "extra-openai-models.yaml").write_text(models.text + more)
    run(["llm", "keys", "set", "portal", "--value", portal.token], environ, home)
    return environ


@pytest.mark.parametrize("more", ["", "\n  responses: true"], ids=["chat", "responses"])
def test_llm_calls_a_function(portal, behind, tmp_path, work, more):
    behind.vendor.plays = calls(Call("read_file", {"path": "money.py"}))
    environ = llm(portal, behind, tmp_path, more)
    told = run(["llm", "-m", "portal", "--functions", FUNCTION, "Where is rounding done?"], environ, work)
    assert "round(amount, 2)" in told


def test_llm_asks_for_a_shape(portal, behind, tmp_path, work):
    """What comes is up to the model; what is asked for is not refused."""
    behind.vendor.plays = lambda _: '{"places": 3}'
    told = run(["llm", "-m", "portal", "--schema", "places int", "How many?"], llm(portal, behind, tmp_path), work)
    assert json.loads(told) == {"places": 3}


def test_llm_says_what_the_portal_refuses(portal, tmp_path, work):
    environ = llm(portal, portal.behind["openai"], tmp_path)
    run(["llm", "keys", "set", "portal", "--value", "llmp_nobody"], environ, work)
    refused = ended(["llm", "-m", "portal", "Where?"], environ, work)
    assert refused.returncode == 1
    assert "access token" in refused.stderr


def aider(model: str, *arguments: str) -> list[str]:
    alone = ["--yes-always", "--no-git", "--no-show-model-warnings"]
    return [os.environ["CLIENTS_AIDER"], "--model", f"openai/{model}", *alone, *arguments]


def named(portal: Portal, home: Path, token: str) -> dict[str, str]:
    return bare(home) | {"OPENAI_API_BASE": f"{portal.url}/v1", "OPENAI_API_KEY": token}


@pytest.mark.parametrize("how", ["--stream", "--no-stream"])
def test_aider_edits_a_file(portal, behind, tmp_path, work, how):
    behind.vendor.plays = lambda _: f"So be it.\n\nmoney.py\n```\n{ROUNDED}```\n"
    asked = aider(behind.model, how, "--message", "Round to three places.", "money.py")
    run(asked, named(portal, tmp_path, portal.token), work)
    assert (work / "money.py").read_text() == ROUNDED


def test_aider_says_what_the_portal_refuses(portal, tmp_path, work):
    asked = aider(portal.behind["openai"].model, "--message", "Round to three places.", "money.py")
    refused = ended(asked, named(portal, tmp_path, "llmp_nobody"), work)
    assert "access token" in " ".join(refused.stdout.split())
    assert (work / "money.py").read_text() == LINE
