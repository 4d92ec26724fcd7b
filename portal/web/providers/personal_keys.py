"""Taking somebody's own key for a provider away. Who has one is told on the provider's page."""

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.personal_keys import holders
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.providers.blueprint import bp


@bp.post("/<name>/personal-keys/<uuid:user_id>/remove", permission=Permission.PROVIDER_DELETE)
def remove_personal_key(name: str, user_id: UUID) -> ResponseReturnValue:
    gone = holders.revoke(actor(), runtime(), name, user_id)
    flash(f"The key of {gone.name} for {gone.label} is removed.", "good")
    return redirect(url_for("providers.show", name=name, _anchor="s-personal"))
