"""What a client makes of a stream: a small reader of the tests' own for each API, which keeps the API's rules."""

import json
from typing import Any

Json = dict[str, Any]


def events(stream: bytes) -> list[tuple[str, str]]:
    """Names and data, in order. Every event ends in a blank line, and nothing is left over."""
    text = stream.decode()
    assert not text.startswith("\ufeff")
    assert text.endswith("\n\n")
    found = []
    for block in text[:-2].split("\n\n"):
        lines = block.split("\n")
        names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
        (data,) = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        assert len(lines) == len(names) + 1
        found.append((names[0] if names else "", data))
    return found


def chat_completions(stream: bytes) -> Json:
    """The whole answer, as a client puts it together."""
    frames = events(stream)
    assert frames[-1] == ("", "[DONE]")
    message: Json = {"role": "assistant", "content": "", "refusal": None}
    calls: dict[int, Json] = {}
    answer: Json = {}
    for name, data in frames[:-1]:
        frame = json.loads(data)
        assert name == ""
        assert frame["object"] == "chat.completion.chunk"
        if not answer:
            assert frame["choices"][0]["delta"]["role"] == "assistant"
            answer = {name: frame[name] for name in ("id", "created", "model")} | {"usage": None}
        answer["usage"] = frame.get("usage") or answer["usage"]
        for choice in frame["choices"]:
            assert answer.get("finish_reason") is None, "nothing comes after the reason"
            answer["finish_reason"] = choice["finish_reason"]
            delta = choice["delta"]
            message["content"] += delta.get("content", "")
            for field in ("reasoning_content", "reasoning_details"):
                if field in delta:
                    message[field] = message.get(field, type(delta[field])()) + delta[field]
            for part in delta.get("tool_calls", []):
                _grow(calls, part)
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    message["content"] = message["content"] or (None if calls else "")
    return answer | {"message": message}


def _grow(calls: dict[int, Json], part: Json) -> None:
    index = part.pop("index")
    if index not in calls:
        assert part["id"]
        assert part["type"] in part
        calls[index] = part
        return
    call = calls[index]
    assert "id" not in part
    inside = part.get(call["type"], {})
    for field, words in inside.items():
        call[call["type"]][field] += words
    if "extra_content" in part:
        call["extra_content"] = part["extra_content"]


def messages(stream: bytes) -> Json:
    """The whole message. One block is open at a time, and every index comes in order."""
    frames = [(name, json.loads(data)) for name, data in events(stream)]
    assert all(name == frame["type"] for name, frame in frames)
    assert [name for name, _ in frames[:1]] == ["message_start"]
    assert [name for name, _ in frames[-2:]] == ["message_delta", "message_stop"]
    message: Json = frames[0][1]["message"]
    assert message["content"] == []
    block: Json | None = None
    arguments = ""
    for name, frame in frames[1:-2]:
        assert frame["index"] == len(message["content"])
        if name == "content_block_start":
            assert block is None
            block, arguments = dict(frame["content_block"]), ""
        elif name == "content_block_delta":
            assert block is not None
            kind, delta = frame["delta"]["type"], frame["delta"]
            if kind == "input_json_delta":
                assert block["type"] == "tool_use"
                arguments += delta["partial_json"]
            elif kind == "signature_delta":
                block["signature"] = delta["signature"]
            else:
                field = {"text_delta": "text", "thinking_delta": "thinking"}[kind]
                block[field] += delta[field]
        else:
            assert name == "content_block_stop"
            assert block is not None
            if block["type"] == "tool_use" and arguments:
                block["input"] = json.loads(arguments)
            message["content"].append(block)
            block = None
    assert block is None
    return message | frames[-2][1]["delta"] | {"usage": frames[-2][1]["usage"]}


def responses(stream: bytes) -> Json:
    """The whole answer out of the last event; every item grew to what its own last event says it is."""
    frames = [(name, json.loads(data)) for name, data in events(stream)]
    assert all(name == frame["type"] for name, frame in frames)
    assert [frame["sequence_number"] for _, frame in frames] == list(range(len(frames)))
    assert [name for name, _ in frames[:2]] == ["response.created", "response.in_progress"]
    items: list[Json] = []
    added: Json | None = None
    grown = ""
    for name, frame in frames[2:-1]:
        assert frame["output_index"] == len(items)
        if name == "response.output_item.added":
            assert added is None
            added, grown = frame["item"], ""
        elif name == "response.output_item.done":
            assert added is not None
            item = frame["item"]
            assert item["id"] == added["id"]
            assert grown == _words(item)
            items.append(item)
            added = None
        else:
            assert added is not None
            assert frame["item_id"] == added["id"]
            if name.endswith(".delta"):
                grown += frame["delta"]
            for field in ("text", "arguments", "input"):
                assert frame.get(field, grown) == grown
    response: Json = frames[-1][1]["response"]
    assert frames[-1][0] == f"response.{response['status']}"
    assert response["output"] == items
    return response


def _words(item: Json) -> str:
    if item["type"] == "message":
        return "".join(part["text"] for part in item["content"])
    if item["type"] == "reasoning":
        return "".join(part["text"] for part in item["summary"])
    return str(item["input"] if item["type"] == "custom_tool_call" else item["arguments"])


READERS = {"chat_completions": chat_completions, "responses": responses, "messages": messages}
