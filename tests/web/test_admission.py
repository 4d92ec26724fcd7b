"""What waits for somebody else is counted first: beyond a bound it is refused at once, and pages go on."""

import contextlib
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from portal.domain.errors import Overloaded, Throttled
from portal.web.admission import EXTENSION, REFUSALS, Admission, Waits
from tests.chatting import connect
from tests.conftest import Client
from tests.counting import queries
from tests.upstream import Upstream

STREAM = {"Accept": "text/event-stream, application/json;q=0.5"}


@pytest.fixture
def admission(app: Flask) -> Admission:
    return app.extensions[EXTENSION]


def fill(admission: Admission, kind: Waits) -> Callable[[], None]:
    """Let strangers take all places of a kind; the result gives one of them back."""
    for _ in range(admission.bounds[kind] - admission.held(kind)):
        admission.enter(kind)
    return lambda: admission.leave(kind)


def ask(client: Client, **options):
    form = {"text": "Hello", "client_id": uuid4().hex, "new": "yes"}
    return client.post_form(f"/chat/{uuid4()}/turns", form, **options)


def is_read(answer) -> bool:
    """Read an answer to its end, as a browser does; whether it was one."""
    told = answer.data
    answer.close()
    return answer.status_code == 200 and bool(told)


@pytest.mark.parametrize("threads", [4, 8, 64, 256, 1024])
def test_some_threads_are_for_pages_alone_whatever_waits(threads: int):
    admission = Admission(threads)
    taken = 0
    for kind in (Waits.PASSWORD, Waits.PROVIDER, Waits.ANSWER):
        with contextlib.suppress(Overloaded):
            while True:
                admission.enter(kind)
                taken += 1

    assert max(1, threads // 8) <= threads - taken <= max(3, threads // 8)


def test_no_kind_takes_the_places_of_all_others():
    admission = Admission(64)
    for _ in range(admission.bounds[Waits.PROVIDER]):
        admission.enter(Waits.PROVIDER)
    with pytest.raises(Overloaded):
        admission.enter(Waits.PROVIDER)

    admission.enter(Waits.PASSWORD)
    admission.enter(Waits.ANSWER)


def test_one_person_has_half_of_the_places_at_most_and_others_have_the_rest():
    admission = Admission(64)
    half = admission.bounds[Waits.ANSWER] // 2
    for _ in range(half):
        admission.enter(Waits.ANSWER, "one")
    with pytest.raises(Throttled):
        admission.enter(Waits.ANSWER, "one")

    admission.enter(Waits.ANSWER, "another")
    admission.leave(Waits.ANSWER, "one")
    admission.enter(Waits.ANSWER, "one")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Waits.ANSWER, "/chat/11111111-1111-4111-8111-111111111111/turns"),
        (Waits.PROVIDER, "/providers/test"),
        (Waits.PROVIDER, "/models/discover"),
        (Waits.PROVIDER, "/settings/webhook/test"),
        (Waits.PASSWORD, "/sign-in"),
        (Waits.PASSWORD, "/profile/password"),
    ],
)
def test_beyond_the_bound_it_is_refused_before_the_database_is_asked(
    ada: Client, admission: Admission, kind: Waits, path: str
):
    page = ada.get("/profile")
    fill(admission, kind)

    with queries() as asked:
        answer = ada.post(path, data={"text": "Hello"})

    assert page.status_code == 200
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(REFUSALS[kind].retry_after))
    assert REFUSALS[kind].full in answer.text
    assert not asked
    assert ada.get("/profile").status_code == 200
    assert ada.get("/healthz").status_code == 200


DOWNLOADS = ("export.csv", ".zip", "export.<any(md,json):kind>")


def test_each_file_that_is_made_while_it_is_sent_is_counted(app: Flask):
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.endswith(DOWNLOADS)]
    assert len(rules) >= 7
    assert {rule.waits for rule in rules} == {Waits.DOWNLOAD}


def test_beyond_its_bound_a_download_is_refused_and_comes_when_one_has_been_read(ada: Client, admission: Admission):
    admission.bounds[Waits.DOWNLOAD] = 2
    with ada.get("/profile/everything.zip") as slow:
        assert slow.status_code == 200
        refused = ada.get("/audit/export.csv")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        assert REFUSALS[Waits.DOWNLOAD].own in refused.text
        assert ada.get("/profile").status_code == 200
    assert ada.get("/audit/export.csv").status_code == 200


def test_a_script_is_told_in_the_same_words_and_what_was_typed_stays_with_it(uma: Client, admission: Admission):
    give_back = fill(admission, Waits.ANSWER)

    refused = ask(uma, headers=STREAM)

    assert refused.status_code == 503
    assert refused.json["detail"] == REFUSALS[Waits.ANSWER].full
    give_back()
    assert is_read(ask(uma, headers=STREAM))


def test_whoever_holds_half_of_the_places_is_asked_to_wait_and_nobody_else(
    uma: Client, ada: Client, admission: Admission, upstream: Upstream, runtime, actors
):
    connect(runtime, actors.ada, upstream.base_url, "m-1")
    admission.bounds[Waits.ANSWER] = 4
    held = [ask(uma, headers=STREAM) for _ in range(2)]

    refused = ask(uma, headers=STREAM)

    assert refused.status_code == 429, refused.text
    assert refused.headers["Retry-After"] == "5"
    assert is_read(ask(ada, headers=STREAM))
    assert all(map(is_read, held))
    assert is_read(ask(uma, headers=STREAM))


@pytest.mark.parametrize("headers", [STREAM, {}])
def test_a_place_is_given_back_when_the_answer_has_ended(uma: Client, admission: Admission, headers: dict[str, str]):
    assert is_read(ask(uma, headers=headers)) is bool(headers)

    assert admission.held(Waits.ANSWER) == 0


def test_a_place_is_given_back_when_the_route_breaks(app: Flask, ada: Client, admission: Admission):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["providers.test"] = lambda: 1 / 0

    assert ada.post_form("/providers/test", {}).status_code == 500

    assert admission.held(Waits.PROVIDER) == 0


def test_who_is_refused_by_a_guard_holds_nothing(nobody: Client, admission: Admission):
    nobody.post("/providers/test", data={})

    assert admission.held(Waits.PROVIDER) == 0
