"""What an administrator says of a language model, and what is wrong with it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.domain import typed_numbers
from portal.domain.capabilities import CAPABILITIES, DEFAULT_CAPABILITIES
from portal.domain.efforts import known, lowered
from portal.domain.features import NAMES, UMBRELLAS
from portal.domain.typed_text import looks_secret, unseen_fault

ASSUMED_CONTEXT = 128_000
"""The context limit, in tokens, that a model gets when neither its provider nor a person names one."""

MOST_TOKENS = 100_000_000
MOST_ALIASES = 50


MB = 1024 * 1024
"""The bytes of what people call a megabyte of files."""


@dataclass(frozen=True)
class Limit:
    """One limit on what is sent to a model. Sizes are in bytes; a model that sets none has the default."""

    name: str
    label: str
    unit: str
    default: int
    most: int


LIMITS: dict[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit("max_context_length", "Characters in one message", "characters", 256_000, 10_000_000),
        Limit("max_files", "Files in one message", "files", 100, 1_000),
        Limit("max_file_size", "Size of one file", "bytes", 7 * MB, 100 * MB),
        Limit("max_total_file_size", "Size of all files", "bytes", 30 * MB, 1024 * MB),
        Limit("max_pdf_pages", "Pages of PDF files", "pages", 100, 10_000),
    )
}

FILE_SIZE_BY_DIALECT: Mapping[str, int] = {"anthropic": 5 * MB}


def default_limit(name: str, dialect: str = "") -> int:
    """The limit of a model that sets none; Anthropic takes smaller files than the others."""
    if name == "max_file_size":
        return FILE_SIZE_BY_DIALECT.get(dialect, LIMITS[name].default)
    return LIMITS[name].default


@dataclass(frozen=True)
class Price:
    """One price field, in USD per 1M tokens."""

    name: str
    label: str


PRICES: dict[str, Price] = {
    price.name: price
    for price in (
        Price("input", "Input"),
        Price("output", "Output"),
        Price("cache_read", "Read from a cache"),
        Price("cache_write", "Written to a cache"),
        Price("cache_write_long", "Written to a cache, kept longer"),
    )
}

HIGHEST_PRICE = Decimal(1_000_000)

TAKEN: Mapping[str, str] = {"text": "Text", "image": "Images", "audio": "Audio", "video": "Video", "pdf": "PDF files"}
GIVEN: Mapping[str, str] = {
    "text": "Text",
    "image": "Images",
    "audio": "Audio",
    "video": "Video",
    "embedding": "Embeddings",
}
MODALITIES: Mapping[str, str] = {
    **{f"input:{kind}": label for kind, label in TAKEN.items()},
    **{f"output:{kind}": label for kind, label in GIVEN.items()},
}
"""What a model may take and give, by the names that are stored."""


@dataclass(frozen=True)
class Draft:
    """A model before it is published or changed. A blank `name` becomes the model ID; so does a blank display name.

    `options` are clean values by `portal.domain.options`; `limits` hold whole numbers by `LIMITS`, `prices` decimals
    as text by `PRICES`: what is not set is absent. `chats` is False for one that only embeds, draws or speaks.
    `retires_on` is a day like 2027-01-31, or blank; `aliases` that are None stay as they are. `modalities` are by
    `MODALITIES`; `sources` say whose word what was prefilled is, by `portal.domain.model_facts`. `listed`: the provider
    itself calls it so, with a space in its model ID perhaps.
    """

    wire_name: str
    name: str = ""
    display_name: str = ""
    description: str = ""
    context_limit: int = ASSUMED_CONTEXT
    recommended: bool = False
    enabled: bool = True
    features: tuple[str, ...] = UMBRELLAS
    capabilities: tuple[str, ...] = DEFAULT_CAPABILITIES
    options: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[str, str] = field(default_factory=dict)
    chats: bool = True
    effort_default: str = ""
    effort_most: str = ""
    output_limit: int | None = None
    retires_on: str = ""
    aliases: tuple[str, ...] | None = None
    modalities: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    listed: bool = False


LOWEST_PRICE = Decimal("0.0005")
"""Below this a price is that of one token: as a price of 1M it would be less than any provider takes."""

NO_PRICE = "A price is a number of US dollars per 1M tokens, like 1.75 or 1250. Empty means unknown."

_QUOTED = re.compile("[\"`“”„‘’]|^'|'$")
"""Names between quotation marks, as in a settings file."""

KEY_AS_VALUE = "This is a key, and does not belong here. A key is entered at its provider, and encrypted."
KEY_IN_DESCRIPTION = "There was a key in the description, which everybody reads. Leave it out."
KEY_AS_NAME = "This is a key, not the name of a model. Type the name; a key is entered at its provider, and encrypted."


def names_in(text: str) -> list[str]:
    """The names in a list that somebody typed or pasted: one a line, or between commas, with or without quotes."""
    names: list[str] = []
    for line in text.splitlines():
        line = line.strip()
        if "," in line or ";" in line or _QUOTED.search(line):
            names += [part.strip(" \t\"'`“”‘’„[](){}") for part in re.split("[,;]", line)]
        else:
            names.append(line)
    return list(dict.fromkeys(filter(None, names)))


def name_fault(name: str, what: str = "The name", longest: int = 200, *, listed: bool = False) -> str:
    """What is wrong with a name or model ID; "" when nothing is. One that a provider lists may hold spaces."""
    if not name.strip():
        return f"{what} is missing. It is what the provider calls the model, like gpt-5.2."
    spaced = any(character.isspace() and not (listed and character == " ") for character in name)
    if name != name.strip() or spaced or not name.isprintable():
        return f"{what} holds a space or a line break. Take it out."
    if len(name) > longest:
        return f"{what} is longer than {longest} characters. Shorten it."
    if "*" in name:
        return f"{what} holds an asterisk, which stands for many models. Type the name of each one."
    if not listed and re.search('[,;"`“”„‘]', name):
        return f"{what} holds a comma or a quotation mark, as in a list. Type the name of one model alone."
    return asked_fault(name, what)


BORROWED: Mapping[str, tuple[str, ...]] = {
    "openai": ("openai/", "litellm/openai/"),
    "azure": ("azure/", "azure_ai/"),
    "anthropic": ("anthropic/",),
    "google": ("gemini/", "google/"),
    "vertex": ("vertex_ai/", "vertex/"),
    "bedrock": ("bedrock/converse/", "bedrock/invoke/", "bedrock/", "converse/", "invoke/"),
}
"""What LiteLLM and others put before a name to say which provider is meant, and no such provider has in its names."""


def borrowed_fault(type_name: str, label: str, wire_name: str) -> str:
    """Why a provider of that type serves no model of that name: its prefix is another program's."""
    prefix = next((one for one in BORROWED.get(type_name, ()) if wire_name.lower().startswith(one)), "")
    if not prefix:
        return ""
    return (
        f"{label} knows this model without “{prefix}”, which is how another program names the provider. Leave it out."
    )


def asked_fault(name: str, what: str = "The model’s name") -> str:
    """Why no provider may be asked for a model of that name; "" when one may. The sentence never repeats it."""
    if looks_secret(name):
        return KEY_AS_NAME
    if name == "*" or name.endswith("/*"):
        return f"{what} is an asterisk, which stands for many models. Type the name of one."
    if {".", ".."} & set(re.split(r"[/\\]", name)):
        return f"{what} has a part that is only dots, which leads elsewhere in the provider’s address. Take it out."
    return ""


def faults_of(draft: Draft) -> dict[str, str]:
    """Each field that cannot be used, with its sentence. An empty answer means that the draft is good."""
    faults: dict[str, str] = {}
    if fault := name_fault(draft.wire_name, "The model ID", 300, listed=draft.listed):
        faults["wire_name"] = fault
    if draft.name and (fault := name_fault(draft.name, listed=draft.listed)):
        faults["name"] = fault
    elif not draft.name and len(draft.wire_name) > 200:
        faults["name"] = "The model ID is too long to serve as the name. Type a shorter name."
    if len(draft.display_name) > 200:
        faults["display_name"] = "The display name is longer than 200 characters. Shorten it."
    elif looks_secret(draft.display_name):
        faults["display_name"] = KEY_AS_NAME
    elif fault := unseen_fault(draft.display_name, "The display name"):
        faults["display_name"] = fault
    if len(draft.description) > 2000:
        faults["description"] = "The description is longer than 2,000 characters. Shorten it."
    elif looks_secret(draft.description):
        faults["description"] = KEY_IN_DESCRIPTION
    if not 0 < draft.context_limit <= MOST_TOKENS:
        faults["context_limit"] = "The context limit is a whole number of tokens above 0, like 128000."
    if not draft.features or not set(draft.features) <= NAMES:
        faults["features"] = "Tick at least one use; a model with none is offered nowhere."
    if not set(draft.capabilities) <= set(CAPABILITIES):
        faults["capabilities"] = "One of these abilities is unknown here. Tick those that are listed."
    if not set(draft.modalities) <= MODALITIES.keys():
        faults["modalities"] = "One of these is unknown here. Tick those that are listed."
    faults |= _more_faults(draft)
    for name, amount in draft.limits.items():
        limit = LIMITS.get(name)
        if limit is None or not 0 < amount <= limit.most:
            most = limit.most if limit else 0
            faults[name] = f"This limit is a whole number from 1 to {most:,}. Leave it empty for the default."
    for name, text in draft.prices.items():
        if name not in PRICES or parse_price(text) is None:
            faults[f"price_{name}"] = NO_PRICE
        elif fault := price_fault(text):
            faults[f"price_{name}"] = fault
    return faults


def _more_faults(draft: Draft) -> dict[str, str]:
    """What is wrong with efforts, the output limit, the day on which it goes, and the aliases."""
    faults: dict[str, str] = {}
    for name in ("effort_default", "effort_most"):
        if (effort := getattr(draft, name)) and not known(effort):
            faults[name] = "This is no reasoning effort. Choose one of the list."
    if draft.effort_default and not faults and lowered(draft.effort_default, draft.effort_most) != draft.effort_default:
        faults["effort_default"] = "This is more than the most that you allow below. Choose less, or allow more."
    if draft.output_limit is not None and not 0 < draft.output_limit <= MOST_TOKENS:
        faults["output_limit"] = (
            "The output limit is a whole number of tokens above 0, like 32000. Empty means unknown."
        )
    if draft.retires_on and day(draft.retires_on) is None:
        faults["retires_on"] = "Type the day like 2027-01-31, or leave it empty."
    if draft.aliases and (fault := alias_fault(draft.aliases)):
        faults["aliases"] = fault
    return faults


def alias_fault(aliases: Collection[str]) -> str:
    """What is wrong with a model's aliases; "" when nothing is."""
    if len(aliases) > MOST_ALIASES:
        return f"A model has {MOST_ALIASES} aliases at most."
    for alias in aliases:
        if "*" in alias.removesuffix("*") or alias == "*":
            return (
                "An asterisk stands at the end of an alias and nowhere else, behind at least one letter, like claude-*."
            )
        if fault := name_fault(alias.removesuffix("*"), "An alias"):
            return fault
    return ""


def day(text: str) -> date | None:
    """A day as typed, like 2027-01-31; None when it is not one."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def parse_price(text: str) -> Decimal | None:
    """A price as typed, in USD per 1M tokens; None when it is not a price, or when it is not plain which one."""
    price = typed_numbers.decimal(text.strip().removeprefix("$"))
    return price if price is not None and price <= HIGHEST_PRICE else None


def price_fault(text: str) -> str:
    """Why a price is probably not per 1M tokens; "" when it may be."""
    price = parse_price(text)
    if price is None or not 0 < price < LOWEST_PRICE:
        return ""
    return f"This looks like the price of one token. Per 1M tokens it is {price * 1_000_000:f}."
