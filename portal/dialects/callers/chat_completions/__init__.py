"""The API of `/v1/chat/completions`, as it is spoken to callers."""

from typing import Any

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.chat_completions.answers import Writer, write
from portal.dialects.callers.chat_completions.requests import read
from portal.dialects.callers.errors import openai_error, retry_headers

__all__ = ["Writer", "error", "name", "read", "write", "writer"]

name = "chat_completions"


def writer(asked: Asked, model: str, id: str, now: int) -> Writer:
    """What writes the answer as a stream."""
    return Writer(asked, model, id, now)


def error(
    status: int,
    code: str,
    message: str,
    param: str | None = None,
    retry: bool | None = None,
    request_id: str = "",  # noqa: ARG001 - the API's bodies name no request
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and the headers of a refusal."""
    return openai_error(status, code, message, param), retry_headers(retry)
