"""What providers reject together: refused on save, with the reason."""

# ruff: noqa: E501 - a case stands on one line

import pytest

from portal.domain.options import options_for, parse


def refused(dialect: str, wire_name: str, type_name: str = "", **options: object) -> dict[str, str]:
    _, faults = parse(dialect, options, type_name=type_name or dialect, wire_name=wire_name)
    return faults


@pytest.mark.parametrize(
    ("dialect", "type", "wire_name", "options", "names"),
    [
        # OpenAI and Azure: sampling and reasoning.
        ("openai", "openai", "gpt-5.2", {"temperature": 0.2, "reasoning_effort": "high"}, {"temperature"}),
        ("openai", "openai", "gpt-5.2", {"temperature": 0.2, "reasoning_effort": "none"}, set()),
        ("openai", "openai", "gpt-5.2", {"temperature": 1, "reasoning_effort": "high"}, set()),
        ("openai", "azure", "my-own", {"top_p": 0.2, "frequency_penalty": 1, "reasoning_effort": "low"}, {"top_p", "frequency_penalty"}),
        ("openai", "openai", "o3", {"presence_penalty": 1}, {"presence_penalty"}),
        # Efforts by family.
        ("openai", "openai", "gpt-5", {"reasoning_effort": "none"}, {"reasoning_effort"}),
        ("openai", "openai", "gpt-5", {"reasoning_effort": "minimal"}, set()),
        ("openai", "openai", "o4-mini", {"reasoning_effort": "minimal"}, {"reasoning_effort"}),
        ("openai", "openai", "gpt-5.1", {"reasoning_effort": "xhigh"}, {"reasoning_effort"}),
        ("openai", "openai", "gpt-5.4", {"reasoning_effort": "xhigh"}, set()),
        ("openai", "openai", "gpt-6-astra", {"reasoning_effort": "none"}, {"reasoning_effort"}),
        ("openai", "openai", "gpt-6-sol", {"reasoning_effort": "none"}, set()),
        ("openai", "openai", "gpt-4.1", {"reasoning_effort": "low"}, {"reasoning_effort"}),
        ("openai", "azure", "my-own", {"reasoning_effort": "low"}, set()),
        # Gateways drop what a model does not take.
        ("openai", "openrouter", "openai/o3", {"temperature": 0.2, "reasoning_effort": "none"}, set()),
        ("openai", "openrouter", "x", {"reasoning_enabled": False, "reasoning_effort": "high"}, {"reasoning_effort"}),
        ("openai", "vercel", "x", {"reasoning_enabled": True, "reasoning_effort": "high"}, set()),
        # Claude, by Anthropic and by Bedrock.
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "max_output_tokens": 4096}, {"thinking_budget"}),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "max_output_tokens": 9000}, set()),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 1023}, {"thinking_budget"}),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "temperature": 0.5}, {"temperature"}),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "temperature": 1}, set()),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "top_p": 0.9}, {"top_p"}),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "top_p": 0.95}, set()),
        ("anthropic", "", "claude-sonnet-4-6", {"thinking_budget": 4096, "top_k": 5}, {"top_k"}),
        ("anthropic", "", "claude-3-5-haiku-20241022", {"thinking_budget": 4096}, {"thinking_budget"}),
        ("anthropic", "", "claude-sonnet-4-6", {"effort": "xhigh"}, {"effort"}),
        ("anthropic", "", "claude-opus-4-7", {"effort": "xhigh"}, set()),
        ("anthropic", "", "claude-haiku-4-5", {"effort": "low"}, {"effort"}),
        ("anthropic", "", "claude-opus-5-5", {"temperature": 1, "top_k": 3}, {"temperature", "top_k"}),
        ("bedrock", "", "us.anthropic.claude-opus-4-7", {"temperature": 0.5}, {"temperature"}),
        ("bedrock", "", "us.anthropic.claude-sonnet-4-6", {"temperature": 0.5, "top_p": 0.5}, {"top_p"}),
        ("bedrock", "", "amazon.nova-lite-v1:0", {"temperature": 0.5, "top_p": 0.5}, set()),
        ("bedrock", "", "amazon.nova-lite-v1:0", {"thinking_budget": 4096}, {"thinking_budget"}),
    ],
)  # fmt: skip
def test_what_clashes_is_named_beside_the_option(dialect, type, wire_name, options, names):
    faults = refused(dialect, wire_name, type, **options)
    assert set(faults) == names
    assert all(sentence.endswith(".") for sentence in faults.values())


def test_the_sentence_names_what_the_model_takes():
    assert "minimal, low, medium, high" in refused("openai", "gpt-5", reasoning_effort="none")["reasoning_effort"]
    assert "takes no effort" in refused("openai", "gpt-4o", reasoning_effort="low")["reasoning_effort"]


@pytest.mark.parametrize(
    ("dialect", "type", "offered", "withheld"),
    [
        ("openai", "openai", {"reasoning_effort", "max_completion_tokens", "parallel_tool_calls"}, {"top_k", "effort"}),
        ("openai", "azure", {"reasoning_effort", "max_completion_tokens", "parallel_tool_calls"}, {"top_k"}),
        ("openai", "openrouter", {"reasoning_enabled", "reasoning_effort", "top_k"}, {"parallel_tool_calls"}),
        ("openai", "vercel", {"reasoning_enabled", "reasoning_effort"}, {"thinking_budget"}),
        ("openai", "groq", {"reasoning_effort"}, {"presence_penalty", "frequency_penalty", "top_k"}),
        ("openai", "deepseek", {"presence_penalty"}, {"top_k", "reasoning_effort"}),
        ("openai", "vllm", {"top_k", "presence_penalty"}, {"reasoning_effort"}),
        ("anthropic", "anthropic", {"thinking_budget", "effort", "top_k"}, {"presence_penalty", "reasoning_effort"}),
        ("bedrock", "bedrock", {"thinking_budget", "effort", "top_k"}, {"frequency_penalty"}),
    ],
)
def test_each_type_offers_what_it_takes(dialect, type, offered, withheld):
    names = {option.name for option in options_for(dialect, type)}
    assert offered <= names
    assert not withheld & names


def test_choices_and_switches_are_read_from_what_people_type():
    typed = {"reasoning_effort": " high ", "parallel_tool_calls": "yes", "max_completion_tokens": ""}
    assert parse("openai", typed, type_name="openai") == (
        {"reasoning_effort": "high", "parallel_tool_calls": True},
        {},
    )
    clean, faults = parse("openai", {"reasoning_effort": "huge"}, type_name="groq")
    assert clean == {}
    assert "none, default, low" in faults["reasoning_effort"]
