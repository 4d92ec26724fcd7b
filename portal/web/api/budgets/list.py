"""`GET /me/budgets`"""

from datetime import date

from portal.domain.budgets import Budgeted
from portal.domain.permissions import Permission
from portal.services.allowances import budget_use
from portal.services.selection.choosing import current_catalog
from portal.web.api.allowances.shapes import told_money
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Told


class BudgetUse(Told):
    """One of one’s budgets this month, in US dollars. `notice`: it is nearly or wholly spent, and one has not read so.

    `unpriced` counts the answers whose price is not known.
    """

    kind: Budgeted
    amount: str
    spent: str
    unpriced: int
    percent: int
    opens: date
    notice: bool


@endpoint("GET", "/me/budgets", Permission.SIGNED_IN)
def run(call: Call) -> Page[BudgetUse]:
    """List one’s own budgets, the one that is spent furthest first. There is one page of them."""
    found = budget_use.own(call.actor, call.runtime, current_catalog(call.runtime).version, notices=True)
    return Page(
        data=[
            BudgetUse(
                kind=use.budget.kind,
                amount=told_money(use.budget.amount) or "0",
                spent=told_money(use.spent.amount) or "0",
                unpriced=use.spent.unpriced,
                percent=use.percent,
                opens=use.opens,
                notice=use.notice,
            )
            for use in found
        ]
    )
