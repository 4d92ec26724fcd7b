"""A provider as JSON: what is sent of one, and what is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from portal.domain.health import KeyStatus, Level
from portal.domain.provider_headers import TypedHeader
from portal.services.providers.reading import ProviderView
from portal.web.api import key_shape
from portal.web.api.key_shape import Secret
from portal.web.api.schemas import Given, Told, Word

Name = Annotated[str, Field(max_length=100)]
Seconds = Annotated[float, Field(ge=0, le=1e6)]


class HeaderGiven(Given):
    """A further header of its requests. A secret one without a value keeps the value that is stored."""

    name: Name
    value: Annotated[str, Field(max_length=4000, repr=False)] = ""
    secret: bool = False


class ProviderFields(Given):
    """What can be said of a provider. What is left out of a change stays as it is, its key too."""

    label: Word = ""
    base_url: Annotated[str, Field(max_length=2000)] = ""
    settings: Annotated[Mapping[str, Annotated[str, Field(max_length=2000)]], Field(max_length=50)] = {}
    key: Secret = ""
    key_kind: Word = ""
    key_parts: Annotated[Mapping[str, Secret], Field(max_length=10)] = {}
    default_model: Word = ""
    connect_timeout: Seconds = 5.0
    read_timeout: Seconds = 180.0
    rotate_after_days: Annotated[int, Field(ge=0, le=100_000)] = 90
    headers: Annotated[Sequence[HeaderGiven], Field(max_length=50)] = ()
    owner: Annotated[UUID | None, Field(description="The team that owns it; null for the deployment.")] = None

    @property
    def said(self) -> dict[str, Any]:
        """What was sent, by the names and in the types of a draft."""
        sent = self.sent
        if "headers" in sent:
            sent["headers"] = tuple(TypedHeader(one.name, one.value, one.secret) for one in self.headers)
        if "owner" in sent:
            sent["owner"] = str(sent["owner"] or "")
        return sent


class Status(Told):
    """How it stands, as a level and in a word."""

    level: Level
    word: str


class ProviderLine(Told):
    """A provider in the list."""

    id: UUID
    name: str
    label: str
    type: str
    base_url: str
    enabled: bool
    status: Status
    key: KeyStatus
    models: int
    created_at: datetime
    changed_at: datetime


class Header(Told):
    """A header that is sent along. Of a secret one, `value` is the fingerprint."""

    name: str
    value: str
    secret: bool


class Provider(Told):
    """A provider, whole. `key` says whether one is there, and `fingerprint` which; no key is ever told."""

    id: UUID
    name: str
    label: str
    type: str
    base_url: str
    settings: Mapping[str, str]
    default_model: str
    connect_timeout: float
    read_timeout: float
    rotate_after_days: int
    enabled: bool
    owner: UUID | None
    headers: Sequence[Header]
    status: Status
    key: KeyStatus
    fingerprint: str
    discovered_at: datetime | None
    created_at: datetime
    created_by: str
    changed_at: datetime


def provider_of(view: ProviderView) -> Provider:
    """A provider as it is told."""
    return Provider.of(
        view,
        headers=[Header(name=name, value=value, secret=secret) for name, value, secret in view.headers],
        status=Status.of(view.verdict),
        key=view.key.status,
        fingerprint=view.key.fingerprint,
    )


def pointer(name: str) -> str:
    """Where a field of the services stands in the body."""
    if name.startswith("setting_"):
        return f"/settings/{name.removeprefix('setting_')}"
    if name.startswith("headers-"):
        return f"/headers/{name.removeprefix('headers-')}"
    if name == "extra_headers":
        return "/headers"
    if name in ProviderFields.model_fields or name in ("type", "name", "models"):
        return f"/{name}"
    return key_shape.pointer(name).replace("/parts/", "/key_parts/")
