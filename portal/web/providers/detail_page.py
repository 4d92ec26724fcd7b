"""The page of one provider, shown as it is or again with what was wrong in one of its forms."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.health import NEVER_TESTED
from portal.services.health import history as check_history
from portal.services.personal_keys import holders
from portal.services.providers import detail as provider_detail
from portal.web import just_connected
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.key_form import KeyForm, key_form_for


def show_page(name: str, key_form: KeyForm | None = None, check_id: object = None) -> ResponseReturnValue:
    """A provider's story, with the form for a further key and the result of the test that was just made."""
    story = provider_detail.read_story(actor(), runtime(), name)
    key_form = key_form or key_form_for(story.type)(formdata=None)
    tested = check_history.read_check_of(actor(), check_id, story.id) if check_id else None
    person_search = request.args.get("person", "").strip()
    page = render_template(
        "providers/show.html",
        story=story,
        key_form=key_form,
        tested=tested,
        personal_keys=holders.of_provider(actor(), runtime(), story.id, person_search),
        person_search=person_search,
        test_now=just_connected.was(name) and story.now.verdict == NEVER_TESTED,
    )
    return page, key_form.status
