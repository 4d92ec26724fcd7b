"""A limit and a budget as JSON. Money is text, in US dollars: “12.40”."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from portal.domain import typed_numbers
from portal.domain.allowances import Allowance, Kind
from portal.domain.budgets import DOLLAR, money
from portal.domain.errors import Invalid, NotFound
from portal.services.allowances.setting import BUDGET_FAULT, Set
from portal.web.api.operations import Call
from portal.web.api.schemas import Given, Told

Requests = Annotated[int, Field(ge=1, le=2**31 - 1)]
Dollars = Annotated[str, Field(max_length=30, description="US dollars, as text: “12.40”.")]


class AllowanceGiven(Given):
    """All that is allowed; what is left out, or null, is not limited. `raised_to` is the budget until `raised_until`.

    Requests are limited for a provider, a user or a token; a budget is for a user, a role, a team or a token.
    """

    per_minute: Requests | None = None
    per_day: Requests | None = None
    budget: Dollars | None = None
    raised_to: Dollars | None = None
    raised_until: AwareDatetime | None = None

    @property
    def allowance(self) -> Allowance:
        """The same as the services take it. Raises `Invalid`."""
        faults, amounts = {}, {}
        for name, text in (("budget", self.budget), ("raised_to", self.raised_to)):
            found = typed_numbers.decimal(text) if text is not None else None
            if text is not None and found is None:
                faults[name] = BUDGET_FAULT
            amounts[name] = None if found is None else money(found)
        if faults:
            raise Invalid(faults)
        until = self.raised_until.astimezone(UTC) if self.raised_until else None
        return Allowance(self.per_minute, self.per_day, **amounts, raised_until=until)


class AllowanceTold(Told):
    """What is allowed to one of them. Null is no limit. `member` is each member of a team, `team` all of it."""

    kind: Kind
    id: UUID
    name: str
    per_minute: int | None
    per_day: int | None
    budget: str | None
    raised_to: str | None
    raised_until: datetime | None


def kind_of(name: str) -> Kind:
    """The kind of this name. Raises `NotFound`."""
    if name not in set(Kind):
        raise NotFound
    return Kind(name)


def line_of(found: Set) -> AllowanceTold:
    """An allowance as the list tells it."""
    allowed = found.allowance
    return AllowanceTold(
        kind=found.kind,
        id=found.id,
        name=found.name,
        per_minute=allowed.per_minute,
        per_day=allowed.per_day,
        budget=told_money(allowed.budget),
        raised_to=told_money(allowed.raised_to),
        raised_until=allowed.raised_until,
    )


def allowance_of(call: Call, found: Set) -> AllowanceTold:
    """An allowance as it is told, with its version in the answer’s head."""
    call.etag = found.version
    return line_of(found)


def told_money(amount: int | None) -> str | None:
    """Dollars as text; None is none."""
    return None if amount is None else f"{Decimal(amount) / DOLLAR:f}"
