"""When an answer ends: by what its model said, not by what its connection does."""

import pytest

from portal.dialects.base import Endpoint
from portal.dialects.conversation import ChatDelta, ChatResponse, FinishReason
from portal.dialects.provider_types.table import TYPES
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream.chat_stream import AFTER_THE_FINISH, ChatStream

ENDPOINT = Endpoint(TYPES["openai_compatible"], "http://127.0.0.1/v1")
BROKEN = UpstreamError(Fault(Category.CONNECT))


class Connection:
    """A connection that notes what is asked of it."""

    def __init__(self) -> None:
        self.status, self.headers = 200, {}
        self.given: list[float] = []
        self.closed = False

    def chunks(self):
        raise AssertionError("the pieces are handed in: nobody reads a connection")

    def end_within(self, seconds: float) -> None:
        self.given.append(seconds)

    def close(self) -> None:
        self.closed = True


def read(*deltas: ChatDelta | UpstreamError) -> tuple[Connection, ChatStream]:
    def arriving():
        for delta in deltas:
            if isinstance(delta, UpstreamError):
                raise delta
            yield delta

    connection = Connection()
    whole = (ChatResponse((), ""), ())
    return connection, ChatStream(ENDPOINT, connection, arriving(), "", (), lambda: whole)


def test_from_the_finish_on_the_connection_has_two_seconds():
    connection, stream = read(ChatDelta("Hi."), ChatDelta(finish_reason=FinishReason.STOP))
    assert [next(stream).text, connection.given] == ["Hi.", []]
    next(stream)
    assert connection.given == [AFTER_THE_FINISH] == [2.0]


def test_what_breaks_after_the_finish_is_no_fault():
    connection, stream = read(ChatDelta("Hi.", finish_reason=FinishReason.STOP), BROKEN)
    assert [delta.text for delta in stream] == ["Hi."]
    assert connection.closed


def test_what_breaks_before_is_one():
    connection, stream = read(ChatDelta("Hi."), BROKEN)
    with pytest.raises(UpstreamError):
        list(stream)
    assert connection.closed


def test_words_after_a_finish_begin_the_time_anew():
    stop = FinishReason.STOP
    connection, stream = read(ChatDelta("a", finish_reason=stop), ChatDelta("b"), ChatDelta(request_id="r"))
    assert [delta.text for delta in stream] == ["a", "b", ""]
    assert len(connection.given) == 2
