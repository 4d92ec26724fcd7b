"""`DELETE /me/budgets/notices`"""

from portal.domain.permissions import Permission
from portal.services.allowances import budget_use
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/me/budgets/notices", Permission.SIGNED_IN)
def run(call: Call) -> None:
    """Take the notices of one’s own budgets away; twice is once."""
    budget_use.seen(call.actor)
