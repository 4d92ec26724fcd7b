"""Money for a calendar month, UTC: how much of a budget is spent, when it is reached, and what is said then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from uuid import UUID

from portal.domain.errors import Denied

Money = int
"""Billionths of a dollar, as exact as what is kept of each request: whole numbers add up to the same in any order."""

DOLLAR: Money = 1_000_000_000
MOST: Money = 1_000_000 * DOLLAR
"""The largest budget."""

NOTICES = (85, 100)
"""Per cent of a budget at which it is told, once a month each."""


class Budgeted(StrEnum):
    """Which budget it is."""

    OWN = "own"
    ROLE = "role"
    TEAM = "team"
    MEMBER = "member"
    TOKEN = "token"  # noqa: S105 because it is the name of a kind
    APPLICATION = "app"


WHICH: Mapping[Budgeted, str] = {
    Budgeted.OWN: "your own budget",
    Budgeted.ROLE: "the budget that your role gives each member",
    Budgeted.TEAM: "your team’s budget together",
    Budgeted.MEMBER: "the budget of each member of your team",
    Budgeted.TOKEN: "the budget of this access token",
    Budgeted.APPLICATION: "the budget of this application",
}


@dataclass(frozen=True)
class Spent:
    """What was spent in one month, and how many answers of unknown price came beside it."""

    amount: Money = 0
    unpriced: int = 0


@dataclass(frozen=True)
class Budget:
    """One budget as it is now. `id` is whose it is, `counted_by` whose spending counts against it."""

    kind: Budgeted
    id: UUID
    counted_by: UUID
    amount: Money

    def reached(self, spent: Spent) -> bool:
        return spent.amount >= self.amount

    def percent(self, spent: Spent) -> int:
        """Rounded down: 100 is said when it is reached, not before."""
        return 100 if self.amount == 0 else spent.amount * 100 // self.amount


class BudgetReached(Denied):
    """A budget is used up. Nothing was sent."""

    code = "budget_reached"

    def __init__(self, budget: Budget, spent: Spent, now: datetime) -> None:
        self.budget, self.spent = budget, spent
        opens = next_month(now)
        super().__init__(
            f"The budget of this month is used up: {dollars(spent.amount)} of {dollars(budget.amount)} spent, "
            f"{WHICH[budget.kind]}. It opens again on {opens.day} {opens:%B %Y} (UTC)."
        )


class UnpricedModel(Denied):
    """Somebody with a budget asks for a model whose price is not known, where that is not allowed."""

    code = "unpriced_model"

    def __init__(self) -> None:
        super().__init__(
            "The price of this model is not known, and whoever has a budget may not use such models here. "
            "Choose another model."
        )


def money(amount: Decimal) -> Money:
    """Dollars as `Money`."""
    return int((amount * DOLLAR).quantize(Decimal(1), ROUND_HALF_EVEN))


def dollars(amount: Money) -> str:
    """As it is read: $12.40, $50; what is less than a cent is not written as nothing."""
    if amount % DOLLAR == 0:
        return f"${amount // DOLLAR:,}"
    if amount < DOLLAR // 100:
        return "less than $0.01"
    return f"${amount // (DOLLAR // 100) / 100:,.2f}"  # rounded down: what is not spent is not said to be


def period_of(now: datetime) -> int:
    """The month as a number: 202611."""
    day = now.astimezone(UTC)
    return day.year * 100 + day.month


def next_month(now: datetime) -> date:
    """The day on which the next month begins."""
    day = now.astimezone(UTC).date()
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def first_reached(budgets: Sequence[Budget], spent: Mapping[UUID, Spent]) -> tuple[Budget, Spent] | None:
    """The first of these budgets that is used up."""
    for budget in budgets:
        used = spent.get(budget.counted_by, Spent())
        if budget.reached(used):
            return budget, used
    return None
