"""Which models a role reaches: patterns on `provider:model`, as people write them."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

PREFIX = "ai:models:"
"""How embedding applications write the same pattern."""

MOST_PATTERNS = 200
LONGEST = 600

Patterns = str | Sequence[str]
"""Patterns of models: as they are typed, one on each line, or one by one."""

WRITE_ONE = "Write it as provider:model, like openai:* or *:gpt-5*."


def tidy(pattern: str) -> str:
    """A pattern as it is stored: trimmed, without `ai:models:`; `ai:models:openai` and `openai` mean `openai:*`."""
    text = pattern.strip().removeprefix(PREFIX)
    return text if ":" in text or not text else f"{text}:*"


def pattern_fault(pattern: str) -> str | None:
    """Why this cannot be a pattern, in a sentence; None when it can."""
    text = tidy(pattern)
    if not text:
        return WRITE_ONE
    if len(text) > LONGEST:
        return f"This pattern has {len(text):,} characters; {LONGEST} fit."
    provider, _, model = text.partition(":")
    if not provider or not model:
        return f"“{pattern.strip()}” names no {'provider' if not provider else 'model'}. {WRITE_ONE}"
    if not re.fullmatch(r"[a-z0-9*-]+", provider):
        return f"“{provider}” cannot be a provider’s name: those have small letters, digits and hyphens. {WRITE_ONE}"
    if any((character.isspace() and character != " ") or not character.isprintable() for character in model):
        return f"“{pattern.strip()}” holds characters that no model’s name has. {WRITE_ONE}"
    return None


def patterns_from_text(text: str) -> tuple[tuple[str, ...], str | None]:
    """The patterns of a text with one on each line, or between commas, in order and each once; and the first fault."""
    typed = [part for line in text.splitlines() for part in line.split(",") if part.strip()]
    for part in typed:
        if fault := pattern_fault(part):
            return (), fault
    found = tuple(dict.fromkeys(tidy(part) for part in typed))
    if len(found) > MOST_PATTERNS:
        return (), f"These are {len(found)} patterns; {MOST_PATTERNS} fit. An asterisk stands for many names at once."
    return found, None


def patterns_from_list(given: Iterable[str]) -> tuple[tuple[str, ...], str | None]:
    """The same of patterns that stand one by one. A blank one is a fault: taken for none, it would lift every limit."""
    each = tuple(given)
    for one in each:
        if "," in one:
            return (), f"“{one.strip()[:80]}” has a comma, which stands between two patterns. Write each by itself."
        if fault := pattern_fault(one):
            return (), fault
    return patterns_from_text("\n".join(each))


def read_patterns(given: Patterns) -> tuple[tuple[str, ...], str | None]:
    """The same of either."""
    return patterns_from_text(given) if isinstance(given, str) else patterns_from_list(given)


@lru_cache(maxsize=1024)
def matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of them: `*` stands for any letters, everything else for itself, case included."""
    return re.compile("|".join(map(_written, sorted(patterns))), re.DOTALL)


def _written(pattern: str) -> str:
    """The pattern as an expression. What stands between two asterisks is looked for once, at its first place: however
    many there are, the work grows with the name and not with its powers."""
    first, *between = map(re.escape, pattern.split("*"))
    if not between:
        return first
    return first + "".join(f"(?>.*?{part})" for part in between[:-1] if part) + f".*{between[-1]}"


def reaches(patterns: Iterable[str], provider: str, model: str) -> bool:
    """True when one of the patterns fits; no pattern at all reaches every model."""
    held = tuple(patterns)
    return not held or matcher(held).fullmatch(f"{provider}:{model}") is not None
