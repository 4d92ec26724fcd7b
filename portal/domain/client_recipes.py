"""What to paste into each tool so that it asks this portal: one literal a client.

In the lines, `⟦{base}/v1⟧` is a text with the portal's address, the model or the token in it, which becomes a quoted
literal of the block's language; `⟦{"model": {model:json}}⟧` holds a literal of JSON inside one of the shell.
"""

from collections.abc import Mapping
from types import MappingProxyType

from portal.domain.literals import Language
from portal.domain.recipe_blocks import Block, Recipe

SHELL, TOML, JSON, YAML = Language.SHELL, Language.TOML, Language.JSON, Language.YAML
PYTHON, JAVASCRIPT = Language.PYTHON, Language.JAVASCRIPT

ROOT, V1 = "{base}", "{base}/v1"
CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"

_RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "claude-code",
        "Claude Code",
        "Cc",
        "Anthropic’s agent for the terminal",
        ROOT,
        MESSAGES,
        (
            Block(
                "In the shell, or in its profile",
                SHELL,
                """export ANTHROPIC_BASE_URL=⟦{base}⟧
export ANTHROPIC_AUTH_TOKEN=⟦{token}⟧
export ANTHROPIC_MODEL=⟦{model}⟧
export ANTHROPIC_DEFAULT_HAIKU_MODEL=⟦{model}⟧
claude""",
            ),
        ),
        (
            "ANTHROPIC_DEFAULT_HAIKU_MODEL is the model of its small tasks, such as titles. Name a cheaper one there; "
            "without the line it asks for a model by Anthropic’s own name, which this portal may not have.",
            "The address ends without /v1: Claude Code adds it.",
            "An ANTHROPIC_API_KEY that is set as well is sent along; of two that differ the one that works counts. "
            "Unset it if Claude Code warns of it.",
            "Its /model list shows only models whose names hold “claude” or “anthropic”, and only with discovery on. "
            "Every other model is reached by its name, as above.",
        ),
    ),
    Recipe(
        "codex",
        "Codex",
        "Cx",
        "OpenAI’s agent for the terminal",
        V1,
        RESPONSES,
        (
            Block(
                "~/.codex/config.toml",
                TOML,
                """model = ⟦{model}⟧
model_provider = "portal"

[model_providers.portal]
name = "LLM Portal"
base_url = ⟦{base}/v1⟧
env_key = "PORTAL_TOKEN"
wire_api = "responses\"""",
            ),
            Block("In the shell, or in its profile", SHELL, "export PORTAL_TOKEN=⟦{token}⟧\ncodex"),
        ),
        (
            "The first two lines stand above every [table] of the file.",
            "wire_api is responses: Codex no longer takes chat.",
            "A provider of its own name is needed: what is written under model_providers.openai is not read.",
        ),
    ),
    Recipe(
        "opencode",
        "opencode",
        "Oc",
        "An open agent for the terminal",
        V1,
        CHAT,
        (
            Block(
                "opencode.json in the project, or ~/.config/opencode/opencode.json",
                JSON,
                """{
  "$schema": "https://opencode.ai/config.json",
  "model": ⟦portal/{model}⟧,
  "small_model": ⟦portal/{model}⟧,
  "provider": {
    "portal": {
      "npm": "@ai-sdk/openai-compatible",
      "name": "LLM Portal",
      "options": {"baseURL": ⟦{base}/v1⟧, "apiKey": "{env:PORTAL_TOKEN}"},
      "models": {⟦{model}⟧: {}}
    }
  }
}""",
            ),
            Block("In the shell, or in its profile", SHELL, "export PORTAL_TOKEN=⟦{token}⟧\nopencode"),
        ),
        (
            "small_model writes the titles. Name a cheaper one there, and under models as well.",
            "Every model that opencode may offer is listed under models.",
        ),
    ),
    Recipe(
        "llm",
        "llm",
        "Lm",
        "Simon Willison’s command line",
        V1,
        CHAT,
        (
            Block(
                "extra-openai-models.yaml, beside the file that “llm logs path” prints",
                YAML,
                """- model_id: portal
  model_name: ⟦{model}⟧
  api_base: ⟦{base}/v1⟧
  api_key_name: portal
  supports_tools: true
  supports_schema: true""",
            ),
            Block(
                "In the shell",
                SHELL,
                "llm keys set portal --value ⟦{token}⟧\nllm -m portal 'Say hello'",
            ),
        ),
        ("Each further model is one more entry with a model_id of its own.",),
    ),
    Recipe(
        "aider",
        "aider",
        "Ai",
        "Pair programming in the terminal",
        V1,
        CHAT,
        (
            Block(
                "In the shell, or in its profile",
                SHELL,
                """export OPENAI_API_BASE=⟦{base}/v1⟧
export OPENAI_API_KEY=⟦{token}⟧
aider --model ⟦openai/{model}⟧""",
            ),
        ),
        (
            "The openai/ before the name says how to ask, and is not sent.",
            "aider does not know the prices of such models and says so once; --no-show-model-warnings keeps it quiet.",
        ),
    ),
    Recipe(
        "openai",
        "OpenAI’s SDK",
        "Oa",
        "The Python package openai",
        V1,
        f"{CHAT}, {RESPONSES}",
        (
            Block(
                "Python",
                PYTHON,
                """from openai import OpenAI

client = OpenAI(base_url=⟦{base}/v1⟧, api_key=⟦{token}⟧)
answer = client.chat.completions.create(
    model=⟦{model}⟧,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)""",
            ),
        ),
        (
            "OPENAI_BASE_URL and OPENAI_API_KEY in the environment do the same without a line of code.",
            "The package openai-agents, built on it, also tells api.openai.com what was asked and answered, and signs "
            "in there with this token. OPENAI_AGENTS_DISABLE_TRACING=1 keeps both in the house.",
        ),
    ),
    Recipe(
        "anthropic",
        "Anthropic’s SDK",
        "An",
        "The Python package anthropic",
        ROOT,
        MESSAGES,
        (
            Block(
                "Python",
                PYTHON,
                """from anthropic import Anthropic

client = Anthropic(base_url=⟦{base}⟧, auth_token=⟦{token}⟧)
answer = client.messages.create(
    model=⟦{model}⟧,
    max_tokens=1024,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.content[0].text)""",
            ),
        ),
        (
            "The address ends without /v1: the package adds it.",
            "Answers of more than 21,333 tokens must be streamed: the package refuses to ask otherwise.",
        ),
    ),
    Recipe(
        "langchain",
        "LangChain",
        "Lc",
        "The Python package langchain-openai",
        V1,
        CHAT,
        (
            Block(
                "Python",
                PYTHON,
                """from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=⟦{model}⟧, base_url=⟦{base}/v1⟧, api_key=⟦{token}⟧)
print(model.invoke("Say hello").content)""",
            ),
        ),
    ),
    Recipe(
        "vercel",
        "Vercel’s AI SDK",
        "Ve",
        "ai with @ai-sdk/openai-compatible",
        V1,
        CHAT,
        (
            Block(
                "JavaScript",
                JAVASCRIPT,
                """import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";

const portal = createOpenAICompatible({
  name: "portal",
  baseURL: ⟦{base}/v1⟧,
  apiKey: ⟦{token}⟧,
});
const { text } = await generateText({ model: portal(⟦{model}⟧), prompt: "Say hello" });
console.log(text);""",
            ),
        ),
        ("@ai-sdk/openai and @ai-sdk/anthropic work as well, both with the address that ends in /v1.",),
    ),
    Recipe(
        "curl",
        "curl",
        "Cu",
        "Any program that speaks HTTP",
        V1,
        CHAT,
        (
            Block(
                "In the shell",
                SHELL,
                """curl ⟦{base}/v1/chat/completions⟧ \\
  -H ⟦Authorization: Bearer {token}⟧ \\
  -H 'Content-Type: application/json' \\
  -d ⟦{"model": {model:json}, "messages": [{"role": "user", "content": "Say hello"}]}⟧""",
            ),
        ),
        ("GET /v1/models lists every name that you may ask for.",),
    ),
)

RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.key: recipe for recipe in _RECIPES})
"""By key, in the order in which they are offered."""
