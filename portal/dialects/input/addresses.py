"""Base URLs as people paste them: cut back, completed with a notice, or refused with a sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from portal.dialects.input.web_pages import page_of, settings_in_page
from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, base_url_for, derived_value, host_owner, is_own, setting_of
from portal.domain.origins import origin_of
from portal.domain.typed_text import open_part

LONGEST = 500

ENDINGS: tuple[str, ...] = ("/chat/completions", "/completions", "/messages", "/responses", "/embeddings", "/models")
"""What people paste after the base URL; the portal adds its own."""

NATIVE: dict[str, tuple[str, ...]] = {
    "ollama": ("/api/chat", "/api/generate", "/api/tags", "/api/show", "/api/v1", "/api"),
    "lm_studio": ("/api/v1/chat", "/api/v1", "/api/v0", "/api"),
}
"""Paths of a server's other API, replaced by the version path."""

CUTS: dict[str, str] = {
    "google": r"/(openai|models|tunedModels|interactions)(/.*)?$",
    "vertex": r"/(projects|publishers)(/.*)?$",
}
"""What else is pasted after the base URL of these types: the path of one model, or of another API."""

ALSO: dict[str, tuple[str, ...]] = {"google": ("/v1alpha",), "vertex": ("/v1beta1",)}
"""Version paths that serve the same API as the type's own one; on its own hosts any other is replaced by that."""

IN_PATH: dict[str, tuple[tuple[str, str], ...]] = {
    "vertex": (("project", r"/projects/([a-z0-9.:-]+)"), ("location", r"/locations/([a-z0-9-]+)")),
}
"""The settings that the path of a pasted address names."""

_AZURE = re.compile(
    r"(?P<root>https?://[^/?#\s]+(?:/[^?#\s]*?)?)/openai"
    r"(?:/v1|/deployments(?:/(?P<deployment>[^/?#\s]+))?)?(?:/[^?#\s]*)?(?:\?(?P<query>[^#\s]*))?",
    re.IGNORECASE,
)
"""An address of Azure OpenAI as its pages show it: the resource, the deployment and the API version in one."""

_RESOURCE = re.compile(r"([a-z0-9-]+)\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)")

_VERSION = re.compile(r"v\d+\w*")

_METHOD = re.compile(r"/(models|model|publishers)/[^/]+(/models/[^/]+)?(:\w+|/(converse|invoke)[\w-]*)$")
"""The path of one model with what is asked of it, as other APIs have it."""

_KEY = re.compile(r"(?:^|[?&#;])(?:(?:[\w-]*[_-])?(?:api|access)?(?:key|token)|code|sig)=[^&]", re.IGNORECASE)
"""The sign of a key in what follows an address."""

_SECOND = re.compile(r"[\s;,|][\s\"'“‘]*(?=https?:/)", re.IGNORECASE)
"""What parts an address from another one behind it."""

SEVERAL = "Several addresses stand here. Enter the first alone, and connect another provider for each further one."

_KEY_LEFT = "The key in the address was not taken over: paste it into its own field."


@dataclass(frozen=True)
class TidyAddress:
    """`url` is ready to store when `fault` is empty; each notice says one thing that was changed or looks odd.

    An address that is refused stands in `url` as it may be shown again. `switch_to` names the type of provider whose
    address it is, if that is another one.
    """

    url: str
    notices: tuple[str, ...] = ()
    fault: str = ""
    switch_to: str = ""


def tidy_base_url(
    type: ProviderType, pasted: str, portal_url: str = "", settings: Mapping[str, str] | None = None
) -> TidyAddress:
    """The base URL that `pasted` means for this type. `portal_url` is the portal's own address, which is refused.

    Where the settings derive an address, as a region does, an address of another region is changed to theirs.
    """
    if type.key is KeyRule.NONE:
        return TidyAddress(type.base_url)
    text = pasted.strip().strip("\"'“”‘’<>").strip()
    derived = base_url_for(type, settings)
    if (second := _SECOND.search(text)) and re.search(r"\w\.\w|localhost|://", text[: second.start()]):
        return _fault(text[: second.start()], SEVERAL)
    if not text:
        return TidyAddress(derived) if derived else _fault("", _asking(type))
    notices: list[str] = []
    folded = _AZURE.fullmatch(text) if type.surfaces else None
    if host_owner(text) is None and (page := page_of(text)):
        return _from_page(type, page, derived)
    address, mark, query = _before_query(folded["root"] if folded else text)
    parts, sentence = _split(type, address)
    if parts is None:
        return replace(_fault(text, sentence), switch_to=_owner(type, address))
    if folded:
        notices.append("Cut off what follows /openai: the portal adds it, by the API version.")
    elif mark:
        notices.append(f"Cut off everything from the “{mark}” on: the portal needs only the part before it.")
    if _KEY.search((folded["query"] or "") if folded else query):
        notices.append(_KEY_LEFT)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    port = "" if parts.port in (None, {"http": 80, "https": 443}[scheme]) else f":{parts.port}"
    shown = f"[{host}]" if ":" in host else host
    if scheme == "http" and not port and is_own(type, frozenset({f"https://{shown}:443"})):
        scheme = "https"
        notices.append("Changed http to https, so that the key is not sent in plain text.")
    path = _tidy_path(type, shown, parts.path, notices)
    url = f"{scheme}://{shown}{port}{path}"
    if len(url) > LONGEST:
        return _fault(text, f"This address is longer than {LONGEST} characters. Paste the base URL alone.")
    if portal_url and origin_of(portal_url) == origin_of(url):
        return _fault(text, "This is the portal’s own address. Enter the address of the provider.")
    if derived and url != derived and derived_value(type, url) is not None:
        notices.append(f"Changed the address to {derived}, which follows from the {type.derived_from}.")
        url = derived
    owner = host_owner(url)
    if owner and owner[0] not in (type.name, "azure"):
        notices.append(f"This address belongs to {owner[1]}. Choose that type if there is one, or test it with care.")
    return TidyAddress(url, tuple(notices), "", _owner(type, url))


def _owner(type: ProviderType, url: str) -> str:
    """The name of the type that an address belongs to, if that is another one; it may lack its scheme."""
    owner = host_owner(url) or host_owner(f"https://{url}")
    return owner[0] if owner and owner[0] != type.name and owner[0] in TYPES else ""


def _from_page(type: ProviderType, page: tuple[str, str], derived: str) -> TidyAddress:
    """What a page for people means: its own vendor's address where that is known, else a word about what is needed."""
    meant, whose = page
    if meant == type.name and derived:
        return TidyAddress(derived, (f"That was a page of {whose} for people. Its API answers at {derived}.",))
    where = TYPES[meant].base_url if meant in TYPES else ""
    sentence = f"This is a page of {whose} for people, not an API."
    if meant == type.name:
        return TidyAddress("", (), f"{sentence} {_asking(type)}")
    return TidyAddress("", (), f"{sentence} {f'Its API answers at {where}.' if where else ''}".strip(), meant)


def _asking(type: ProviderType) -> str:
    """What to say when there is no address: a setting may be all that is missing."""
    label = next((field.label for field in type.settings if field.name == type.derived_from), "")
    return f"Enter the {label.lower()}, or the base URL." if label else "Enter the base URL of the server."


def _parted(text: str) -> tuple[str, str]:
    """The scheme of an address with its slashes, which may be missing, and the rest."""
    found = re.match(r"(?:[a-z][\w+.-]*:)?//", text, re.IGNORECASE)
    return (found[0], text[found.end() :]) if found else ("", text)


def _before_query(text: str) -> tuple[str, str, str]:
    """An address, the “?” or “#” that ends it, and what follows."""
    found = re.search(r"[?#]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def settings_in(type: ProviderType, pasted: str) -> dict[str, str]:
    """The settings that a pasted address names by itself: a region, a resource, an API version."""
    text = pasted.strip()
    found_settings: dict[str, str] = settings_in_page(type.name, text)
    if found_settings:
        return found_settings
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        return found_settings
    for name, pattern in IN_PATH.get(type.name, ()):
        if found := re.search(pattern, unquote(parts.path)):
            found_settings[name] = found[1]
    value = derived_value(type, f"https://{host}{type.version_path}") if type.derived_from else None
    if value and value != setting_of(type, None, type.derived_from):  # a default need not be named
        found_settings.setdefault(type.derived_from, value)
    if not type.surfaces:
        return found_settings
    if resource := _RESOURCE.fullmatch(host):
        found_settings["resource"] = resource[1]
    folded = _AZURE.fullmatch(text)
    version = parse_qs(folded["query"] or "").get("api-version", [""])[0] if folded else ""
    if re.fullmatch(r"[a-z0-9-]{1,40}", version):
        found_settings["api_version"] = version
    return found_settings


def deployment_in(type: ProviderType, pasted: str) -> str:
    """The name of the deployment that a pasted address leads to; empty where it names none."""
    folded = _AZURE.fullmatch(pasted.strip()) if type.surfaces else None
    return unquote(folded["deployment"] or "") if folded else ""


def _split(type: ProviderType, text: str) -> tuple[SplitResult | None, str]:
    """The parts of an address that can be used, or None and the reason why it cannot."""
    example = _example(type)
    if re.search(r"[\s\\\x00-\x1f\x7f]", text):
        return None, "An address has no spaces, line breaks or backslashes. Paste it again."
    if not re.match(r"https?://", text, re.IGNORECASE):
        owner = host_owner(f"https://{text}")
        if type.name == "openai" and owner and owner[0] == "azure":
            return None, AZURES
        return None, f"Begin the address with https:// or http://, as in {_with_scheme(text) if owner else example}."
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        ascii_host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:  # UnicodeError is one too
        return None, f"This address cannot be read. It should look like {example}."
    if not ascii_host or port == 0 or not re.fullmatch(r"[\w.\-]+|[0-9a-fA-F:.%]+", ascii_host):
        return None, f"This address names no server. It should look like {example}."
    if parts.username is not None or parts.password is not None:
        return None, "Leave user name and password out of the address. The key has its own field."
    owner = host_owner(f"https://{ascii_host}")
    if type.name == "openai" and owner and owner[0] == "azure":
        return None, AZURES
    path = _plain_path(parts.path)
    ending = _request_in(type, path)
    path = path[: ending.start()] if ending else path  # what is cut off may have any signs
    if "%" in path or "/../" in f"{path}/" or "/./" in f"{path}/" or not path.isascii():
        return None, "The path of this address has characters that do not belong there. Paste the base URL alone."
    if ascii_host != host:
        parts = parts._replace(netloc=ascii_host + (f":{port}" if port else ""))
    return parts, ""


AZURES = "This is an Azure address, and an OpenAI provider cannot use it. Choose the type Azure OpenAI."


def _example(type: ProviderType) -> str:
    """An address as this type has it."""
    placeholder = next((field.placeholder for field in type.settings if field.name == type.derived_from), "")
    derived = base_url_for(type, {type.derived_from: placeholder}) if placeholder else ""
    return type.base_url or derived or "https://llm.example.com/v1"


def _with_scheme(text: str) -> str:
    """The host of a well-known address that lacks its scheme, with it."""
    return f"https://{urlsplit(f'https://{text}').hostname}"


def _plain_path(pasted: str) -> str:
    return re.sub(r"/{2,}", "/", pasted).rstrip("/")


def _request_in(type: ProviderType, path: str) -> re.Match[str] | None:
    """The end of a path that belongs to one model or one request, and not to the base URL."""
    cut = re.search(CUTS[type.name], path, re.IGNORECASE) if type.name in CUTS else None
    return cut or _METHOD.search(path)


def _tidy_path(type: ProviderType, host: str, pasted: str, notices: list[str]) -> str:
    """The path without what the portal adds by itself, and with the version that the type needs."""
    path = _plain_path(pasted)
    own = is_own(type, frozenset({f"https://{host}:443"}))
    if own and (type.surfaces or type.listing_base[0]):
        if path:
            notices.append(f"Cut off {path}: the portal needs only the part before it.")
        return ""  # what an own host serves under other paths is another API
    if found := _request_in(type, path):
        path = path[: found.start()]
        notices.append(f"Cut off {found[0]}: the portal needs only the part before it.")
    for endings in (ENDINGS, NATIVE.get(type.name, ())):
        if ending := next((ending for ending in endings if path.lower().endswith(ending)), ""):
            path = path[: -len(ending)].rstrip("/")
            notices.append(f"Cut off {ending}: the portal needs only the part before it.")
    versioned = any(_VERSION.fullmatch(segment) for segment in path.lower().split("/"))
    if own and versioned and path not in (type.version_path, *ALSO.get(type.name, ())):
        notices.append(f"Changed {path} to {type.version_path}, where {type.label} serves its models.")
        return type.version_path
    if path and type.version_path and not versioned and _is_home(type, host) and not type.version_path.startswith(path):
        notices.append(f"Cut off {path}: that is a page for people.")
        path = ""
    if type.version_path and not versioned:
        path = type.version_path if type.version_path.startswith(f"{path}/") else path + type.version_path
        notices.append(f"Added {type.version_path}, which {type.label} needs at the end.")
    elif not (type.version_path or type.derived_from or versioned):
        notices.append("Most servers of this kind want /v1 at the end. Add it if the test finds nothing there.")
    return path


def _is_home(type: ProviderType, host: str) -> bool:
    """True for the host of the type's own base URL, which may serve pages for people too."""
    return is_own(type, frozenset({f"https://{host}:443"})) and (urlsplit(type.base_url).hostname or "") == host


def _fault(url: str, sentence: str) -> TidyAddress:
    return TidyAddress(open_part(url), (), sentence)
