"""The demo: answers on this machine with no AI and no network, and says so. It uses OpenAI's dialect."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from portal.dialects import openai, reading
from portal.dialects.base import UpstreamRequest
from portal.dialects.openai import chat, list_models, read_chat, read_fault, read_models, read_stream
from portal.dialects.writing import write

__all__ = ["adjust", "answer", "chat", "list_models", "name", "read_chat", "read_fault", "read_models", "read_stream"]

name = "demo"
adjust = openai.adjust

MODELS: dict[str, int] = {"demo-small": 8_000, "demo-large": 32_000}
"""The demo's models and how many words each claims to read."""

PAUSE = 0.015
"""Seconds between two words of a stream, so that it looks like one."""

_SMALL = """\
**This is the demo.** There is no AI behind these words and nothing left this machine.

You wrote: “{echo}”

What a real model would have had to work with:

- {words} in your message
- {turns} in this conversation so far
- {system}

Code looks like this:

```python
def greet(name: str) -> str:
    \"\"\"The friendliest function of the demo.\"\"\"
    return f"Hello, {{name}}. I am a demo, not a mind."
```

Connect a provider to chat with a real model.
"""

_LARGE = (
    _SMALL
    + """
The large demo says a little more, so that there is time to press **Stop**:

1. A provider is connected and its key is encrypted.
2. A test asks it for a single token.
3. A model is published, and people choose it here.

| Part | In the demo |
| --- | --- |
| Provider | this machine |
| Cost | nothing |
| Truth | only what you can see above |

> Every word of this answer was written before you asked.
"""
)


def answer(
    request: UpstreamRequest, pause: float = PAUSE, sleep: Callable[[float], None] = time.sleep
) -> Iterator[bytes]:
    """The bytes that a server would send for this request: events with a pause between words, or JSON at once."""
    if request.method == "GET":
        yield write({"object": "list", "data": [_row(model, context) for model, context in MODELS.items()]})
        return
    asked = reading.load(request.body or b"")
    model = reading.name(reading.field(asked, "model"))
    if model not in MODELS:
        message = f"The demo has no model '{model}'. The model does not exist."
        yield write({"error": {"message": message, "type": "invalid_request_error", "code": "model_not_found"}})
        return
    words, finish_reason = _words(asked, model)
    usage = {"prompt_tokens": _count(asked), "completion_tokens": len(words)}
    head = {"id": "demo", "object": "chat.completion", "model": model}
    if not request.stream:
        message_ = {"role": "assistant", "content": "".join(words)}
        yield write(
            {**head, "choices": [{"index": 0, "message": message_, "finish_reason": finish_reason}], "usage": usage}
        )
        return
    for word in words:
        yield _frame(head, [{"index": 0, "delta": {"content": word}, "finish_reason": None}])
        sleep(pause)
    yield _frame(head, [{"index": 0, "delta": {}, "finish_reason": finish_reason}])
    yield _frame(head, [], usage)
    yield b"data: [DONE]\n\n"


def _words(asked: Any, model: str) -> tuple[list[str], str]:
    """The answer in words with the space after each, as far as the limit allows, and why it ends."""
    messages = _messages(asked)
    question = next((reading.words(m.get("content")) for m in reversed(messages) if m.get("role") == "user"), "")
    system = next((reading.words(m.get("content")) for m in messages if m.get("role") == "system"), "")
    turns = sum(m.get("role") != "system" for m in messages)
    text = (_LARGE if model == "demo-large" else _SMALL).format(
        echo=_echo(question),
        words=_many(len(question.split()), "word"),
        turns=_many(turns, "turn"),
        system=f"a system prompt of {_many(len(system.split()), 'word')}" if system else "no system prompt",
    )
    words = _split(text)
    most = reading.field(asked, "max_tokens")
    if isinstance(most, int) and 0 < most < len(words):
        return words[:most], "length"
    return words, "stop"


def _split(text: str) -> list[str]:
    words: list[str] = []
    for line in text.rstrip().splitlines(keepends=True):
        deltas = line.split(" ")
        words += [delta + " " for delta in deltas[:-1]] + [deltas[-1]]
    return [word for word in words if word]


def _echo(question: str) -> str:
    """The beginning of the question on one line, with nothing in it that Markdown would act on."""
    line = " ".join(question.split())
    short = line if len(line) <= 120 else line[:119].rstrip() + "…"
    return "".join("\\" + char if char in "\\`*_{}[]<>#|!~" else char for char in short)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _count(asked: Any) -> int:
    return sum(len(reading.words(message.get("content")).split()) for message in _messages(asked))


def _messages(asked: Any) -> list[dict[str, Any]]:
    messages = reading.field(asked, "messages")
    return [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []


def _row(model: str, context: int) -> dict[str, object]:
    return {"id": model, "object": "model", "owned_by": "demo", "context_length": context}


def _frame(head: dict[str, str], choices: list[Any], usage: dict[str, int] | None = None) -> bytes:
    body = {**head, "object": "chat.completion.chunk", "choices": choices, "usage": usage}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"
