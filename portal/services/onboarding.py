"""Four ways to begin in an empty portal: a provider, a key in the environment, an Ollama here, the demo."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES, destination
from portal.domain.errors import Conflict, Invalid, Unavailable
from portal.domain.people import Actor
from portal.services.keys import credentials, endpoints
from portal.services.language_models import discovery
from portal.services.language_models.discovery import Listed
from portal.services.language_models.listing import connected
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.providers.registry import Saved
from portal.services.runtime import Runtime

DEMO = "demo"
OLLAMA = "ollama"
OLLAMA_HOST = "OLLAMA_HOST"
"""The variable by which Ollama itself is told where to listen; without it, its usual port."""


@dataclass(frozen=True)
class FoundKey:
    """A variable on the server that a provider type knows. Its value is not read here, and stored nowhere."""

    type: ProviderType
    variable: str


@dataclass(frozen=True)
class FoundOllama:
    """What answered when an Ollama was looked for. `sentence` says so when none did."""

    address: str
    answers: bool
    models: tuple[Listed, ...] = ()
    sentence: str = ""

    @property
    def names(self) -> str:
        listed = [row.wire_name for row in self.models]
        return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def found_keys(runtime: Runtime) -> tuple[FoundKey, ...]:
    """The variables that are set and would serve a provider at its usual address."""
    found = []
    for type in TYPES.values():
        if type.environment and (variable := variable_of(runtime, type)):
            found.append(FoundKey(type, variable))
    return tuple(found)


def variable_of(runtime: Runtime, type: ProviderType) -> str:
    """The variable that holds a key for a provider of this type at its usual address; "" when none does."""
    there = " ".join(sorted(destination(type, type.base_url))) if type.base_url else ""
    return credentials.variable(runtime, type, there) if there else ""


def use_key_found(actor: Actor, runtime: Runtime, type_name: str) -> Saved:
    """Connect a provider that refers to the server's variable, with its type's models."""
    found = next((item for item in found_keys(runtime) if item.type.name == type_name), None)
    if found is None:
        raise Conflict("The server's environment no longer holds such a key. Connect the provider with a key instead.")
    name = provider_registry.suggest_name(actor, type_name)
    return provider_registry.register(actor, runtime, Draft(type_name, name=name, base_url=found.type.base_url))


def find_ollama(actor: Actor, runtime: Runtime) -> FoundOllama:
    """Ask this machine whether an Ollama answers, and which models it has."""
    address = _ollama_address(runtime)
    shown = urlsplit(address).netloc
    resolved = endpoints.resolve_typed(runtime, TYPES[OLLAMA], address, {}, None)
    found = discovery.discover_unsaved(actor, runtime, resolved)
    if found.fault is not None:
        return FoundOllama(
            shown, answers=False, sentence=f"No Ollama answers at {shown}. Start it there, then look again."
        )
    sentence = "" if found.rows else "It answers, and has no models yet. Pull one first, as in: ollama pull qwen3:8b"
    return FoundOllama(shown, answers=True, models=found.rows, sentence=sentence)


def use_ollama(actor: Actor, runtime: Runtime) -> Saved:
    """Connect the Ollama on this machine and publish what it has."""
    found = find_ollama(actor, runtime)
    if not found.answers:
        raise Conflict(found.sentence)
    draft = Draft(OLLAMA, name=provider_registry.suggest_name(actor, OLLAMA), base_url=_ollama_address(runtime))
    return provider_registry.register(actor, runtime, draft, [row.draft for row in found.models if row.chat])


def start_demo(actor: Actor, runtime: Runtime) -> str:
    """Connect the demo with its models, unless it is there already; answers the provider's name."""
    if name := _demo_of(actor, runtime):
        return name
    resolved = endpoints.resolve_typed(runtime, TYPES[DEMO], TYPES[DEMO].base_url, {}, None)
    listed = discovery.discover_unsaved(actor, runtime, resolved).rows
    try:
        return provider_registry.register(
            actor, runtime, Draft(DEMO, name=DEMO, base_url=TYPES[DEMO].base_url), [row.draft for row in listed] or None
        ).name
    except Invalid:
        # Pressed twice, or by two people at once: the other one has connected it.
        if name := _demo_of(actor, runtime):
            return name
        raise


def _demo_of(actor: Actor, runtime: Runtime) -> str:
    return next((entry.name for entry in connected(actor, runtime) if entry.type == DEMO), "")


def _ollama_address(runtime: Runtime) -> str:
    """Where Ollama would be. A server told to listen everywhere is asked on this machine."""
    said = runtime.variable(OLLAMA_HOST)
    usual = TYPES[OLLAMA].base_url
    if not said:
        return usual
    try:
        parts = urlsplit(said if "://" in said else f"http://{said}")
        host, port = parts.hostname or "localhost", parts.port or 11434
    except ValueError as error:
        raise Unavailable(f"{OLLAMA_HOST} on the server is not an address. Correct it, or remove it.") from error
    if host in ("0.0.0.0", "::"):  # noqa: S104 - not listened on; it means "this machine"
        host = "localhost"
    scheme = "https" if parts.scheme == "https" else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/v1"
