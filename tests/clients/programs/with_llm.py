"""What a developer writes with the `llm` package, which takes addresses from a file beside its own."""

import base64
import json
import os

import llm
from telling import DOT, QUESTION, RESULT, SYSTEM, Asker, classes, tell


def read_file(path: str) -> str:
    """Reads a file."""
    return RESULT


class Chat(Asker):
    also = ()

    def __init__(self, model):
        entry = {"model_id": "portal", "model_name": model, "api_base": os.environ["OPENAI_BASE_URL"]}
        entry |= {"api_key_name": "portal", "supports_tools": True, "vision": True}
        entry |= dict.fromkeys(self.also, True)
        (llm.user_dir() / "extra-openai-models.yaml").write_text(json.dumps([entry]))
        (llm.user_dir() / "keys.json").write_text(json.dumps({"portal": os.environ["OPENAI_API_KEY"]}))
        super().__init__(llm.get_model("portal"))

    def told_of(self, error):
        cause = error.__cause__ or error
        words = (getattr(cause, "body", None) or {}).get("message") or str(error)
        return [classes(error), getattr(cause, "status_code", None), words]

    def said(self, stream, question=QUESTION):
        answer = self.model.prompt(question, system=SYSTEM, stream=stream)
        text, counted = answer.text(), answer.usage()
        return [text, None, counted.input, counted.output]

    def chat(self, question=QUESTION):
        return self.said(False, question)

    def streamed(self):
        return self.said(True)

    def pieces(self, question=QUESTION):
        yield from self.model.prompt(question, system=SYSTEM, stream=True)

    def tool(self):
        first, after = self.model.chain(QUESTION, system=SYSTEM, tools=[read_file]).responses()
        (call,) = first.tool_calls()
        return [call.name, call.arguments, after.text()]

    def picture(self):
        picture = llm.Attachment(type="image/png", content=base64.b64decode(DOT))
        return self.model.prompt("What is this?", attachments=[picture]).text()


class Responses(Chat):
    also = ("responses",)


tell({"chat": Chat, "responses": Responses})
