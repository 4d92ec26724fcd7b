"""Patterns of model access: what people write, what it reaches, and what cannot be meant."""

import pytest

from portal.domain.access import MOST_PATTERNS, pattern_fault, patterns_from_text, reaches


@pytest.mark.parametrize(
    ("pattern", "provider", "model", "fits"),
    [
        ("openai:*", "openai", "gpt-5.2", True),
        ("openai:*", "openai-eu", "gpt-5.2", False),
        ("*:gpt-5*", "acme", "gpt-5.2-mini", True),
        ("*:gpt-5*", "acme", "my-gpt-5", False),
        ("acme:gpt-4.1", "acme", "gpt-4x1", False),
        ("acme:meta-llama/*", "acme", "meta-llama/Llama-3.1", True),
        ("acme:qwen3:8b", "acme", "qwen3:8b", True),
        ("*", "acme", "x", True),
    ],
)
def test_a_star_stands_for_any_letters_and_everything_else_for_itself(pattern, provider, model, fits):
    assert reaches([pattern], provider, model) is fits


def test_no_pattern_reaches_everything():
    assert reaches([], "acme", "anything")


def test_a_text_is_read_line_by_line_and_the_prefix_of_applications_is_understood():
    text = "ai:models:openai:*\n acme:gpt-5* , acme:gpt-5*\n\nlocal"
    assert patterns_from_text(text) == (("openai:*", "acme:gpt-5*", "local:*"), None)


@pytest.mark.parametrize("text", ["OpenAI:*", ":gpt", "openai:", "open ai:*", "openai:g\x00pt", "a" * 601 + ":x"])
def test_what_cannot_be_a_pattern_gets_a_sentence(text):
    assert pattern_fault(text)
    assert patterns_from_text(text)[0] == ()


def test_too_many_patterns_are_refused_with_a_way_out():
    found, fault = patterns_from_text("\n".join(f"acme:m{n}" for n in range(MOST_PATTERNS + 1)))
    assert found == ()
    assert "asterisk" in fault
