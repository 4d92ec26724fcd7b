"""Refusals in the shape and with the headers that clients' repeats go by."""

import pytest

from portal.dialects.callers import API
from portal.dialects.callers.errors import INVALID_TOKEN, REFUSALS, Refusal

OPENAI = ["chat_completions", "responses"]
FINAL = ["invalid_api_key", "ai_off", "daily_limit_reached", "budget_reached", "model_not_found", "permission_denied"]


@pytest.mark.parametrize("api", OPENAI)
def test_openais_clients_find_message_type_param_and_code(api: str):
    body, headers = API[api].error(404, "model_not_found", "There is none.", "model", False)
    assert body == {
        "error": {
            "message": "There is none.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }
    assert headers == {"x-should-retry": "false"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_anthropics_clients_find_the_type_of_the_status(status: int, kind: str):
    body, headers = API["messages"].error(status, "any", "So it is.", request_id="req_1")
    assert body == {"type": "error", "error": {"type": kind, "message": "So it is."}, "request_id": "req_1"}
    assert headers == {}


@pytest.mark.parametrize("api", OPENAI)
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_fault_that_is_not_the_callers_is_a_servers(api: str, status: int):
    assert API[api].error(status, "overloaded", "Full.", retry=True) == (
        {"error": {"message": "Full.", "type": "server_error", "param": None, "code": "overloaded"}},
        {"x-should-retry": "true"},
    )


@pytest.mark.parametrize("code", FINAL)
def test_what_no_repeat_mends_says_so(code: str):
    assert REFUSALS[code].retry is False


def test_every_code_is_one_refusal_with_the_status_of_a_fault():
    assert all(code == refusal.code and 400 <= refusal.status <= 599 for code, refusal in REFUSALS.items())
    assert len({refusal.message for refusal in REFUSALS.values()}) == len(REFUSALS)


def test_every_token_that_is_none_is_refused_in_the_same_words():
    assert INVALID_TOKEN.status == 401
    assert INVALID_TOKEN.say() == INVALID_TOKEN.message
    assert "{" not in INVALID_TOKEN.message


def test_the_blanks_of_a_message_are_filled_in():
    refusal = Refusal("code", 404, "There is no “{model}”; there are {models}.")
    assert refusal.say(model="{x}", models="a, b") == "There is no “{x}”; there are a, b."
