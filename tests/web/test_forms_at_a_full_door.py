"""A form that is refused at the door is given back with what was typed, to be sent again."""

import html
import re
from uuid import uuid4

import pytest
from flask import Flask

from portal.domain.errors import Overloaded
from portal.web.admission import EXTENSION, Admission, Waits
from tests.chatting import connect
from tests.conftest import PASSWORD, Client
from tests.counting import queries
from tests.upstream import Upstream

TYPED = '\nHow is <b>rounding</b> done?\nAnd "why"?'


@pytest.fixture
def full(app: Flask) -> Admission:
    """All places are taken."""
    admission = app.extensions[EXTENSION]
    for kind in Waits:
        for _ in range(admission.bounds[kind]):
            try:
                admission.enter(kind)
            except Overloaded:
                break
    return admission


def empty(admission: Admission) -> None:
    """All places are free again."""
    for kind in Waits:
        while admission.held(kind):
            admission.leave(kind)


def form_in(page: str) -> tuple[str, dict[str, str]]:
    """Where the form of a page leads, and what a browser sends with it."""
    form = re.search(r'<form class="again" method="post" action="([^"]*)">(.*?)</form>', page, re.DOTALL)
    assert form, page
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[2], re.DOTALL)
    written = re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form[2], re.DOTALL)
    return html.unescape(form[1]), {name: html.unescape(value) for name, value in [*hidden, *written]}


def test_a_question_that_was_refused_is_sent_with_one_press(
    uma: Client, full: Admission, upstream: Upstream, runtime, actors
):
    connect(runtime, actors.ada, upstream.base_url, "m-1")
    path = f"/chat/{uuid4()}/turns"
    form = {"text": TYPED, "client_id": uuid4().hex, "new": "yes"}

    with queries() as asked:
        refused = uma.post_form(path, form)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert not asked
    where, sent = form_in(refused.text)
    assert (where, sent["text"], sent["new"]) == (path, TYPED, "yes")
    empty(full)
    assert uma.post(where, data=sent).status_code in (200, 302, 303)
    assert upstream.requests[-1].json["messages"][-1]["content"].split() == TYPED.split()


def test_a_password_is_asked_for_again_and_the_address_is_still_there(nobody: Client, full: Admission):
    refused = nobody.post_form("/sign-in", {"email": "uma@example.org", "password": PASSWORD})

    assert refused.status_code == 503
    assert PASSWORD not in refused.text
    where, sent = form_in(refused.text)
    empty(full)
    again = nobody.post(where, data=sent)
    assert again.status_code == 422
    assert 'value="uma@example.org"' in again.text
    assert "Type it again" in again.text


def test_a_key_is_not_in_the_page_and_nothing_is_tested_without_it(ada: Client, full: Admission, upstream: Upstream):
    key = "sk-test-abcdefghijklmnop1234"
    form = {"type": "openai_compatible", "name": "slow", "label": "Slow one", "base_url": upstream.base_url, "key": key}

    refused = ada.post_form("/providers/test", form)

    assert refused.status_code == 503
    assert key not in refused.text
    where, sent = form_in(refused.text)
    empty(full)
    again = ada.post(where, data=sent)
    assert "Slow one" in again.text
    assert "A secret is not kept while the portal is full. Type it again." in again.text
    assert not upstream.requests


def test_what_another_site_made_up_is_not_signed_here(uma: Client, full: Admission):
    refused = uma.post(f"/chat/{uuid4()}/turns", data={"text": "Buy!", "csrf_token": "made up"})

    where, sent = form_in(refused.text)
    assert sent["csrf_token"] == "made up"
    empty(full)
    assert uma.post(where, data=sent).status_code == 400


def test_of_a_strangers_form_no_more_is_read_than_any_form_needs(nobody: Client, full: Admission):
    refused = nobody.post(f"/chat/{uuid4()}/turns", data={"text": "x" * 200_000})

    assert refused.status_code == 503
    assert "<textarea" not in refused.text


def test_whoever_typed_nothing_is_given_nothing_back(uma: Client, full: Admission):
    refused = uma.post(f"/chat/{uuid4()}/turns/{uuid4()}/attempts")

    assert refused.status_code == 503
    assert "<form" not in refused.text
