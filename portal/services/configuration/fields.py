"""The fields of the portal's own document: how each is read, and what it is called where it is stored.

The tables drive reading, writing and the page of documentation, so that the three cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.services.configuration import typed


@dataclass(frozen=True)
class Field:
    """One field of an entry. `stored` is its name in the draft that it fills, where that is another."""

    name: str
    read: Callable[[Any], Any]
    says: str
    stored: str = ""

    @property
    def draft_name(self) -> str:
        return self.stored or self.name


def table(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


PROVIDER = table(
    Field("type", typed.text, "its type, as `openai`; it stays as it is"),
    Field("label", typed.text, "what people read"),
    Field("base_url", typed.text, "its address; blank where its type or a setting gives it"),
    Field("settings", typed.texts, "the further fields of its type, as `region`"),
    Field("default_model", typed.text, "what answers when a request names the provider alone"),
    Field("connect_timeout", typed.number, "seconds"),
    Field("read_timeout", typed.number, "seconds"),
    Field("rotate_after_days", typed.whole, "days after which a reminder to rotate its key appears; 0 never"),
    Field("enabled", typed.switch, "whether it serves"),
    Field("team", typed.text, "the name of the team that owns it; blank for the deployment"),
    Field("who_asked", typed.texts, "the headers that tell who asks, by what they tell: `id`, `name`, `email`"),
    Field("headers", lambda value: value, "a list of `name` and `value`, or of `name` and `secret: true` without one"),
    Field("keys", lambda value: value, "a list of references: `environment: NAME`, or one for each part of the key"),
)

MODEL = table(
    Field("provider", typed.text, "the name of its provider"),
    Field("name", typed.text, "its name here; blank is the model ID"),
    Field("model_id", typed.text, "what the provider calls it", "wire_name"),
    Field("display_name", typed.text, "what people read"),
    Field("description", typed.text, "what people read of it"),
    Field("enabled", typed.switch, "whether it serves"),
    Field("recommended", typed.switch, "one at most"),
    Field("chats", typed.switch, "false for one that only embeds, draws or speaks"),
    Field("context_limit", typed.whole, "tokens"),
    Field("output_limit", typed.maybe_whole, "tokens; null is unknown"),
    Field("features", typed.words, "what it is offered for"),
    Field("capabilities", typed.words, "what it can do"),
    Field("modalities", typed.words, "what it takes and gives"),
    Field("options", typed.plain, "what is sent along, as `temperature`"),
    Field("limits", typed.wholes, "limits of what is sent to it; sizes in bytes"),
    Field("prices", typed.prices, "USD per 1M tokens"),
    Field("effort_default", typed.text, "the reasoning effort that it is asked for"),
    Field("effort_most", typed.text, "the most that people may ask for"),
    Field("retires_on", typed.text, "a day as 2027-01-31"),
    Field("aliases", typed.words, "further names for clients"),
    Field("sources", typed.texts, "whose word each fact is: typed, listing, public or assumed"),
)

CONTEXT = table(
    Field("label", typed.text, "what people read"),
    Field("explanation", typed.text, "what it is for"),
    Field("feature", typed.text, "what a model has to be offered for"),
    Field("capabilities", typed.words, "what a model has to be able to do"),
    Field("personal", typed.switch, "whether people may choose a model of their own"),
)

SETTING = table(
    Field("fallback_reply", typed.text, "shown in place of an answer; blank is the usual one"),
    Field("health_check_days", typed.days, "days that health checks are kept; null is the default", "retention_days"),
    Field("usage_days", typed.days, "days that usage is kept; null is the default"),
    Field("archive_days", typed.days, "days after which a chat is archived; null is never"),
    Field("attachment_file", typed.maybe_whole, "MiB of one attached file; null is the default"),
    Field("attachment_chat", typed.maybe_whole, "MiB of attached files of a chat; null is the default"),
    Field("attachment_person", typed.maybe_whole, "MiB of attached files of a person; null is the default"),
)

OVERRIDE = table(
    Field("model", typed.text, "`provider:model`"),
    Field("effort", typed.text, "a reasoning effort; blank is the model's own"),
)

ENTRIES: Mapping[str, Mapping[str, Field]] = {
    "providers": PROVIDER,
    "models": MODEL,
    "contexts": CONTEXT,
    "overrides": OVERRIDE,
    "settings": SETTING,
}
"""The sections whose entries have fields, and which."""
