"""What a developer writes with the `openai` package. `python with_openai.py <what> <model>` prints JSON.

It knows a base URL and a token, from the variables of that package, and nothing else.
"""

import json
import sys

import openai

client, what, model = openai.OpenAI(), sys.argv[1], sys.argv[2]
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
PICTURE = f"data:image/png;base64,{DOT}"
ASKED = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Where is rounding done?"}]
PARAMETERS = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
FUNCTION = {"name": "read_file", "description": "Reads a file.", "parameters": PARAMETERS}
TOOL = {"type": "function", "function": FUNCTION}
RESULT = "round(x, 2)"


def models():
    return [each.id for each in client.models.list()] + [client.models.retrieve(model).id]


def chat():
    answer = client.chat.completions.create(model=model, messages=ASKED, max_completion_tokens=500)
    (choice,) = answer.choices
    return [choice.message.content, choice.finish_reason, answer.usage.prompt_tokens, answer.usage.completion_tokens]


def chat_streamed():
    stream = client.chat.completions.create(
        model=model, messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]
    return [text, reasons, [chunk.usage.total_tokens for chunk in chunks if chunk.usage]]


def chat_unasked():
    """A stream whose caller did not ask for counts: no chunk is without a choice."""
    stream = client.chat.completions.create(model=model, messages=ASKED, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def chat_tool():
    """A round trip of a tool, the call read from a stream, the end from a whole answer."""
    with client.chat.completions.stream(model=model, messages=ASKED, tools=[TOOL]) as stream:
        message = stream.get_final_completion().choices[0].message
    (call,) = message.tool_calls
    said = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
    kept = {key: value for key, value in message.model_dump(exclude_none=True).items() if key != "parsed"}
    for one in kept["tool_calls"]:
        one["function"].pop("parsed_arguments", None)
        one.pop("index", None)
    after = client.chat.completions.create(model=model, messages=[*ASKED, kept, said], tools=[TOOL])
    return [call.function.name, json.loads(call.function.arguments), after.choices[0].message.content]


def chat_picture():
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": parts}])
    return answer.choices[0].message.content


def responses():
    answer = client.responses.create(model=model, instructions="Be short.", input="Where is rounding done?")
    return [answer.output_text, answer.status, answer.usage.input_tokens, answer.usage.output_tokens]


def responses_streamed():
    with client.responses.stream(model=model, input="Where is rounding done?") as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        answer = stream.get_final_response()
    return [deltas, answer.output_text, answer.usage.total_tokens]


def responses_tool():
    asked = [{"role": "user", "content": "Where is rounding done?"}]
    tools = [{"type": "function", "strict": False, **FUNCTION}]
    with client.responses.stream(model=model, input=asked, tools=tools, store=False) as stream:
        answer = stream.get_final_response()
    call = next(item for item in answer.output if item.type == "function_call")
    asked += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output]
    asked.append({"type": "function_call_output", "call_id": call.call_id, "output": RESULT})
    after = client.responses.create(model=model, input=asked, tools=tools, store=False)
    return [call.name, json.loads(call.arguments), after.output_text]


def responses_picture():
    parts = [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": PICTURE}]
    return client.responses.create(model=model, input=[{"role": "user", "content": parts}]).output_text


def failure():
    """The class of what was raised, its status, and its words."""
    try:
        client.chat.completions.create(model=model, messages=ASKED)
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.body["message"]]


def failure_streamed():
    """What was read of a stream before it broke, and what was raised then."""
    read = ""
    try:
        for chunk in client.chat.completions.create(model=model, messages=ASKED, stream=True):
            read += chunk.choices[0].delta.content or ""
    except openai.APIError as error:
        return [read, type(error).__name__, error.message]


def leaves():
    """Reads the beginning of a stream and goes."""
    with client.chat.completions.create(model=model, messages=ASKED, stream=True) as stream:
        return next(text for chunk in stream if chunk.choices and (text := chunk.choices[0].delta.content))


json.dump({name: globals()[name]() for name in what.split(",")}, sys.stdout)
