"""Refusals in the API that a caller speaks: the portal's own, and what else a request meets."""

from typing import Any

from portal.dialects.callers import API
from portal.dialects.callers import (
    CallerRefusal as CallerRefusal,  # exported: what a request raises that cannot be read
)
from portal.dialects.callers import errors as errors  # exported: the portal's own refusals
from portal.dialects.callers.errors import Refusal as Refusal

Written = tuple[dict[str, Any], dict[str, str]]
"""The body of a refusal, to be written as JSON, and its headers."""


def written(
    api: str, status: int, code: str, message: str, param: str | None, retry: bool | None, request_id: str
) -> Written:
    """A refusal in the words of this API; `retry` says whether the same may be sent again, None leaves it open."""
    return API[api].error(status, code, message, param, retry, request_id)
