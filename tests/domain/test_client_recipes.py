"""The lines for each client: whatever a model is called, they are read back as meant; docs have the same."""

import ast
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import client_recipes_page
from portal.domain.client_recipes import RECIPES
from portal.domain.literals import Language, literal
from portal.domain.recipe_blocks import Values, base_of, fill

CLIENTS = ("claude-code", "codex", "opencode", "llm", "aider", "openai", "anthropic", "langchain", "vercel", "curl")
BASE, TOKEN = "https://portal.example.org/ai", "llmp_YOUR_TOKEN"

ODD = [
    "acme/gpt-5.2",
    'acme/it\'s "quoted"',
    "acme/$(id) `id` $HOME ${HOME} !! ~ * ; & | > #",
    "acme/back\\slash \\n \\u0041",
    "acme/{env:HOME}{file:~/.ssh/config}",
    "acme/{model} {base} {token} {model:json} ⟦{token}⟧",
    "acme/ünï 模型 🦙\u202e\u00a0\u2028\x7f",
    "acme/%s %(model)s {0}",
]
TEXTS = st.one_of(
    st.sampled_from(ODD), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
)


def lines(client: str, model: str) -> list[str]:
    return [block.text for block in fill(RECIPES[client], Values(BASE, model))]


def strings(source: str) -> list[str]:
    """Every string of a Python source."""
    found = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return [value for value in found if isinstance(value, str)]


@given(TEXTS)
def test_every_language_reads_back_what_was_written(text: str):
    assert shlex.split(f"x {literal(Language.SHELL, text)} y") == ["x", text, "y"]
    assert tomllib.loads(f"x = {literal(Language.TOML, text)}") == {"x": text}
    assert json.loads(literal(Language.JSON, text)) == text
    assert json.loads(literal(Language.JAVASCRIPT, text)) == text
    assert ast.literal_eval(literal(Language.PYTHON, text)) == text
    # YAML reads a double-quoted text as Python does, with these escapes alone.
    assert literal(Language.YAML, text) == literal(Language.PYTHON, text)


@given(TEXTS)
def test_only_what_is_seen_stands_in_a_literal_as_it_is(text: str):
    for language in Language:
        if language is not Language.SHELL:
            assert literal(language, text).isprintable()


@given(TEXTS)
def test_each_client_is_told_the_model_as_it_is_called(model: str):
    (shell,) = lines("claude-code", model)
    assert f"ANTHROPIC_MODEL={model}" in shlex.split(shell)
    assert f"ANTHROPIC_BASE_URL={BASE}" in shlex.split(shell)
    config = tomllib.loads(lines("codex", model)[0])
    assert config == {
        "model": model,
        "model_provider": "portal",
        "model_providers": {
            "portal": {
                "name": "LLM Portal",
                "base_url": f"{BASE}/v1",
                "env_key": "PORTAL_TOKEN",
                "wire_api": "responses",
            }
        },
    }
    config = json.loads(lines("opencode", model)[0])
    assert config["model"] == f"portal/{model}"
    assert config["provider"]["portal"]["models"] == {model: {}}
    assert f"openai/{model}" in shlex.split(lines("aider", model)[0])
    for client in ("openai", "anthropic", "langchain"):
        assert model in strings(lines(client, model)[0])
    assert f"portal({literal(Language.JAVASCRIPT, model)})" in lines("vercel", model)[0]
    sent = shlex.split(lines("curl", model)[0])
    assert sent[1] == f"{BASE}/v1/chat/completions"
    assert json.loads(sent[-1])["model"] == model
    assert f"  model_name: {literal(Language.YAML, model)}" in lines("llm", model)[0].splitlines()


@pytest.mark.parametrize("model", ODD)
def test_no_name_adds_a_word_to_a_shells_command(model: str):
    for client in CLIENTS:
        for block in fill(RECIPES[client], Values(BASE, model)):
            if block.language == Language.SHELL:
                plain = next(one for one in fill(RECIPES[client], Values(BASE, "m")) if one.where == block.where)
                assert len(shlex.split(block.text)) == len(shlex.split(plain.text))


def test_opencode_finds_nothing_to_put_in_for_a_name():
    (config, _) = lines("opencode", "acme/{env:HOME}{file:/etc/hostname}")
    assert re.findall(r"\{(?:env|file):[^}]*\}", config) == ["{env:PORTAL_TOKEN}"]


def test_all_clients_are_there_each_with_its_base_and_without_a_token():
    assert tuple(RECIPES) == CLIENTS
    for key, recipe in RECIPES.items():
        root = key in ("claude-code", "anthropic")
        assert base_of(recipe, Values(BASE, "m")) == (BASE if root else f"{BASE}/v1")
        text = "\n".join(lines(key, "acme/m"))
        assert "⟦" not in text
        assert BASE in text
        assert TOKEN in text, "somewhere it is said where the token goes"
        assert ("/v1" in text) != root


def test_the_documentation_has_the_same_lines():
    written = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
    assert written == client_recipes_page.page(), "run `python -m portal.domain.client_recipes_page > docs/clients.md`"


@pytest.mark.parametrize("client", ["claude-code", "codex", "openai"])
def test_the_readme_has_the_same_lines_for_three_of_them(client: str):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    block = fill(RECIPES[client], client_recipes_page.EXAMPLE)[0]
    assert f"\n{block.text}\n```" in readme
