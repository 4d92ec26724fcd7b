"""The settings as JSON."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from portal.services.settings import Line, SettingsView, Stored
from portal.web.api.key_shape import Secret
from portal.web.api.operations import Call
from portal.web.api.schemas import Given, Told

Whole = Annotated[int, Field(ge=1, le=2**31 - 1)]


class SettingsFields(Given):
    """The settings in the database. What is left out of a change stays as it is; null, or blank, is the default.

    `webhook_secret` is never told; blank keeps the one that is stored, and no address is no webhook and no secret.
    """

    fallback_reply: Annotated[str, Field(max_length=4000)] = ""
    retention_days: Whole | None = None
    usage_days: Whole | None = None
    archive_days: Whole | None = None
    attachment_file: Annotated[Whole | None, Field(description="MiB of one attached file.")] = None
    attachment_chat: Annotated[Whole | None, Field(description="MiB of files in one chat.")] = None
    attachment_person: Annotated[Whole | None, Field(description="MiB of files of one person.")] = None
    webhook_url: Annotated[str, Field(max_length=2000)] = ""
    webhook_secret: Secret = ""


class EnvironmentSetting(Told):
    """A setting of the environment. Of a secret, `value` says only whether there is one."""

    variable: str
    help: str
    value: str
    source: str


class StoredSetting(Told):
    """A setting in the database, and where its value comes from: `database` or `default`."""

    value: str | int | bool | None
    source: str


class Delivery(Told):
    """A message to the webhook, and what came of it."""

    event: str
    about: str
    state: str
    said: str
    arrived: bool


class Settings(Told):
    """Every setting. Of the webhook’s address only its beginning is told: the rest may be as good as a password."""

    stored: Mapping[str, StoredSetting]
    environment: Sequence[EnvironmentSetting]
    deliveries: Sequence[Delivery]


def settings_of(call: Call, view: SettingsView) -> Settings:
    """The settings as they are told, with their version in the answer’s head."""
    call.etag = view.stored.version
    return Settings(
        stored=_stored(view.stored),
        environment=[_line(line) for line in view.lines],
        deliveries=[Delivery.model_validate(one) for one in view.deliveries],
    )


def _line(line: Line) -> EnvironmentSetting:
    return EnvironmentSetting.model_validate(line)


def _stored(stored: Stored) -> dict[str, StoredSetting]:
    values: dict[str, tuple[Any, Any]] = {
        "fallback_reply": (stored.fallback_reply, stored.default_reply),
        "retention_days": (stored.retention_days, stored.default_days),
        "usage_days": (stored.usage_days, stored.default_usage_days),
        "archive_days": (stored.archive_days, None),
        "attachment_file": (stored.attachment_file, stored.default_sizes.file),
        "attachment_chat": (stored.attachment_chat, stored.default_sizes.chat),
        "attachment_person": (stored.attachment_person, stored.default_sizes.person),
        "webhook_url": (stored.webhook_url, ""),
        "webhook_signed": (stored.webhook_signed, False),
    }
    return {
        name: StoredSetting(value=own or usual, source="database" if own else "default")
        for name, (own, usual) in values.items()
    }
