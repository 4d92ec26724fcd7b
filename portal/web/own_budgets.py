"""How one's own budgets stand, for the menu of every page and for what says so on it."""

from flask import Flask, g

from portal.services.allowances import budget_use
from portal.services.allowances.budget_use import BudgetUse
from portal.services.selection import choosing
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.signed_in import current_user


def own_budgets() -> tuple[BudgetUse, ...]:
    """The budgets of whoever looks at a page, the one that is spent furthest first. A page is answered once."""
    if not current_user.is_authenticated:
        return ()
    user = current_user._get_current_object()
    known = g.get("budgets_of")
    if known is None or known[0] is not user:
        version = choosing.known_catalog(runtime()).version
        known = g.budgets_of = (user, budget_use.own(actor(), runtime(), version, notices=True))
    found: tuple[BudgetUse, ...] = known[1]
    return found


def install(app: Flask) -> None:
    app.jinja_env.globals["own_budgets"] = own_budgets
