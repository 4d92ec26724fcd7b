"""A provider's failure in the codes and words that callers' clients act on: some shorten, some wait, some give up."""

import re
from collections.abc import Mapping

from portal.domain.faults import Category, Fault

CODES: Mapping[Category, str] = {
    Category.CONTEXT_LENGTH: "context_length_exceeded",
    Category.MODEL_NOT_FOUND: "model_not_found",
    Category.BILLING: "insufficient_quota",
    Category.RATE_LIMIT: "rate_limit_exceeded",
    Category.CONTENT: "content_filter",
}
"""The codes that clients of OpenAI's APIs know; any other failure has one of the portal's own."""

_NUMBER = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d.,])\d{3,9}(?![\d.]*\d)")


def code_of(fault: Fault) -> str:
    """The code of a provider's failure."""
    return CODES.get(fault.category, f"provider_{fault.category.value}")


def words_of(api: str, fault: Fault, words: str) -> str:
    """What to say of a provider's failure: `words`, unless the API's clients read for words of their own.

    Claude Code shortens its conversation when it is told that the prompt is too long, in these words and no others.
    """
    if api != "messages" or fault.category is not Category.CONTEXT_LENGTH:
        return words
    numbers = sorted({int(found.replace(",", "")) for found in _NUMBER.findall(fault.detail[:500])})
    if len(numbers) < 2:
        return f"prompt is too long. {words}".rstrip()
    return f"prompt is too long: {numbers[-1]} tokens > {numbers[-2]} maximum"
