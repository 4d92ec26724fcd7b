"""What a developer writes with the `anthropic` package. `python with_anthropic.py <what> <model>` prints JSON.

It knows a base URL and a token, from the variables of that package, and nothing else.
"""

import json
import sys

import anthropic

client, what, model = anthropic.Anthropic(), sys.argv[1], sys.argv[2]
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
ASKED = {
    "model": model,
    "max_tokens": 500,
    "system": "Be short.",
    "messages": [{"role": "user", "content": "Where is rounding done?"}],
}
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
TOOL = {"name": "read_file", "description": "Reads a file.", "input_schema": SCHEMA}


def models():
    return [each.id for each in client.models.list()] + [client.models.retrieve(model).id]


def chat():
    answer = client.messages.create(**ASKED)
    return [answer.content[0].text, answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens]


def streamed():
    with client.messages.stream(**ASKED) as stream:
        text = "".join(stream.text_stream)
        answer = stream.get_final_message()
    return [text, answer.content[0].text, answer.stop_reason, answer.usage.output_tokens]


def tool():
    """A round trip of a tool, the call read from a stream, the end from a whole answer."""
    with client.messages.stream(**ASKED, tools=[TOOL]) as stream:
        answer = stream.get_final_message()
    call = next(block for block in answer.content if block.type == "tool_use")
    said = {"type": "tool_result", "tool_use_id": call.id, "content": "round(x, 2)"}
    kept = [block.model_dump(exclude_none=True) for block in answer.content]
    messages = [*ASKED["messages"], {"role": "assistant", "content": kept}, {"role": "user", "content": [said]}]
    after = client.messages.create(**ASKED | {"messages": messages}, tools=[TOOL])
    return [answer.stop_reason, call.name, call.input, after.content[0].text]


def picture():
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image", "source": source}]
    return client.messages.create(**ASKED | {"messages": [{"role": "user", "content": parts}]}).content[0].text


def counted():
    return client.messages.count_tokens(model=model, messages=ASKED["messages"]).input_tokens


def counted_in_vain():
    try:
        return counted()
    except anthropic.APIStatusError as error:
        return [type(error).__name__, error.status_code]


def failure():
    """The class of what was raised, its status, and its words."""
    try:
        client.messages.create(**ASKED)
    except anthropic.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.body["error"]["message"]]


def failure_streamed():
    """What was read of a stream before it broke, and what was raised then."""
    read = ""
    try:
        with client.messages.stream(**ASKED) as stream:
            for text in stream.text_stream:
                read += text
    except anthropic.APIError as error:
        return [read, type(error).__name__, error.body["error"]["message"]]


def leaves():
    """Reads the beginning of a stream and goes."""
    with client.messages.stream(**ASKED) as stream:
        return next(iter(stream.text_stream))


json.dump({name: globals()[name]() for name in what.split(",")}, sys.stdout)
