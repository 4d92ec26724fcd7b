"""What is asked of the explanation: a form that is sent as an address, so that it can be kept and passed on."""

from collections.abc import Iterable

from flask import request
from wtforms import HiddenField, SearchField, SelectField, StringField

from portal.domain.contexts import Context
from portal.services.explain.subjects import Talk
from portal.web.fields import PortalForm

MODEL_HELP = "Like openai:gpt-5.2, as the Models page has it."


class ExplainForm(PortalForm):
    """The question of an administrator, about anybody."""

    EDITS = False

    who = SearchField("For", render_kw={"placeholder": "Name or e-mail", "autocomplete": "off"})
    person = HiddenField()
    context = SelectField("Context", default="root")
    chosen = StringField("With this model chosen in a chat", render_kw={"placeholder": "provider:model"})
    model = StringField("Model that the request names", description=MODEL_HELP)
    provider = SelectField("Provider that the request names", default="")

    def offer(self, contexts: Iterable[Context], providers: Iterable[str]) -> None:
        """What there is to choose from."""
        self.context.choices = [(context.name, context.label) for context in contexts]
        self.provider.choices = [("", "none"), *((name, name) for name in providers)]


class OwnExplainForm(PortalForm):
    """One's own question."""

    EDITS = False

    context = SelectField("Context", default="root")
    chat = SelectField("Chat", default="")
    model = StringField("Model that a request names", description=MODEL_HELP)

    def offer(self, contexts: Iterable[Context], chats: Iterable[Talk]) -> None:
        """What there is to choose from; a chat that is asked for by its address is among it."""
        self.context.choices = [(context.name, context.label) for context in contexts]
        self.chat.choices = [("", "A new chat"), *((str(talk.id), talk.title or "Untitled") for talk in chats)]


def asked(form: type[PortalForm]) -> PortalForm:
    """The form as the address fills it. It changes nothing, so it carries no token."""
    return form(formdata=request.args, meta={"csrf": False})
