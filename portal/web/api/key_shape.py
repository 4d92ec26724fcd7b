"""A key as it is sent: plain text, or the parts of its kind. None is ever told."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.provider_types.table import TYPES
from portal.services.keys.pools import Pasted
from portal.web.api.schemas import Given, Word

Secret = Annotated[str, Field(max_length=10_240, json_schema_extra={"writeOnly": True}, repr=False)]
KINDS = sorted({kind.name for type in TYPES.values() for kind in type.key_kinds}, key=len, reverse=True)


class KeyGiven(Given):
    """A key: `key` for a plain one, or `kind` and `parts` for one of several parts."""

    key: Secret = ""
    kind: Word = ""
    parts: Annotated[Mapping[str, Secret], Field(max_length=10)] = {}

    @property
    def pasted(self) -> Pasted:
        return Pasted(self.kind or API_KEY.name, self.parts or {"key": self.key})


def pointer(name: str) -> str:
    """Where a field of the services stands in the body."""
    kind = next((kind for kind in KINDS if name.startswith(f"{kind}_")), None)
    return f"/parts/{name.removeprefix(f'{kind}_')}" if kind else f"/{name}"
