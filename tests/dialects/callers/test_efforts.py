"""How much a model is to think arrives in the words that its provider has."""

from collections.abc import Mapping

import pytest

from portal.dialects.callers.efforts import fit
from portal.domain.options import options_for


def offered(dialect: str, type_name: str = "") -> Mapping[str, tuple[str, ...]]:
    return {option.name: option.choices for option in options_for(dialect, type_name)}


CLAUDE, GEMINI = offered("anthropic"), offered("gemini")
OPENAI, GROQ, ROUTED = offered("openai", "openai"), offered("openai", "groq"), offered("openai", "openrouter")
PLAIN = offered("openai")


@pytest.mark.parametrize(
    ("asked", "provider", "sent"),
    [
        ({"reasoning_effort": "high"}, OPENAI, {"reasoning_effort": "high"}),
        ({"reasoning_effort": "high"}, CLAUDE, {"effort": "high", "thinking_budget": 16_384}),
        ({"reasoning_effort": "minimal"}, CLAUDE, {"effort": "low", "thinking_budget": 1_024}),
        ({"reasoning_effort": "max"}, GEMINI, {"thinking_level": "xhigh"}),
        ({"reasoning_effort": "xhigh"}, GROQ, {"reasoning_effort": "high"}),
        ({"reasoning_effort": "none"}, GROQ, {"reasoning_effort": "none"}),
        ({"reasoning_effort": "none"}, CLAUDE, {}),
        ({"reasoning_enabled": False}, ROUTED, {"reasoning_enabled": False, "reasoning_effort": "none"}),
        ({"thinking_budget": 4_000, "reasoning_enabled": True}, OPENAI, {"reasoning_effort": "medium"}),
        ({"thinking_budget": 4_000, "reasoning_enabled": True}, CLAUDE, {"thinking_budget": 4_000, "effort": "medium"}),
        ({"reasoning_enabled": True}, CLAUDE, {"thinking_budget": 8_192}),
        ({"include_thoughts": True}, GEMINI, {"include_thoughts": True}),
        ({"temperature": 0.5, "verbosity": "low"}, PLAIN, {"temperature": 0.5, "verbosity": "low"}),
    ],
)
def test_thinking_is_asked_for_in_the_providers_words(
    asked: dict[str, object], provider: Mapping[str, tuple[str, ...]], sent: dict[str, object]
):
    kept, lost = fit(asked, provider)
    assert kept == sent
    assert lost == ()


@pytest.mark.parametrize(
    ("asked", "lost"),
    [
        ({"reasoning_effort": "high"}, ("reasoning_effort",)),
        ({"thinking_budget": 4_000, "reasoning_enabled": True}, ("thinking_budget",)),
        ({"reasoning_enabled": False}, ("reasoning_enabled",)),
    ],
)
def test_what_a_provider_has_no_word_for_is_named(asked: dict[str, object], lost: tuple[str, ...]):
    assert fit(asked, PLAIN) == ({}, lost)
