"""A provider's failure as the caller of the portal is told of it."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import uuid4

from portal.dialects.callers import API, Asked
from portal.dialects.callers.failures import code_of, words_of
from portal.dialects.conversation import ChatRequest
from portal.domain.faults import Category, Fault, sentence

STATUSES: Mapping[Category, int] = {
    Category.TIMEOUT: 504,
    Category.RATE_LIMIT: 429,
    Category.MODEL_NOT_FOUND: 404,
    Category.CONTEXT_LENGTH: 400,
    Category.CONTENT: 400,
    Category.REJECTED: 400,
}
"""What a provider's failure is to the caller of the portal; every other one is a bad gateway."""

_NOTHING_ASKED = Asked("", stream=True, usage_wanted=False, chat_request=ChatRequest("", ()))


class Told(NamedTuple):
    """What a refusal needs."""

    status: int
    code: str
    message: str


def told(api: str, fault: Fault, label: str) -> Told:
    """The failure of the provider of that label, in the portal's words and what the provider said, or in words that
    the API's clients act on."""
    words = " ".join(filter(None, (sentence(fault, label), fault.detail, fault.hint)))
    return Told(STATUSES.get(fault.category, 502), code_of(fault), words_of(api, fault, words))


def end_frame(api: str, fault: Fault, label: str) -> bytes:
    """The end of a stream that was passed on and broke off, as its API writes it; blank where it knows none."""
    known = API.get(api)
    return known.writer(_NOTHING_ASKED, "", uuid4().hex, 0).error(*told(api, fault, label)) if known else b""
