"""What a language model's name tells: its limits, whether it reasons, and whether it takes sampling options.

Facts of models.dev and LiteLLM's tables (both MIT), autumn 2026. A provider's own listing always wins over them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Models whose names begin alike. Limits are in tokens; None where the table does not know.

    `reasons`: it thinks before it answers unless told otherwise, so that one token is too few for a test.
    `samples`: it takes `temperature` and `top_p` while nothing else is set.
    """

    prefix: str
    context: int | None = None
    output: int | None = None
    reasons: bool = False
    samples: bool = True


FAMILIES: tuple[Family, ...] = (
    # OpenAI. Chat variants do not reason openly and come before the family that they are named after.
    Family("gpt-5-chat", 128_000, 16_384, reasons=True),
    Family("gpt-5.1-chat", 128_000, 16_384, reasons=True, samples=False),
    Family("gpt-5.2-chat", 128_000, 16_384, reasons=True, samples=False),
    Family("gpt-5.3-chat", 128_000, 16_384, reasons=True),
    Family("gpt-6", 1_050_000, 128_000, reasons=True, samples=False),
    Family("gpt-6.1", 1_050_000, 128_000, reasons=True, samples=False),
    Family("gpt-5.6", 1_050_000, 128_000, reasons=True, samples=False),
    Family("gpt-5.5", 1_050_000, 128_000, reasons=True, samples=False),
    Family("gpt-5.4-mini", 400_000, 128_000, reasons=True),
    Family("gpt-5.4-nano", 400_000, 128_000, reasons=True),
    Family("gpt-5.4", 1_050_000, 128_000, reasons=True),
    Family("gpt-5.3", 400_000, 128_000, reasons=True),
    Family("gpt-5.2", 400_000, 128_000, reasons=True),
    Family("gpt-5.1", 400_000, 128_000, reasons=True),
    Family("gpt-5", 400_000, 128_000, reasons=True, samples=False),
    Family("gpt-4.1", 1_047_576, 32_768),
    Family("gpt-4o-2024-05-13", 128_000, 4_096),
    Family("gpt-4o", 128_000, 16_384),
    Family("gpt-4-turbo", 128_000, 4_096),
    Family("gpt-4-1106-preview", 128_000, 4_096),
    Family("gpt-4", 8_192, 4_096),
    Family("gpt-3.5-turbo", 16_385, 4_096),
    Family("o1-mini", 128_000, 65_536, reasons=True, samples=False),
    Family("o1-preview", 128_000, 32_768, reasons=True, samples=False),
    Family("o1", 200_000, 100_000, reasons=True, samples=False),
    Family("o3", 200_000, 100_000, reasons=True, samples=False),
    Family("o4", 200_000, 100_000, reasons=True, samples=False),
    # Anthropic. The newest ones took the sampling options out.
    Family("claude-fable-5", 1_000_000, 128_000, samples=False),
    Family("claude-mythos-5", 1_000_000, 128_000, samples=False),
    Family("claude-mythos-preview", 1_000_000, 128_000, samples=False),
    Family("claude-opus-5", 1_000_000, 128_000, samples=False),
    Family("claude-sonnet-5", 1_000_000, 128_000, samples=False),
    Family("claude-haiku-5", 1_000_000, 128_000, samples=False),
    Family("claude-opus-4-8", 1_000_000, 128_000, samples=False),
    Family("claude-opus-4-7", 1_000_000, 128_000, samples=False),
    Family("claude-opus-4-6", 1_000_000, 128_000),
    Family("claude-sonnet-4-6", 1_000_000, 64_000),
    Family("claude-opus-4-5", 200_000, 64_000),
    Family("claude-opus-4", 200_000, 32_000),
    Family("claude-sonnet-4", 200_000, 64_000),
    Family("claude-haiku-4", 200_000, 64_000),
    Family("claude-3-7-sonnet", 200_000, 64_000),
    Family("claude-3-5", 200_000, 8_192),
    Family("claude-3", 200_000, 4_096),
    # The portal's own.
    Family("demo-small", 8_000),
    Family("demo-large", 32_000),
)
"""Read top to bottom; the first prefix that ends at a word's end wins."""

UNKNOWN = Family("")
"""What is assumed of a name that the table does not know."""


def family_of(wire_name: str) -> Family:
    """The family of a wire name, with or without a vendor before it, as `openai/gpt-5.2` or `ft:gpt-4o:acme`."""
    name = wire_name.strip().lower().rsplit("/", 1)[-1].removeprefix("ft:")
    for family in FAMILIES:
        if name == family.prefix or name.startswith((family.prefix + "-", family.prefix + ":", family.prefix + "@")):
            return family
    return UNKNOWN
