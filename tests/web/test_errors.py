"""Failures become pages in our voice, problem+json for scripts, and a log line that says more than either."""

import pytest
from flask import Flask, abort

from portal.domain.errors import Conflict, Denied, Invalid, NotFound, PortalError, Throttled, Unavailable
from portal.domain.permissions import Permission
from portal.web.errors import WORDS

JSON = {"Accept": "application/json"}
SECRET = "sk-canary-in-an-exception"

RAISED: dict[str, PortalError | Exception | int] = {
    "not-found": NotFound(),
    "denied": Denied("Only an administrator may do this."),
    "conflict": Conflict("Somebody has this name already. Choose another."),
    "invalid": Invalid({"name": "Use small letters.", "url": "Begin with https://."}),
    "throttled": Throttled("Too many tries. Wait 5 minutes.", 300),
    "unavailable": Unavailable("AI is off for the whole portal."),
    "bug": ZeroDivisionError(SECRET),
    **{str(status): status for status in (400, 403, 404, 409, 413, 415, 422, 429, 500, 503)},
}


@pytest.fixture
def failing(app: Flask) -> Flask:
    """A page for each failure. TESTING would let a fault through to the test instead of to its page."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(kind: str):
        raised = RAISED[kind]
        if isinstance(raised, int):
            abort(raised)
        raise raised

    app.add_url_rule("/fail/<kind>", view_func=fail, permission=Permission.SIGNED_IN)
    app.add_url_rule("/fail-openly/<kind>", endpoint="openly", view_func=fail, permission=Permission.PUBLIC)
    return app


@pytest.mark.parametrize(
    ("kind", "status", "sentence"),
    [
        ("not-found", 404, "There is nothing of that name here, or you have no access to it."),
        ("denied", 403, "Only an administrator may do this."),
        ("conflict", 409, "Somebody has this name already. Choose another."),
        ("throttled", 429, "Too many tries. Wait 5 minutes."),
        ("unavailable", 503, "AI is off for the whole portal."),
    ],
)
def test_what_a_service_raises_is_told_in_its_own_sentence(failing, uma, kind, status, sentence):
    answer = uma.get(f"/fail/{kind}")

    assert answer.status_code == status
    assert sentence in answer.get_data(as_text=True)
    assert "Uma Ortiz" in answer.get_data(as_text=True), "the menu stays"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 415, 422, 429, 500, 503])
def test_what_http_refuses_says_what_happened_and_what_to_do(failing, uma, status):
    answer = uma.get(f"/fail/{status}")
    text = answer.get_data(as_text=True)

    assert answer.status_code == status
    assert WORDS[status].title in text
    assert WORDS[status].advice.replace("'", "&#39;") in text
    assert "error occurred" not in text


def test_several_faults_are_listed(failing, uma):
    text = uma.get("/fail/invalid").get_data(as_text=True)

    assert "<li>Use small letters.</li>" in text
    assert "<li>Begin with https://.</li>" in text


def test_a_pause_is_told_to_clients_in_seconds(failing, uma):
    assert uma.get("/fail/throttled").headers["Retry-After"] == "300"


def test_a_bug_shows_nothing_of_itself_but_a_request_number(failing, uma):
    answer = uma.get("/fail/bug")
    text = answer.get_data(as_text=True)

    assert answer.status_code == 500
    assert SECRET not in text
    assert "ZeroDivisionError" not in text
    assert answer.headers["X-Request-Id"] in text


@pytest.mark.parametrize("kind", ["not-found", "429", "bug"])
def test_a_stranger_gets_the_page_without_a_menu(failing, nobody, kind):
    text = nobody.get(f"/fail-openly/{kind}").get_data(as_text=True)

    assert 'class="gatehouse"' in text
    assert 'aria-label="Menu"' not in text


@pytest.mark.parametrize("kind", ["conflict", "404", "bug"])
def test_a_script_gets_problem_json(failing, uma, kind):
    answer = uma.get(f"/fail/{kind}", headers=JSON)

    assert answer.mimetype == "application/problem+json"
    assert answer.json.keys() >= {"title", "status", "detail", "code", "request_id"}
    assert answer.json["status"] == answer.status_code


def test_problem_json_names_each_field(failing, uma):
    assert uma.get("/fail/invalid", headers=JSON).json["faults"] == {
        "name": "Use small letters.",
        "url": "Begin with https://.",
    }


def test_an_unknown_address_is_404_for_everybody(app, uma, nobody):
    assert uma.get("/no-such-page").status_code == 404
    assert nobody.get("/no-such-page").status_code == 404


def test_the_wrong_method_names_the_right_ones(app, uma):
    answer = uma.get("/sign-out")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_form_without_its_token_is_told_in_plain_words(app, uma):
    answer = uma.post("/sign-out")

    assert answer.status_code == 400
    assert "This form is no longer valid." in answer.get_data(as_text=True)


def test_a_form_of_somebody_signed_out_leads_to_the_door_and_back(app, nobody):
    answer = nobody.post("/sign-out", headers={"Referer": "http://localhost/profile?tab=sessions"})
    text = answer.get_data(as_text=True)

    assert answer.status_code == 401
    assert 'href="/sign-in?next=/profile?tab%3Dsessions"' in text


@pytest.mark.parametrize("referrer", ["http://evil.example/profile", "http://localhost//evil.example", "nonsense"])
def test_the_way_back_never_leaves_the_portal(app, nobody, referrer):
    text = nobody.post("/sign-out", headers={"Referer": referrer}).get_data(as_text=True)

    assert "evil.example" not in text
    assert 'href="/sign-in"' in text
