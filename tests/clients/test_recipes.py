"""Every recipe of the page Connect a client, done as it says, by the client that it is for.

What stands in the lines is all that is set: the home is empty and the environment holds no address and no token. Files
are written where the recipe says; a client that would open a window of its own is asked one question instead.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.domain.client_recipes import RECIPES
from portal.domain.literals import Language
from portal.domain.recipe_blocks import Filled, Values, fill
from tests.clients.conftest import ODD, Portal
from tests.clients.running import bare, javascript_project, node, run
from tests.clients.vendors import ANSWER

ONCE = {
    "claude-code": "-p 'Say hello'",
    "codex": "exec --skip-git-repo-check 'Say hello'",
    "opencode": "run 'Say hello'",
    "aider": "--message 'Say hello' --yes-always --no-git",
}
"""What follows the last line of those that one talks with in a terminal."""


def extra_models(environ: dict[str, str], work: Path) -> Path:
    return Path(run(["llm", "logs", "path"], environ, work).strip()).parent / "extra-openai-models.yaml"


PLACES: dict[str, tuple[Callable[[dict[str, str], Path], Path], ...]] = {
    "~/.codex/config.toml": (lambda environ, _: Path(environ["HOME"], ".codex", "config.toml"),),
    "opencode.json in the project, or ~/.config/opencode/opencode.json": (
        lambda _, work: work / "opencode.json",
        lambda environ, _: Path(environ["HOME"], ".config", "opencode", "opencode.json"),
    ),
    "extra-openai-models.yaml, beside the file that “llm logs path” prints": (extra_models,),
}
"""Where a recipe's file goes, for each place that it names."""

CASES = [(recipe, place) for recipe in RECIPES for place in range(2 if recipe == "opencode" else 1)]


def done(key: str, block: Filled, place: int, environ: dict[str, str], work: Path) -> str:
    """Does what one block says, and gives back what is printed then."""
    if block.language == Language.SHELL:
        return run(["sh", "-euc", f"{block.text} {ONCE.get(key, '')}"], environ, work)
    if block.language == Language.PYTHON:
        (work / "hello.py").write_text(block.text, encoding="utf-8")
        return run([os.environ["CLIENTS_PYTHON"], "hello.py"], environ, work)
    if block.language == Language.JAVASCRIPT:
        javascript_project(work)
        (work / "hello.mjs").write_text(block.text, encoding="utf-8")
        return run([node(), "hello.mjs"], environ, work)
    path = PLACES[block.where][place](environ, work)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
    return ""


@pytest.mark.parametrize(("key", "place"), CASES)
@pytest.mark.parametrize("type", ["openai", "bedrock"], ids=["plain", "oddly named"])
def test_what_is_printed_works(portal: Portal, tmp_path: Path, key: str, place: int, type: str):
    model = portal.behind[type].model if type == "openai" else f"{type}/{ODD}"
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    environ = bare(home)
    printed = [
        done(key, block, place, environ, work) for block in fill(RECIPES[key], Values(portal.url, model, portal.token))
    ]
    told = json.loads(printed[-1])["choices"][0]["message"]["content"] if key == "curl" else printed[-1]
    assert ANSWER in told
