"""Numbers as people type them: understood where only one number can be meant, else not taken at all."""

import re
from decimal import Decimal

_GROUPS = re.compile(r"[1-9]\d{0,2}(?:(?P<sign>[,_’' \u00a0\u2009\u202f])\d{3})(?:(?P=sign)\d{3})*(?:\.\d+)?")
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{0,15})?|\.\d{1,15}")
_COMMA = re.compile(r"(\d{1,15}),(\d{1,15})")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


def decimal(text: str) -> Decimal | None:
    """1.25 for "1.25" and "1,25", 1250 for "1 250" and "1_250"; None for what is no number.

    "1,250" is None too: to some it is more than a thousand, to others one and a quarter.
    """
    typed = text.strip()
    if re.fullmatch(r"[1-9]\d{0,2},\d{3}", typed):
        return None
    if _GROUPS.fullmatch(typed):
        typed = re.sub(r"[^\d.]", "", typed)
    elif found := _COMMA.fullmatch(typed):
        typed = f"{found[1]}.{found[2]}"
    return Decimal(typed) if typed.isascii() and _PLAIN.fullmatch(typed) else None


def whole(text: str) -> int | None:
    """200000 for "200k", "200,000", "200 000" and "200_000", 1000000 for "1M"; None for what is no whole number."""
    found = re.fullmatch(r"(?P<number>.*?)\s*(?P<times>[kKmM]?)", text.strip(), re.DOTALL)
    typed, times = (found["number"], _TIMES[found["times"].lower()]) if found else ("", 1)
    # A comma before three digits parts thousands here: nobody counts pieces of tokens or of days.
    if times == 1 and _GROUPS.fullmatch(typed) and "." not in typed:
        typed = re.sub(r"\D", "", typed)
    number = decimal(typed)
    if (
        number is None
        or number * times != int(number * times)
        or (times == 1 and not re.fullmatch(r"\d+(\.0{1,2})?", typed))
    ):
        return None
    return int(number * times)
