"""The APIs in which callers ask: their requests read, and answers and refusals written in their words.

Pure, like all dialects: times and ids are handed in. `fields` is the table of what becomes of each field of a request.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from portal.dialects.callers import chat_completions, messages, responses
from portal.dialects.callers.asked import Asked
from portal.dialects.callers.errors import CallerRefusal
from portal.dialects.conversation import ChatDelta, ChatResponse

__all__ = ["API", "Asked", "CallerApi", "CallerRefusal", "StreamWriter"]


class StreamWriter(Protocol):
    """Writes one answer as a stream: `begin`, `delta` as they come, and then `end`, or `error` in its place."""

    def begin(self) -> bytes: ...

    def delta(self, delta: ChatDelta) -> bytes:
        """What is due by now; blank where nothing is to be said yet."""
        ...

    def end(self) -> bytes: ...

    def error(self, status: int, code: str, message: str) -> bytes:
        """The API's own error in a stream that has begun, and the stream's end."""
        ...


class CallerApi(Protocol):
    """One API; a package each."""

    @property
    def name(self) -> str: ...

    def read(self, body: object) -> Asked:
        """What a request's JSON asks for. Raises `CallerRefusal`."""
        ...

    def write(self, asked: Asked, response: ChatResponse, model: str, id: str, now: int) -> dict[str, Any]:
        """A whole answer. `id` is the answer's, without a prefix; `now` is in seconds of 1970."""
        ...

    def writer(self, asked: Asked, model: str, id: str, now: int) -> StreamWriter: ...

    def error(
        self,
        status: int,
        code: str,
        message: str,
        param: str | None = None,
        retry: bool | None = None,
        request_id: str = "",
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The body and the headers of a refusal. `retry`: whether to send the same again; None leaves it open."""
        ...


API: Mapping[str, CallerApi] = {api.name: api for api in (chat_completions, responses, messages)}
"""Every API by name."""
