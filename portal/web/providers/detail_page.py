"""The page of one provider, shown as it is or again with what was wrong in one of its forms."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.health import UNTESTED
from portal.services.health import history as check_history
from portal.services.personal_keys import holders
from portal.services.providers import detail as provider_detail
from portal.web import just_connected
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.key_form import KeyForm, key_form_for


def show_page(name: str, key_form: KeyForm | None = None, check_id: object = None) -> ResponseReturnValue:
    """A provider's page, with the form for a further key and the result of the test that was just made."""
    detail = provider_detail.read_detail(actor(), runtime(), name)
    key_form = key_form or key_form_for(detail.type)(formdata=None)
    tested = check_history.read_check_of(actor(), check_id, detail.id) if check_id else None
    person_search = request.args.get("person", "").strip()
    page = render_template(
        "providers/show.html",
        detail=detail,
        key_form=key_form,
        tested=tested,
        test_now=just_connected.was(name) and detail.now.verdict in UNTESTED,
        personal_keys=holders.of_provider(actor(), runtime(), detail.id, person_search),
        person_search=person_search,
    )
    return page, key_form.status
