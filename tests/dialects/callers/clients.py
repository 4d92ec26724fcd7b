"""Requests in the shapes that real clients send, with texts of our own."""

from typing import Any

Json = dict[str, Any]

CLAUDE_CODE: Json = {
    "model": "claude-opus-5-5",
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "A reminder."}, {"type": "text", "text": "Say hello."}]},
        {
            "role": "system",
            "content": [{"type": "text", "text": "Mind the plan.", "cache_control": {"type": "ephemeral"}}],
            "output_config": {"effort": "medium"},
        },
    ],
    "system": [
        {"type": "text", "text": "A first line."},
        {"type": "text", "text": "You are a tool.", "cache_control": {"type": "ephemeral"}},
    ],
    "tools": [
        {"name": "Read", "description": "Reads.", "input_schema": {"type": "object"}, "defer_loading": True},
        {"name": "web_search", "type": "web_search_20250305", "max_uses": 8},
    ],
    "metadata": {"user_id": "{}"},
    "max_tokens": 128_000,
    "thinking": {"type": "adaptive", "display": "omitted"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "output_config": {"effort": "medium"},
    "stream": True,
}

CODEX: Json = {
    "model": "gpt-5.5",
    "stream": True,
    "input": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "developer",
            "content": [{"type": "input_text", "text": "You are a tool."}],
            "internal_chat_message_metadata_passthrough": {"content_item_kinds": ["one"]},
        },
        {"type": "message", "id": "msg_2", "role": "user", "content": [{"type": "input_text", "text": "Say hello."}]},
        {
            "type": "function_call",
            "status": "completed",
            "id": "fc_1",
            "name": "shell",
            "arguments": '{"command":"ls"}',
            "call_id": "call_1",
        },
        {"type": "function_call_output", "id": "fco_1", "call_id": "call_1", "output": "README.md"},
    ],
    "tools": [
        {
            "type": "function",
            "name": "shell",
            "description": "Runs.",
            "strict": False,
            "parameters": {"type": "object"},
        },
        {
            "type": "namespace",
            "name": "collaboration",
            "description": "Agents.",
            "tools": [{"type": "function", "name": "wait", "parameters": {"type": "object"}}],
        },
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Patches.",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: LINE"},
        },
        {"type": "tool_search", "execution": "client"},
        {"type": "web_search", "external_web_access": False},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "thread",
    "text": {"verbosity": "low"},
    "client_metadata": {"thread_id": "thread"},
}

OPENCODE: Json = {
    "model": "m",
    "max_tokens": 32_000,
    "messages": [{"role": "system", "content": "You are a tool."}, {"role": "user", "content": "Say hello."}],
    "tools": [{"type": "function", "function": {"name": "read", "description": "Reads.", "parameters": {}}}],
    "tool_choice": "auto",
    "stream": True,
    "stream_options": {"include_usage": True},
}

OPENCODE_ANTHROPIC: Json = {
    "model": "m",
    "max_tokens": 32_000,
    "system": [{"type": "text", "text": "You are a tool.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Say hello.", "cache_control": {"type": "ephemeral"}}],
        }
    ],
    "tools": [{"name": "read", "description": "Reads.", "input_schema": {"type": "object"}}],
    "tool_choice": {"type": "auto"},
    "stream": True,
}

OPENCODE_OPENAI: Json = {
    "model": "m",
    "input": [
        {"role": "system", "content": "You are a tool."},
        {"role": "user", "content": [{"type": "input_text", "text": "Say hello."}]},
    ],
    "max_output_tokens": 32_000,
    "store": False,
    "prompt_cache_key": "session",
    "tools": [{"type": "function", "name": "read", "description": "Reads.", "parameters": {}}],
    "tool_choice": "auto",
    "stream": True,
}

AIDER: Json = {
    "messages": [
        {"role": "system", "content": "You are a tool."},
        {"role": "user", "content": "An example."},
        {"role": "assistant", "content": "Its answer."},
        {"role": "user", "content": "Say hello."},
    ],
    "model": "m",
    "stream": True,
    "temperature": 0,
}

LLM: Json = {
    "model": "m",
    "stream": True,
    "messages": [{"role": "user", "content": "Say hello."}],
    "stream_options": {"include_usage": True},
}

LLM_RESPONSES: Json = {
    "model": "m",
    "stream": True,
    "input": [{"role": "user", "content": "Say hello."}],
    "store": False,
}

REQUESTS: dict[str, tuple[str, Json]] = {
    "claude-code": ("messages", CLAUDE_CODE),
    "codex": ("responses", CODEX),
    "opencode": ("chat_completions", OPENCODE),
    "opencode, Anthropic": ("messages", OPENCODE_ANTHROPIC),
    "opencode, OpenAI": ("responses", OPENCODE_OPENAI),
    "aider": ("chat_completions", AIDER),
    "llm": ("chat_completions", LLM),
    "llm, responses": ("responses", LLM_RESPONSES),
}
"""By client: the API, and the body."""
