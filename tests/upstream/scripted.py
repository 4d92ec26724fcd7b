"""For each type of provider a scripted upstream, and what a person types into its form to reach it.

A type without one fails the tests that go over all types.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.upstream import Upstream
from tests.upstream.google import account
from tests.upstream.small import QUIRKS

KEY = "key-0123456789abcdef"
ACCESS_KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@dataclass(frozen=True)
class ScriptedProvider:
    """`typed` are the form's fields by name; `model` answers; `listed` are the model IDs that discovery finds."""

    typed: Mapping[str, str]
    model: str
    listed: frozenset[str]
    upstream: Upstream | None = None
    kind: str = ""
    secrets: tuple[str, ...] = field(default=(KEY,), repr=False)


def _openai(path: str = "/v1") -> Iterator[ScriptedProvider]:
    with Upstream.openai(key=KEY, models=["gpt-5.2", "gpt-4o", "text-embedding-3-large"]) as up:
        listed = frozenset(("gpt-5.2", "gpt-4o", "text-embedding-3-large"))
        yield ScriptedProvider({"base_url": f"{up.url}{path}", "key": KEY}, "gpt-4o", listed, up)


def _azure() -> Iterator[ScriptedProvider]:
    with Upstream.azure(key=KEY, deployments={"my-gpt-deployment": "gpt-4o"}) as up:
        listed = frozenset(("gpt-4o", "text-embedding-3-large"))
        yield ScriptedProvider({"base_url": up.url, "key": KEY}, "my-gpt-deployment", listed, up)


def _anthropic() -> Iterator[ScriptedProvider]:
    with Upstream.anthropic(key=KEY, models=["claude-haiku-4-5", "claude-opus-4-7"]) as up:
        listed = frozenset(("claude-haiku-4-5", "claude-opus-4-7"))
        yield ScriptedProvider({"base_url": f"{up.url}/v1", "key": KEY}, "claude-haiku-4-5", listed, up)


def _google() -> Iterator[ScriptedProvider]:
    with Upstream.gemini(key=KEY, models=["gemini-2.5-flash", "gemini-2.5-pro"], page=1) as up:
        listed = frozenset(("gemini-2.5-flash", "gemini-2.5-pro"))
        yield ScriptedProvider({"base_url": f"{up.url}/v1beta", "key": KEY}, "gemini-2.5-flash", listed, up)


def _vertex() -> Iterator[ScriptedProvider]:
    mine = account()
    with Upstream.vertex(account=mine, models=["gemini-2.5-flash"]) as up:
        typed = {
            "base_url": f"{up.url}/v1",
            "setting_token_url": f"{up.url}/token",
            "service_account_private_key": mine.file,
        }
        yield ScriptedProvider(
            typed, "gemini-2.5-flash", frozenset(("gemini-2.5-flash",)), up, "service_account", (mine.file,)
        )


def _bedrock() -> Iterator[ScriptedProvider]:
    profiles = ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"]
    with Upstream.bedrock(access_key=ACCESS_KEY, models=["amazon.nova-lite-v1:0"], profiles=profiles) as up:
        typed = {
            "setting_region": "us-east-1",
            "base_url": up.url,
            "aws_access_key_id": ACCESS_KEY[0],
            "aws_secret_access_key": ACCESS_KEY[1],
        }
        listed = frozenset(("amazon.nova-lite-v1:0", *profiles))
        yield ScriptedProvider(typed, "amazon.nova-lite-v1:0", listed, up, "aws", (ACCESS_KEY[1],))


def _small(type: str, model: str) -> Iterator[ScriptedProvider]:
    with Upstream.small(type, key=KEY) as up:
        yield ScriptedProvider({"base_url": f"{up.url}{QUIRKS[type].path}", "key": KEY}, model, frozenset(), up)


def _server(path: str = "/v1") -> Iterator[ScriptedProvider]:
    with Upstream.openai(models=["qwen3:8b"]) as up:
        yield ScriptedProvider({"base_url": f"{up.url}{path}"}, "qwen3:8b", frozenset(("qwen3:8b",)), up, secrets=())


def _local(type: str, *listed: str) -> Iterator[ScriptedProvider]:
    with Upstream.local(type) as up:
        yield ScriptedProvider({"base_url": f"{up.url}/v1"}, listed[0], frozenset(listed), up, secrets=())


def _demo() -> Iterator[ScriptedProvider]:
    yield ScriptedProvider({}, "demo-small", frozenset(("demo-small", "demo-large")), secrets=())


SCRIPTED: dict[str, Callable[[], Iterator[ScriptedProvider]]] = {
    "openai": _openai,
    "azure": _azure,
    "anthropic": _anthropic,
    "google": _google,
    "vertex": _vertex,
    "bedrock": _bedrock,
    "openrouter": lambda: _small("openrouter", "openai/gpt-5.4-mini"),
    "vercel": lambda: _small("vercel", "openai/gpt-5.4-mini"),
    "groq": lambda: _small("groq", "llama-3.1-8b-instant"),
    "mistral": lambda: _small("mistral", "mistral-small-latest"),
    "deepseek": lambda: _small("deepseek", "deepseek-v4-flash"),
    "together": lambda: _small("together", "openai/gpt-oss-120b"),
    "fireworks": lambda: _small("fireworks", "accounts/fireworks/models/gpt-oss-120b"),
    "ollama": lambda: _local("ollama", "qwen3:8b", "all-minilm:latest"),
    "vllm": _server,
    "lm_studio": lambda: _local("lm_studio", "qwen/qwen3-8b", "nomic-v2"),
    "llama_cpp": lambda: _local("llama_cpp", "tiny.gguf"),
    "openai_compatible": _openai,
    "demo": _demo,
}


@contextmanager
def scripted(type: str) -> Iterator[ScriptedProvider]:
    """The scripted upstream of a type, while it runs. Raises `KeyError` for a type that has none."""
    yield from SCRIPTED[type]()
