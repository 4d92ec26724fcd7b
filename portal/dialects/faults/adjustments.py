"""The few things that a provider may refuse and that the portal changes by itself, once each, and says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.dialects.base import Call
from portal.dialects.reading import load
from portal.dialects.writing import write
from portal.domain.faults import Category, Fault

_UNWANTED = re.compile(
    r"not support|unsupported|unrecognized|unknown|unexpected|not permitted|not allowed|extra (input|field)|"
    r"only the default|may only be set|deprecated|cannot both|"
    r"cannot be (used|specified|set)|removed|instead|invalid parameter"
)


@dataclass(frozen=True)
class Cure:
    """One body field that may be renamed (`to`) or left out, and what people are told. `beside` keeps another one."""

    field: str
    note: str
    to: str = ""
    only_if: str = ""


def mend(call: Call, fault: Fault, cures: tuple[Cure, ...]) -> tuple[Call, str] | None:
    """The call with the first cure applied whose field the fault complains of, and its note."""
    said = f"{fault.detail} {fault.code}".lower()
    body = load(call.body or b"")
    if fault.category is not Category.REJECTED or not isinstance(body, dict) or not _UNWANTED.search(said):
        return None
    for cure in cures:
        if cure.field not in body or not re.search(rf"\b{cure.field}\b", said) or cure.only_if not in said:
            continue
        return replace(call, body=write(_changed(body, cure))), cure.note
    return None


def _changed(body: Mapping[str, Any], cure: Cure) -> dict[str, Any]:
    if not cure.to:
        return {key: value for key, value in body.items() if key != cure.field}
    return {cure.to if key == cure.field else key: value for key, value in body.items()}
