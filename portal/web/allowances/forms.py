"""The forms of limits and budgets."""

from datetime import UTC, datetime, time
from decimal import Decimal

from wtforms import DateField, StringField
from wtforms.validators import Optional

from portal.domain import typed_numbers
from portal.domain.allowances import Allowance
from portal.domain.budgets import DOLLAR, money
from portal.services.allowances.setting import BUDGET_FAULT, REQUESTS_FAULT, Set
from portal.web.fields import VersionedForm


class NumberField(StringField):
    """A whole number, as people write it; blank is none."""

    def number(self) -> int | None:
        """What was typed. Raises `ValueError` where it is no number."""
        text = (self.data or "").strip()
        found = typed_numbers.whole(text) if text else None
        if text and found is None:
            raise ValueError(REQUESTS_FAULT)
        return found


class MoneyField(StringField):
    """Dollars, with or without their sign; blank is none."""

    def money(self) -> int | None:
        """What was typed. Raises `ValueError` where it is no amount."""
        text = (self.data or "").strip().removeprefix("$").strip()
        found = typed_numbers.decimal(text) if text else None
        if text and found is None:
            raise ValueError(BUDGET_FAULT)
        return None if found is None else money(found)


class AllowanceForm(VersionedForm):
    """What is allowed to one provider, person, role, team or token."""

    EDITS = True

    per_minute = NumberField("Requests a minute")
    per_day = NumberField("Requests a day")
    budget = MoneyField("Budget a month")
    raised_to = MoneyField("Raised to")
    raised_until = DateField("Until", [Optional()])

    def unread(self) -> dict[str, str]:
        """The fields that hold no number, each with what is said of it."""
        faults: dict[str, str] = {}
        for field in (self.per_minute, self.per_day, self.budget, self.raised_to):
            try:
                field.number() if isinstance(field, NumberField) else field.money()
            except ValueError as error:
                faults[field.name] = str(error)
        if self.raised_until.process_errors:
            faults["raised_until"] = "Choose a day, as 2026-12-24."
        return faults

    @property
    def allowance(self) -> Allowance:
        """What was typed; a raise ends when its last day, UTC, is over."""
        day = self.raised_until.data
        return Allowance(
            self.per_minute.number(),
            self.per_day.number(),
            self.budget.money(),
            self.raised_to.money(),
            datetime.combine(day, time(23, 59, 59), UTC) if day else None,
        )


def filled(found: Set) -> AllowanceForm:
    """A form that holds what is set, and nothing of the request."""
    allowance = found.allowance
    return AllowanceForm(
        formdata=None,
        per_minute=allowance.per_minute,
        per_day=allowance.per_day,
        budget=_plain(allowance.budget),
        raised_to=_plain(allowance.raised_to),
        raised_until=allowance.raised_until.date() if allowance.raised_until else None,
        version=found.version,
    )


def _plain(amount: int | None) -> str:
    return "" if amount is None else f"{(Decimal(amount) / DOLLAR).normalize():f}"
