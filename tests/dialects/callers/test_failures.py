"""A provider's failure makes each client do what helps."""

import pytest

from portal.dialects.callers.failures import code_of, words_of
from portal.domain.faults import Category, Fault


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130500 tokens.",
            "prompt is too long: 130500 tokens > 128000 maximum",
        ),
        (
            "The input token count (1,200,000) exceeds the maximum number of tokens allowed (1,048,576).",
            "prompt is too long: 1200000 tokens > 1048576 maximum",
        ),
        ("Input is too long for requested model.", "prompt is too long. It is too long."),
    ],
)
def test_claude_code_is_told_in_its_words_that_a_prompt_is_too_long(detail: str, words: str):
    fault = Fault(Category.CONTEXT_LENGTH, detail)
    assert words_of("messages", fault, "It is too long.") == words
    assert words_of("responses", fault, "It is too long.") == "It is too long."


@pytest.mark.parametrize(
    ("category", "detail", "limit"),
    [
        (
            Category.REJECTED,
            "max_tokens is too large: 128000. This model supports at most 32768 completion tokens, whereas you "
            "provided 128000.",
            32_768,
        ),
        (
            Category.REJECTED,
            "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 32768, but got 128000 "
            "instead.",
            32_768,
        ),
        (
            Category.REJECTED,
            "Unable to submit request because it has a maxOutputTokens value of 128000 but the supported range is from "
            "1 (inclusive) to 65537 (exclusive). Update the value and try again.",
            65_536,
        ),
        (
            Category.CONTEXT_LENGTH,
            "'max_tokens' or 'max_completion_tokens' is too large: 128000. This model's maximum context length is 8192 "
            "tokens and your request has 112 input tokens (128000 > 8192 - 112).",
            8_080,
        ),
    ],
)
def test_claude_code_is_told_in_its_words_how_long_an_answer_may_be(category: Category, detail: str, limit: int):
    fault = Fault(category, detail)
    told = words_of("messages", fault, "It is too long.")
    assert told.startswith(f"max_tokens: 128000 > {limit}, which is the maximum allowed number of output tokens for ")
    assert words_of("chat_completions", fault, "It is too long.") == "It is too long."


@pytest.mark.parametrize(
    "detail", ["max_tokens is too large.", "max_tokens must be at least 16, not 1000 or 2000.", "1000 of 2000 things"]
)
def test_a_complaint_that_names_no_limit_is_told_as_it_is(detail: str):
    assert words_of("messages", Fault(Category.REJECTED, detail), "No.") == "No."


def test_another_failure_is_told_as_it_is():
    assert words_of("messages", Fault(Category.SERVER, "500 of 1000"), "It fell over.") == "It fell over."


@pytest.mark.parametrize(
    ("category", "code"),
    [
        (Category.CONTEXT_LENGTH, "context_length_exceeded"),
        (Category.BILLING, "insufficient_quota"),
        (Category.SERVER, "provider_server"),
    ],
)
def test_codex_finds_the_codes_that_it_acts_on(category: Category, code: str):
    assert code_of(Fault(category)) == code
