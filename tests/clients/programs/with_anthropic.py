"""What a developer writes with the `anthropic` package."""

import anthropic
from telling import DESCRIPTION, DOT, PARAMETERS, QUESTION, RESULT, SYSTEM, TOOL, Asker, classes, tell

client = anthropic.Anthropic()


class Messages(Asker):
    tools = ({"name": TOOL, "description": DESCRIPTION, "input_schema": PARAMETERS},)

    def asked(self, content, *more):
        messages = [{"role": "user", "content": content}, *more]
        return {"model": self.model, "max_tokens": 500, "system": SYSTEM, "messages": messages}

    def told_of(self, error):
        words = error.body["error"]["message"] if isinstance(error.body, dict) else None
        return [classes(error), error.status_code, words]

    def models(self):
        return [each.id for each in client.models.list()] + [client.models.retrieve(self.model).id]

    def chat(self, question=QUESTION):
        answer = client.messages.create(**self.asked(question))
        return [answer.content[0].text, answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens]

    def streamed(self):
        with client.messages.stream(**self.asked(QUESTION)) as stream:
            text = "".join(stream.text_stream)
            answer = stream.get_final_message()
        assert text == answer.content[0].text
        return [text, answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens]

    def pieces(self, question=QUESTION):
        with client.messages.stream(**self.asked(question)) as stream:
            yield from stream.text_stream

    def tool(self):
        """A round trip, the call read from a stream, the end from a whole answer."""
        with client.messages.stream(**self.asked(QUESTION), tools=self.tools) as stream:
            answer = stream.get_final_message()
        assert answer.stop_reason == "tool_use"
        (call,) = (block for block in answer.content if block.type == "tool_use")
        said = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
        kept = [block.model_dump(exclude_none=True) for block in answer.content]
        after = client.messages.create(
            **self.asked(QUESTION, {"role": "assistant", "content": kept}, {"role": "user", "content": [said]}),
            tools=self.tools,
        )
        return [call.name, call.input, after.content[0].text]

    def picture(self):
        source = {"type": "base64", "media_type": "image/png", "data": DOT}
        parts = [{"type": "text", "text": "What is this?"}, {"type": "image", "source": source}]
        return client.messages.create(**self.asked(parts)).content[0].text

    def counted(self):
        messages = self.asked(QUESTION)["messages"]
        try:
            return client.messages.count_tokens(model=self.model, messages=messages).input_tokens
        except anthropic.APIStatusError as error:
            return self.told_of(error)


tell({"messages": Messages})
