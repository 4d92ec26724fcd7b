"""The API of `/v1/responses`, as it is spoken to callers."""

from portal.dialects.callers.asked import Asked
from portal.dialects.callers.errors import openai_refusal as error
from portal.dialects.callers.responses.answers import write
from portal.dialects.callers.responses.requests import read
from portal.dialects.callers.responses.streams import Writer

__all__ = ["Writer", "error", "name", "read", "write", "writer"]

name = "responses"


def writer(asked: Asked, model: str, id: str, now: int) -> Writer:
    """What writes the answer as a stream."""
    return Writer(asked, model, id, now)
