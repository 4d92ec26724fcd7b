"""The fields of the portal's own document: how each is read, and what it is called where it is stored.

The tables drive reading, writing and the page of documentation, so that the three cannot differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.allowances import Kind
from portal.domain.errors import Invalid
from portal.services.configuration import typed
from portal.services.configuration.document import Entry


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
    Field("check_minutes", typed.maybe_number, "it is checked every so many minutes; null is never"),
    Field("check_by", typed.text, "how: `list` lists its models, which is free, `ping` asks for a token"),
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

TEAM = table(
    Field("entitled", typed.switch, "whether its own providers serve it"),
    Field("exclusive", typed.switch, "whether its members reach nothing but its own providers"),
    Field("private_networks", typed.words, "private networks that its providers may reach, as 10.1.2.0/24", "networks"),
    Field("default", typed.maybe_text, "its default model, `provider:model` of a provider of its own; blank is none"),
)

ROLE = table(
    Field("description", typed.maybe_text, "what people read"),
    Field("permissions", typed.words, "what it lets one do"),
    Field("models", typed.words, "patterns of the models that it reaches, as `openai:*`; none is every model"),
)

APPLICATION = table(
    Field("environments", typed.whole_texts, "where it runs: each environment with its audience"),
    Field("models", typed.words, "its own ceiling, patterns of the models that it may use at most; none is no ceiling"),
    Field("enabled", typed.switch, "whether its tokens work"),
)

OVERRIDE = table(
    Field("model", typed.text, "`provider:model`"),
    Field("effort", typed.text, "a reasoning effort; blank is the model's own"),
)

LIMIT = table(
    Field("per_minute", typed.maybe_whole, "requests a minute; null is no limit"),
    Field("per_day", typed.maybe_whole, "requests a day; null is no limit"),
)

BUDGET = table(
    Field("amount", typed.dollars, "USD a calendar month; null is no budget, 0 is nothing", "budget"),
    Field("raised_to", typed.dollars, "what takes its place for a time"),
    Field("raised_until", typed.last_moment, "the last day of that time, as 2027-01-31"),
)

UNPRICED = "unpriced_models"

PARTS: Mapping[str, Mapping[str, Kind]] = {
    "limits": {"providers": Kind.PROVIDER, "people": Kind.USER, "applications": Kind.APPLICATION},
    "budgets": {
        "people": Kind.USER,
        "roles": Kind.ROLE,
        "teams": Kind.TEAM,
        "members": Kind.MEMBER,
        "applications": Kind.APPLICATION,
    },
}
"""The sections that have parts, and whom the names in each part mean: people are named by their e-mail addresses."""

ENTRIES: Mapping[str, Mapping[str, Field]] = {
    "providers": PROVIDER,
    "models": MODEL,
    "contexts": CONTEXT,
    "teams": TEAM,
    "roles": ROLE,
    "applications": APPLICATION,
    "overrides": OVERRIDE,
    "settings": SETTING,
    "limits": LIMIT,
    "budgets": BUDGET,
}
"""The sections whose entries have fields, and which."""


def values_of(entry: Entry, fields: Mapping[str, Field], but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields that an entry gives, by the names of the draft that they fill. Raises `Invalid`."""
    found, faults = {}, {}
    for name, value in entry.values.items():
        if name in but:
            continue
        try:
            found[fields[name].draft_name] = fields[name].read(value)
        except typed.Unusable as unusable:
            faults[name] = unusable.said
    if faults:
        raise Invalid(faults)
    return found


def text_of(values: Mapping[str, Any], name: str) -> str:
    """One field that is a word; blank where it is not given. Raises `Invalid`."""
    try:
        return typed.text(values.get(name) or "")
    except typed.Unusable as unusable:
        raise Invalid({name: unusable.said}) from None


def switch_of(name: str, value: Any) -> bool:
    """A value that is yes or no, of the field of this name. Raises `Invalid`."""
    try:
        return typed.switch(value)
    except typed.Unusable as unusable:
        raise Invalid({name: unusable.said}) from None
