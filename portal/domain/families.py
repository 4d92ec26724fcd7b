"""What a language model's name says: its limits, whether it reasons, and whether it takes sampling options.

Facts of models.dev and LiteLLM's tables (both MIT), autumn 2026. A provider's own listing always wins over them.
"""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Family:
    """Models whose names begin alike. Limits are in tokens; None where the table does not know.

    `reasons`: it thinks before it answers unless a request says otherwise, so that one token is too few for a test.
    `samples`: it takes `temperature` and `top_p` while nothing else is set.
    `efforts`: the words for its effort that it takes, the least first; None where the table does not know.
    `thinks`: how it is told to think: with so many tokens (`budget`), with leave to think at its own pace (`adaptive`),
    with a word for how much (`level`), or not at all (`never`).
    """

    prefix: str
    context: int | None = None
    output: int | None = None
    reasons: bool = False
    samples: bool = True
    efforts: tuple[str, ...] | None = None
    thinks: Literal["budget", "adaptive", "level", "never"] = "budget"


_CLASSIC = ("low", "medium", "high")
_MINIMAL = ("minimal", *_CLASSIC)
_NONE = ("none", *_CLASSIC)
_NONE_TO_XHIGH = (*_NONE, "xhigh")
_NONE_TO_MAX = (*_NONE, "xhigh", "max")
_LOW_TO_MAX = (*_CLASSIC, "xhigh", "max")
_NO_XHIGH = (*_CLASSIC, "max")

FAMILIES: tuple[Family, ...] = (
    # OpenAI. Chat variants do not reason openly and come before the family that they are named after.
    Family("gpt-5-chat", 128_000, 16_384, reasons=True, efforts=("medium",)),
    Family("gpt-5.1-chat", 128_000, 16_384, reasons=True, samples=False, efforts=("medium",)),
    Family("gpt-5.2-chat", 128_000, 16_384, reasons=True, samples=False, efforts=("medium",)),
    Family("gpt-5.3-chat", 128_000, 16_384, reasons=True, efforts=("medium",)),
    Family("gpt-6.2-astra", 1_050_000, 128_000, reasons=True, samples=False, efforts=_LOW_TO_MAX),
    Family("gpt-6.2", 1_050_000, 128_000, reasons=True, samples=False, efforts=_NONE_TO_MAX),
    Family("gpt-6-astra", 1_050_000, 128_000, reasons=True, samples=False, efforts=_LOW_TO_MAX),
    Family("gpt-6", 1_050_000, 128_000, reasons=True, samples=False, efforts=_NONE_TO_MAX),
    Family("gpt-6.1", 1_050_000, 128_000, reasons=True, samples=False, efforts=_LOW_TO_MAX),
    Family("gpt-5.6", 1_050_000, 128_000, reasons=True, samples=False, efforts=_NONE_TO_MAX),
    Family("gpt-5.5", 1_050_000, 128_000, reasons=True, samples=False, efforts=_NONE_TO_MAX),
    Family("gpt-5.4-mini", 400_000, 128_000, reasons=True, efforts=_NONE_TO_XHIGH),
    Family("gpt-5.4-nano", 400_000, 128_000, reasons=True, efforts=_NONE_TO_XHIGH),
    Family("gpt-5.4", 1_050_000, 128_000, reasons=True, efforts=_NONE_TO_XHIGH),
    Family("gpt-5.3", 400_000, 128_000, reasons=True, efforts=_NONE_TO_XHIGH),
    Family("gpt-5.2", 400_000, 128_000, reasons=True, efforts=_NONE_TO_XHIGH),
    Family("gpt-5.1", 400_000, 128_000, reasons=True, efforts=_NONE),
    Family("gpt-5", 400_000, 128_000, reasons=True, samples=False, efforts=_MINIMAL),
    Family("gpt-daybreak", reasons=True, samples=False),
    Family("gpt-rosalind", reasons=True, samples=False),
    Family("gpt-4.1", 1_047_576, 32_768, efforts=()),
    Family("gpt-4o-2024-05-13", 128_000, 4_096, efforts=()),
    Family("gpt-4o", 128_000, 16_384, efforts=()),
    Family("gpt-4-turbo", 128_000, 4_096, efforts=()),
    Family("gpt-4-1106-preview", 128_000, 4_096, efforts=()),
    Family("gpt-4", 8_192, 4_096, efforts=()),
    Family("gpt-3.5-turbo", 16_385, 4_096, efforts=()),
    Family("o1-mini", 128_000, 65_536, reasons=True, samples=False, efforts=()),
    Family("o1-preview", 128_000, 32_768, reasons=True, samples=False, efforts=()),
    Family("o1", 200_000, 100_000, reasons=True, samples=False, efforts=_CLASSIC),
    Family("o3", 200_000, 100_000, reasons=True, samples=False, efforts=_CLASSIC),
    Family("o4", 200_000, 100_000, reasons=True, samples=False, efforts=_CLASSIC),
    # Anthropic. The newest ones took the sampling options out.
    Family("claude-fable-5", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-mythos-5", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-mythos-preview", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-opus-5", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-sonnet-5", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-haiku-5", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-opus-4-8", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-opus-4-7", 1_000_000, 128_000, samples=False, efforts=_LOW_TO_MAX, thinks="adaptive"),
    Family("claude-opus-4-6", 1_000_000, 128_000, efforts=_NO_XHIGH),
    Family("claude-sonnet-4-6", 1_000_000, 64_000, efforts=_NO_XHIGH),
    Family("claude-opus-4-5", 200_000, 64_000, efforts=_CLASSIC),
    Family("claude-opus-4", 200_000, 32_000, efforts=()),
    Family("claude-sonnet-4", 200_000, 64_000, efforts=()),
    Family("claude-haiku-4", 200_000, 64_000, efforts=()),
    Family("claude-3-7-sonnet", 200_000, 64_000, efforts=()),
    Family("claude-3-5", 200_000, 8_192, efforts=(), thinks="never"),
    Family("claude-3", 200_000, 4_096, efforts=(), thinks="never"),
    # Google. Those that only draw or speak take no thinking field, and neither do the older ones. From generation 3 on,
    # which is every one that is not named here, they take a level.
    Family("gemini-1.5", 1_048_576, 8_192, thinks="never"),
    Family("gemini-2.0", 1_048_576, 8_192, thinks="never"),
    Family("gemini-2.5-flash-image", 32_768, 32_768, thinks="never"),
    Family("gemini-2.5", 1_048_576, 65_536, reasons=True),
    Family("gemini-3.1-flash-image", 65_536, 65_536, reasons=True, thinks="level"),
    Family("gemini-3", 1_048_576, 65_536, reasons=True, thinks="level"),
    Family("gemini-3.1", 1_048_576, 65_536, reasons=True, thinks="level"),
    Family("gemini-3.5", 1_048_576, 65_536, reasons=True, thinks="level"),
    Family("gemini-3.8", 1_048_576, 65_536, reasons=True, thinks="level"),
    Family("gemini-flash", 1_048_576, 65_536, reasons=True, thinks="level"),
    Family("gemini-pro", 1_048_576, 65_536, reasons=True, thinks="level"),
    Family("gemini-embedding", thinks="never"),
    Family("gemini-1.0", thinks="never"),
    Family("gemini", reasons=True, thinks="level"),
    Family("gemma-3", 131_072, 8_192, thinks="never"),
    Family("gemma-4", 262_144, 32_768, reasons=True, thinks="never"),
    Family("gemma", thinks="never"),
    # The portal's own.
    Family("demo-small", 8_000),
    Family("demo-large", 32_000),
)
"""Read top to bottom; the first prefix that ends at a word's end wins."""

UNKNOWN = Family("")
"""What is assumed of a name that the table does not know."""

NEWER_GPT = Family("gpt", reasons=True, samples=False)
"""What is assumed of OpenAI's models from the fifth generation on that the table does not know: all of them reason."""

_GENERATION = re.compile(r"gpt-(\d{1,3})(?![\da-z])")
_FIRST_TO_REASON = 5


_AMAZON = re.compile(r"^([a-z-]{2,8}\.)?(anthropic|openai)\.")
"""What Bedrock writes before a name: the reach of an inference profile, and the vendor."""


def family_of(wire_name: str) -> Family:
    """The family of a model ID, with or without a vendor before it, as in `openai/gpt-5.2`, `ft:gpt-4o:acme` or
    `us.anthropic.claude-opus-4-7`."""
    name = _AMAZON.sub("", wire_name.strip().lower().rsplit("/", 1)[-1].removeprefix("ft:"))
    for family in FAMILIES:
        if name == family.prefix or name.startswith((family.prefix + "-", family.prefix + ":", family.prefix + "@")):
            return family
    generation = _GENERATION.match(name)
    return NEWER_GPT if generation and int(generation[1]) >= _FIRST_TO_REASON else UNKNOWN
