"""What a developer writes with the `openai` package, for either of its APIs."""

import json

import openai
from telling import DESCRIPTION, DOT, PARAMETERS, QUESTION, RESULT, SYSTEM, TOOL, Asker, classes, tell

client = openai.OpenAI()
PICTURE = f"data:image/png;base64,{DOT}"
FUNCTION = {"name": TOOL, "description": DESCRIPTION, "parameters": PARAMETERS}


class Openai(Asker):
    def models(self):
        return [each.id for each in client.models.list()] + [client.models.retrieve(self.model).id]

    def told_of(self, error):
        return [classes(error), getattr(error, "status_code", None), (error.body or {}).get("message")]


class Chat(Openai):
    tools = ({"type": "function", "function": FUNCTION},)

    def asked(self, question):
        return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]

    def chat(self, question=QUESTION):
        answer = client.chat.completions.create(
            model=self.model, messages=self.asked(question), max_completion_tokens=500
        )
        (choice,) = answer.choices
        counted = answer.usage
        return [choice.message.content, choice.finish_reason, counted.prompt_tokens, counted.completion_tokens]

    def streamed(self):
        asked = {"model": self.model, "messages": self.asked(QUESTION), "stream": True}
        chunks = list(client.chat.completions.create(**asked, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        (reason,) = (c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason)
        (counted,) = (chunk.usage for chunk in chunks if chunk.usage)
        return [text, reason, counted.prompt_tokens, counted.completion_tokens]

    def pieces(self, question=QUESTION):
        """A stream whose caller did not ask for counts: no chunk is without a choice."""
        with client.chat.completions.create(model=self.model, messages=self.asked(question), stream=True) as stream:
            for chunk in stream:
                yield chunk.choices[0].delta.content or ""

    def tool(self):
        """A round trip, the call read from a stream, the end from a whole answer."""
        asked = self.asked(QUESTION)
        with client.chat.completions.stream(model=self.model, messages=asked, tools=self.tools) as stream:
            message = stream.get_final_completion().choices[0].message
        (call,) = message.tool_calls
        said = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
        kept = {key: value for key, value in message.model_dump(exclude_none=True).items() if key != "parsed"}
        for one in kept["tool_calls"]:
            one["function"].pop("parsed_arguments", None)
            one.pop("index", None)
        after = client.chat.completions.create(model=self.model, messages=[*asked, kept, said], tools=self.tools)
        return [call.function.name, json.loads(call.function.arguments), after.choices[0].message.content]

    def picture(self):
        parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
        answer = client.chat.completions.create(model=self.model, messages=[{"role": "user", "content": parts}])
        return answer.choices[0].message.content


class Responses(Openai):
    tools = ({"type": "function", "strict": False, **FUNCTION},)

    def chat(self, question=QUESTION):
        answer = client.responses.create(model=self.model, instructions=SYSTEM, input=question)
        return [answer.output_text, answer.status, answer.usage.input_tokens, answer.usage.output_tokens]

    def streamed(self):
        with client.responses.stream(model=self.model, instructions=SYSTEM, input=QUESTION) as stream:
            text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
            answer = stream.get_final_response()
        assert text == answer.output_text
        return [text, answer.status, answer.usage.input_tokens, answer.usage.output_tokens]

    def pieces(self, question=QUESTION):
        """What broke is an event here, which this package does not raise."""
        with client.responses.create(model=self.model, input=question, stream=True) as stream:
            for event in stream:
                if event.type == "response.failed":
                    raise Failed(event.response.error.message)
                if event.type == "response.output_text.delta":
                    yield event.delta

    def tool(self):
        asked = [{"role": "user", "content": QUESTION}]
        with client.responses.stream(model=self.model, input=asked, tools=self.tools, store=False) as stream:
            answer = stream.get_final_response()
        (call,) = (item for item in answer.output if item.type == "function_call")
        asked += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in answer.output]
        asked.append({"type": "function_call_output", "call_id": call.call_id, "output": RESULT})
        after = client.responses.create(model=self.model, input=asked, tools=self.tools, store=False)
        return [call.name, json.loads(call.arguments), after.output_text]

    def picture(self):
        parts = [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": PICTURE}]
        return client.responses.create(model=self.model, input=[{"role": "user", "content": parts}]).output_text


class Failed(Exception):
    """A response that says of itself that it failed."""

    def __init__(self, words):
        super().__init__(words)
        self.body = {"message": words}


tell({"chat": Chat, "responses": Responses})
