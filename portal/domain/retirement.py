"""Models that their providers take away on a day that is known: from when on people are told."""

from datetime import date

SOON = 60
"""Days before a model goes, from which on it is said wherever the model is."""


def retires_soon(retires_on: date | None, today: date) -> bool:
    """Whether a model goes within `SOON` days, or is gone by its date already."""
    return retires_on is not None and (retires_on - today).days <= SOON


def retirement_words(retires_on: date | None, today: date) -> str:
    """`retires in 12 days`, for a model that goes soon; "" for every other one."""
    if retires_on is None or not retires_soon(retires_on, today):
        return ""
    days = (retires_on - today).days
    if days > 1:
        return f"retires in {days} days"
    if days == 1:
        return "retires tomorrow"
    return "retires today" if days == 0 else f"retired {-days} {'day' if days == -1 else 'days'} ago"
