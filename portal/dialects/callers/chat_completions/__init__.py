"""The API of `/v1/chat/completions`, as it is spoken to callers."""

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.chat_completions.answers import Writer, write
from portal.dialects.callers.chat_completions.requests import read
from portal.dialects.callers.errors import openai_refusal as error

__all__ = ["Writer", "error", "name", "read", "write", "writer"]

name = "chat_completions"


def writer(asked: Asked, model: str, id: str, now: int) -> Writer:
    """What writes the answer as a stream."""
    return Writer(asked, model, id, now)
