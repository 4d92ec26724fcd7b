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

_ANSWER_TOO_LONG = re.compile(
    r"max_?(?:completion_?|output_?)?tokens\W.{0,60}?(?:too large|supported range|above maximum|exceed|at most)",
    re.IGNORECASE,
)
"""A complaint about the longest answer that was asked for, as providers word it."""

_PROMPT = re.compile(r"([\d,]+) input tokens")


def code_of(fault: Fault) -> str:
    """The code of a provider's failure."""
    return CODES.get(fault.category, f"provider_{fault.category.value}")


def words_of(api: str, fault: Fault, words: str) -> str:
    """What to say of a provider's failure: `words`, unless the API's clients read for words of their own.

    Claude Code shortens its conversation when it is told that the prompt is too long, and asks for a shorter answer
    when it is told the longest one, in these words and no others.
    """
    if api != "messages":
        return words
    if limits := _answer_limit(fault):
        asked, most = limits
        return f"max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for this model"
    if fault.category is not Category.CONTEXT_LENGTH:
        return words
    numbers = _numbers(fault)
    if len(numbers) < 2:
        return f"prompt is too long. {words}".rstrip()
    return f"prompt is too long: {numbers[-1]} tokens > {numbers[-2]} maximum"


def _answer_limit(fault: Fault) -> tuple[int, int] | None:
    """How long an answer was asked for and how long it may be, where that is what a provider complains of.

    One that counts prompt and answer together leaves the answer what the prompt does not take.
    """
    detail = fault.detail[:500]
    if fault.category not in (Category.REJECTED, Category.CONTEXT_LENGTH) or not _ANSWER_TOO_LONG.search(detail):
        return None
    numbers = _numbers(fault)
    if len(numbers) < 2:
        return None
    asked, limit = numbers[-1], numbers[-2]
    if "context length" in detail.lower():
        prompt = _PROMPT.search(detail)
        limit -= int(prompt[1].replace(",", "")) if prompt else 0
    limit -= "(exclusive)" in detail
    return (asked, limit) if 0 < limit < asked else None


def _numbers(fault: Fault) -> list[int]:
    """The numbers that a provider's words hold, each once, in order of size."""
    return sorted({int(found.replace(",", "")) for found in _NUMBER.findall(fault.detail[:500])})
