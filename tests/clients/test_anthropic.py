"""The `anthropic` package before every provider: where its API is passed on, and where it is translated."""

import pytest

from tests.clients.running import python
from tests.clients.vendors import ANSWER, Call, calls
from tests.waiting import PATIENCE

PROGRAM = "with_anthropic.py"
READ = Call("read_file", {"path": "money.py"})


def test_it_lists_chats_and_streams(portal, behind, tmp_path):
    told = python(PROGRAM, portal, tmp_path, "models,chat,streamed", behind.model)
    assert told["models"].count(behind.model) == 2  # in the list, and by itself
    assert told["chat"] == [ANSWER, "end_turn", 11, 5]
    assert told["streamed"] == [ANSWER, ANSWER, "end_turn", 5]


def test_a_tool_is_called_and_its_result_is_read(portal, behind, tmp_path):
    behind.vendor.plays = calls(READ)
    reason, name, arguments, answer = python(PROGRAM, portal, tmp_path, "tool", behind.model)["tool"]
    assert (reason, name, arguments) == ("tool_use", READ.name, READ.arguments)
    assert "round(x, 2)" in answer


def test_a_picture_arrives(portal, behind, tmp_path):
    behind.vendor.plays = lambda wish: f"{wish.pictures} picture"
    assert python(PROGRAM, portal, tmp_path, "picture", behind.model) == {"picture": "1 picture"}


def test_tokens_are_counted_where_the_provider_counts_them(portal, tmp_path):
    assert python(PROGRAM, portal, tmp_path, "counted", portal.behind["anthropic"].model) == {"counted": 11}
    told = python(PROGRAM, portal, tmp_path, "counted_in_vain", portal.behind["bedrock"].model)
    assert told["counted_in_vain"] == ["NotFoundError", 404]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
    ],
)
@pytest.mark.parametrize("type", ["anthropic", "bedrock"], ids=["passed on", "translated"])
def test_a_failure_is_raised_as_its_class(portal, tmp_path, type, status, name):
    behind = portal.behind[type]
    told = {"type": "x", "message": "This went wrong."}
    behind.upstream.respond(status, json={"type": "error", "error": told, "message": told["message"]})
    raised, _, words = python(PROGRAM, portal, tmp_path, "failure", behind.model)["failure"]
    assert raised == name
    assert "This went wrong." in words


def test_what_the_portal_refuses_is_raised_as_its_class(portal, tmp_path):
    told = python(PROGRAM, portal, tmp_path, "failure", "nobody-has-this")
    assert told["failure"][:2] == ["NotFoundError", 404]
    assert portal.behind["anthropic"].model in told["failure"][2]
    told = python(PROGRAM, portal, tmp_path, "failure", "claude-opus-4-7", ANTHROPIC_API_KEY="llmp_nobody")
    assert told["failure"][:2] == ["AuthenticationError", 401]


def test_a_stream_that_breaks_is_an_error_and_keeps_what_came(portal, behind, tmp_path):
    behind.vendor.breaks = True
    read, raised, words = python(PROGRAM, portal, tmp_path, "failure_streamed", behind.model)["failure_streamed"]
    assert ANSWER.startswith(read)
    assert raised == "APIStatusError"
    assert behind.vendor.type.title() in words


def test_who_leaves_ends_the_request_to_the_provider(portal, behind, tmp_path):
    behind.vendor.waits = True
    told = python(PROGRAM, portal, tmp_path, "leaves", behind.model)
    assert ANSWER.startswith(told["leaves"])
    assert behind.upstream.wait_until(lambda: behind.upstream.left == 1, PATIENCE)
