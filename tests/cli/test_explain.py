"""`flask explain`: the page's words at the command line."""

import pytest
from flask import Flask

from portal.services.runtime import Runtime
from tests.conftest import Actors
from tests.services.explain.setting import pin, publish
from tests.services.published import connect


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> dict[str, object]:
    connect()
    connect("acme", "openai")
    return {"m1": publish(runtime, "local", "m1"), "gpt": publish(runtime, "acme", "gpt")}


def run(app: Flask, *words: str):
    return app.test_cli_runner().invoke(args=["explain", *words])


def test_it_prints_the_layers_with_reasons_and_what_to_do(app: Flask, models, runtime: Runtime) -> None:
    pin(runtime, "explore", models["gpt"], Actors.uma.id)
    found = run(app, "uma@example.org", "--context", "explore")
    assert found.exit_code == 0
    lines = found.output.splitlines()
    assert lines[:2] == ["For Uma Ortiz <uma@example.org>, context Explore", "m1, because it is the default."]
    assert "✕ 2  Personal override          acme / gpt  No key" in lines
    assert "      → Give Acme a shared key" in lines
    assert any(line.startswith("✓ 7  The default") for line in lines)
    assert any(line.startswith("  8  The first usable model") and line.endswith("not reached") for line in lines)


def test_a_refusal_ends_with_code_1(app: Flask, models) -> None:
    found = run(app, "uma@example.org", "--model", "acme:gpt")
    assert found.exit_code == 1
    assert "No model: acme:gpt cannot be used" in found.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody@example.org"], "Nobody has an account"),
        (["uma@example.org", "--context", "astrology"], "no context called astrology"),
        (["uma@example.org", "--model", "gtp"], "No model is called gtp"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(app: Flask, models, words: list[str], said: str) -> None:
    found = run(app, *words)
    assert found.exit_code == 1
    assert said in found.output


def test_somebody_who_may_not_chat_is_said_to(app: Flask, models) -> None:
    assert "Eve Stone may not chat" in run(app, "eve@example.org").output
