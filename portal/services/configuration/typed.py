"""Values of a document as fields take them: what can only mean one thing is understood, all else is said."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from portal.domain import budgets, typed_numbers

_SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Unusable(Exception):
    """A value that a field cannot take; `said` never repeats it."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def text(value: Any) -> str:
    """A word; a number as it is written."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unusable("This has to be a word.")
    return str(value)


def maybe_text(value: Any) -> str:
    return "" if value is None else text(value)


def switch(value: Any) -> bool:
    """Yes or no, in any of the words for them."""
    found = value if isinstance(value, bool) else _SWITCH.get(str(value).strip().lower())
    if found is None:
        raise Unusable("This has to be true or false.")
    return found


def whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = typed_numbers.whole(str(value)) if isinstance(value, str | Decimal) else None
    if number is None:
        raise Unusable("This has to be a whole number.")
    return number


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise Unusable("This has to be a number.")
    found = Decimal(value) if isinstance(value, int | Decimal) else typed_numbers.decimal(value)
    if found is None:
        raise Unusable("This has to be a number.")
    return float(found)


def days(value: Any) -> int | None:
    return None if value is None else whole(value)


def maybe_whole(value: Any) -> int | None:
    return None if value in (None, "") else whole(value)


def maybe_number(value: Any) -> float | None:
    return None if value in (None, "") else number(value)


def dollars(value: Any) -> int | None:
    """An amount as `Money`; None for none. What is below nothing, or more than any budget, is said beside the field."""
    if value is None or value == "":
        return None
    text = value.strip().removeprefix("$") if isinstance(value, str) else value
    found = typed_numbers.decimal(text) if isinstance(text, str) else text
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise Unusable("This has to be an amount in dollars, as 12.50.")
    most = Decimal(budgets.MOST) / budgets.DOLLAR
    if not 0 <= found <= most:  # what is no number at all is not within them either
        raise Unusable(f"Use an amount from 0 to {most:,} dollars.")
    return budgets.money(Decimal(found))


def last_moment(value: Any) -> datetime | None:
    """A day as 2027-01-31, by its end in UTC; or a moment with its zone. None for none."""
    if value is None or value == "":
        return None
    try:
        day = value if type(value) is date else date.fromisoformat(text(value).strip())
        return datetime.combine(day, time(23, 59, 59), UTC)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text(value).strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unusable("This has to be a day, as 2027-01-31.") from None


def words(value: Any) -> tuple[str, ...]:
    """A list of words; one word is a list of one."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise Unusable("This has to be a list of words.")
    return tuple(text(part) for part in value)


def mapping(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unusable("This has to be names with values.")
    return dict(value)


def texts(value: Any) -> dict[str, str]:
    return {str(name): text(part) for name, part in mapping(value).items() if part is not None}


def whole_texts(value: Any) -> dict[str, str]:
    """The same where each name needs its word: one without is kept, and blank."""
    return {str(name): maybe_text(part) for name, part in mapping(value).items()}


def wholes(value: Any) -> dict[str, int]:
    return {str(name): whole(part) for name, part in mapping(value).items() if part is not None}


def plain(value: Any) -> dict[str, object]:
    """Options: words, switches and numbers as the pages take them."""
    return {
        str(name): float(part) if isinstance(part, Decimal) else part
        for name, part in mapping(value).items()
        if part is not None
    }


def prices(value: Any) -> dict[str, str]:
    """Prices as decimals in words: never through a binary fraction."""
    found = {}
    for name, part in mapping(value).items():
        if part is not None:
            found[str(name)] = f"{part:f}" if isinstance(part, Decimal) else text(part)
    return found
