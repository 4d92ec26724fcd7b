"""The few things that a provider may refuse and that the portal changes by itself, once each, and says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.dialects.base import UpstreamRequest
from portal.dialects.reading import load
from portal.dialects.writing import write
from portal.domain.faults import Category, Fault

_UNWANTED = re.compile(
    r"not support|unsupported|unrecognized|unknown|unexpected|not permitted|not allowed|extra (input|field)|"
    r"only the default|may only be set|deprecated|cannot both|"
    r"cannot be (used|specified|set)|removed|instead|invalid parameter|"
    r"only \S{1,20} (is|are) (allowed|accepted|valid|possible)|"
    r"(must|can only|has to) (be|equal) (set to |exactly |equal to )?-?\d+(\.\d+)?\W*($|for|with|on|in)"
)


@dataclass(frozen=True)
class Adjustment:
    """One body field that may be renamed (`to`) or left out, and the note that people read.

    It is made only where the complaint holds `only_if`.
    """

    field: str
    note: str
    to: str = ""
    only_if: str = ""


def adjust(
    request: UpstreamRequest, fault: Fault, adjustments: tuple[Adjustment, ...]
) -> tuple[UpstreamRequest, str] | None:
    """The request with the first adjustment applied whose field the fault complains of, and its note."""
    complaint = f"{fault.detail} {fault.code}".lower()
    body = load(request.body or b"")
    if fault.category is not Category.REJECTED or not isinstance(body, dict) or not _UNWANTED.search(complaint):
        return None
    for adjustment in adjustments:
        if (
            adjustment.field not in body
            or not re.search(rf"\b{adjustment.field}\b", complaint)
            or adjustment.only_if not in complaint
        ):
            continue
        return replace(request, body=write(_changed(body, adjustment))), adjustment.note
    return None


def _changed(body: Mapping[str, Any], adjustment: Adjustment) -> dict[str, Any]:
    if not adjustment.to:
        return {key: value for key, value in body.items() if key != adjustment.field}
    return {adjustment.to if key == adjustment.field else key: value for key, value in body.items()}
