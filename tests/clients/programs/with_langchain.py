"""What a developer writes with LangChain: its two packages for OpenAI's APIs and Anthropic's, and one code for them."""

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from telling import DOT, QUESTION, RESULT, SYSTEM, Asker, classes, tell


@tool
def read_file(path: str) -> str:
    """Reads a file."""
    return RESULT


class Langchain(Asker):
    def asked(self, question):
        return [SystemMessage(SYSTEM), HumanMessage(question)]

    def told_of(self, error):
        body = error.body if isinstance(getattr(error, "body", None), dict) else {}
        words = body.get("error", body).get("message") or str(error)
        return [classes(error), getattr(error, "status_code", None), words]

    def said(self, answer):
        """Text, reason and counts; a stream has none from a server of one's own that was not asked for them."""
        told, counted = answer.response_metadata, answer.usage_metadata or {}
        reason = told.get("finish_reason") or told.get("stop_reason") or told.get("status")
        return [str(answer.text), reason, counted.get("input_tokens"), counted.get("output_tokens")]

    def chat(self, question=QUESTION):
        return self.said(self.chooses().invoke(self.asked(question)))

    def streamed(self):
        whole = None
        for chunk in self.chooses().stream(self.asked(QUESTION)):
            whole = chunk if whole is None else whole + chunk
        return self.said(whole)

    def pieces(self, question=QUESTION):
        for chunk in self.chooses().stream(self.asked(question)):
            yield str(chunk.text)

    def tool(self):
        """A round trip, the call read from a stream, the end from a whole answer."""
        model, asked, answer = self.chooses().bind_tools([read_file]), self.asked(QUESTION), None
        for chunk in model.stream(asked):
            answer = chunk if answer is None else answer + chunk
        (call,) = answer.tool_calls
        after = model.invoke([*asked, answer, read_file.invoke(call)])
        return [call["name"], call["args"], str(after.text)]

    def picture(self):
        picture = {"type": "image", "base64": DOT, "mime_type": "image/png"}
        return str(self.chooses().invoke([HumanMessage([{"type": "text", "text": "What is this?"}, picture])]).text)


class Chat(Langchain):
    def chooses(self):
        return ChatOpenAI(model=self.model)


class Responses(Langchain):
    def chooses(self):
        return ChatOpenAI(model=self.model, use_responses_api=True)


class Messages(Langchain):
    def chooses(self):
        return ChatAnthropic(model=self.model)


tell({"chat": Chat, "responses": Responses, "messages": Messages})
