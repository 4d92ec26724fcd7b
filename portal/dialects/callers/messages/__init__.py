"""The API of `/v1/messages`, as it is spoken to callers."""

from typing import Any

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.errors import anthropic_error, retry_headers
from portal.dialects.callers.messages.answers import Writer, write
from portal.dialects.callers.messages.requests import read

__all__ = ["Writer", "error", "name", "read", "write", "writer"]

name = "messages"


def writer(asked: Asked, model: str, id: str, now: int) -> Writer:
    """What writes the answer as a stream."""
    return Writer(asked, model, id, now)


def error(
    status: int,
    code: str,  # noqa: ARG001 - the API has no codes
    message: str,
    param: str | None = None,  # noqa: ARG001 - the message begins with it
    retry: bool | None = None,
    request_id: str = "",
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and the headers of a refusal."""
    return anthropic_error(status, message, request_id), retry_headers(retry)
