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
