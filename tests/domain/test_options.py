"""What people type as a model's options."""

import pytest

from portal.domain.families import FAMILIES, family_of
from portal.domain.options import _READERS, BY_DIALECT, Kind, Option, options_for, parse


def test_what_is_set_is_read_from_text_and_from_numbers():
    typed = {"max_output_tokens": " 4096 ", "temperature": "0.7", "top_p": ""}
    assert parse("openai", typed) == ({"max_output_tokens": 4096, "temperature": 0.7}, {})
    given = {"max_output_tokens": 4096, "temperature": 0, "top_p": None}
    assert parse("openai", given) == ({"max_output_tokens": 4096, "temperature": 0.0}, {})


def test_a_whole_number_is_an_integer_upstream():
    clean, _ = parse("openai", {"max_output_tokens": "100"})
    assert type(clean["max_output_tokens"]) is int


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("max_output_tokens", "many", "whole number"),
        ("max_output_tokens", "1.5", "whole number"),
        ("max_output_tokens", "0", "1 to 10,000,000 tokens"),
        ("max_output_tokens", "-3", "1 to"),
        ("max_output_tokens", "1e400", "whole number"),
        ("max_output_tokens", True, "whole number"),
        ("temperature", "0,7x", "point"),
        ("temperature", "nan", "point"),
        ("temperature", "inf", "point"),
        ("temperature", [1], "point"),
        ("temperature", 10**400, "point"),
        ("temperature", "2.1", "0 to 2"),
        ("top_p", "1.01", "0 to 1"),
        ("colour", "40", "no option"),
    ],
)
def test_what_cannot_be_used_is_named_and_left_out(name, typed, words):
    clean, faults = parse("openai", {name: typed, "max_output_tokens" if name != "max_output_tokens" else "top_p": "1"})
    assert words in faults[name]
    assert faults[name].endswith(".")
    assert name not in clean
    assert len(clean) == 1


def test_anthropics_temperature_ends_at_one():
    assert "0 to 1" in parse("anthropic", {"temperature": "1.5"})[1]["temperature"]
    assert parse("openai", {"temperature": "1.5"})[1] == {}


def test_anthropic_takes_one_of_two():
    clean, faults = parse("anthropic", {"temperature": "0.5", "top_p": "0.5"})
    assert clean == {"temperature": 0.5}
    assert "not both" in faults["top_p"]


@pytest.mark.parametrize(
    ("dialect", "wire_name", "refused"),
    [
        ("anthropic", "claude-opus-5-5", True),
        ("anthropic", "claude-sonnet-4-5", False),
        ("openai", "o3", True),
        ("openai", "gpt-6-sol", True),
        ("openai", "gpt-4.1", False),
        ("openai", "gpt-5.2", False),
        ("openai", "qwen3:8b", False),
    ],
)
def test_a_model_that_takes_no_temperature_is_named_on_save(dialect, wire_name, refused):
    clean, faults = parse(dialect, {"temperature": "0.5"}, wire_name=wire_name)
    assert ("temperature" in faults) is refused
    assert ("temperature" in clean) is not refused
    if refused:
        assert wire_name in faults["temperature"]


def test_the_one_temperature_that_openai_always_takes_is_taken():
    assert parse("openai", {"temperature": "1"}, wire_name="o3") == ({"temperature": 1.0}, {})


@pytest.mark.parametrize("dialect", BY_DIALECT)
def test_every_option_explains_itself(dialect):
    for option in options_for(dialect):
        assert option.label
        assert option.help.endswith(".")
        assert option.range
        assert option.kind in Kind


def test_an_unknown_dialect_has_no_options():
    assert options_for("klingon") == ()


def test_choices_and_switches_are_read_too():
    effort = Option("effort", "Effort", "How long.", Kind.CHOICE, choices=("low", "high"))
    assert _READERS[Kind.CHOICE](effort, " high ") == "high"
    assert _READERS[Kind.CHOICE](effort, "huge") != "huge"
    switch = Option("parallel", "Parallel", "At once.", Kind.SWITCH)
    assert [_READERS[Kind.SWITCH](switch, word) for word in (True, "yes", "off", False)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("wire_name", "prefix"),
    [
        ("gpt-5.2", "gpt-5.2"),
        ("gpt-5.2-2025-12-11", "gpt-5.2"),
        ("gpt-5-mini", "gpt-5"),
        ("gpt-5-chat-latest", "gpt-5-chat"),
        ("openai/gpt-4o-mini", "gpt-4o"),
        ("ft:gpt-4o:acme", "gpt-4o"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4"),
        ("claude-opus-4-7", "claude-opus-4-7"),
        ("o1", "o1"),
        ("o1-mini", "o1-mini"),
        ("olmo", ""),
        ("gpt-55", "gpt"),
        ("gpt-5.25", "gpt"),
        ("", ""),
    ],
)
def test_a_name_finds_its_family_at_a_words_end(wire_name, prefix):
    assert family_of(wire_name).prefix == prefix


def test_no_family_stands_behind_one_that_takes_its_names():
    for place, family in enumerate(FAMILIES):
        for earlier in FAMILIES[:place]:
            assert not (family.prefix + "-").startswith(earlier.prefix + "-"), f"{family.prefix} is never reached"
