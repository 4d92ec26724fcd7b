"""What a person may send: a message, a chat's name and system prompt."""

from uuid import UUID, uuid4

from flask import request
from wtforms import EmailField, HiddenField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.domain.efforts import EFFORTS
from portal.services.chat.messages import Message
from portal.web.fields import PortalForm, VersionedForm

EFFORT_CHOICES = [
    SelectChoice("", "Effort: its own"),
    *(SelectChoice(effort, f"Effort: {effort}") for effort in EFFORTS),
]

LOST = "The page lost track of this message. Copy it, load the page again, and send it from there."


class MessageForm(PortalForm):
    """The composer, and the same for a message that is sent again in other words."""

    EDITS = False

    text = TextAreaField("Message")
    client_id = HiddenField()
    parent = HiddenField()
    model = HiddenField()
    shown_model = HiddenField()
    model_name = StringField("Model by name")
    effort = SelectField("Effort", choices=EFFORT_CHOICES, validate_choice=False)
    new = HiddenField()
    system_prompt = TextAreaField("System prompt")
    attachment = HiddenField()

    @property
    def attached(self) -> tuple[UUID, ...]:
        """The files of the message, in order."""
        return tuple(id for id in map(read_id, self.attachment.raw_data or ()) if id)

    def add_attachment(self, id: UUID) -> None:
        """Let a file be of this message that has just been taken in."""
        self.attachment.raw_data = [*(self.attachment.raw_data or ()), str(id)]

    def message(self, chat_id: UUID) -> Message:
        """What was typed, as it was typed: only the service judges it."""
        return Message(
            chat_id=chat_id,
            text=self.text.data or "",
            client_id=self.client_id.data or "",
            parent_id=read_id(self.parent.data),
            language_model_id=self.chosen_model,
            system_prompt=self.system_prompt.data if self.new.data else None,
            new=bool(self.new.data),
            model_name=self.model_name.data or "",
            attachments=self.attached,
            effort=self.effort.data if self.effort.name in request.form else None,
        )

    @property
    def chosen_model(self) -> UUID | None:
        """The model that somebody chose. What the selector showed by itself, and nobody touched, is no choice."""
        return None if self.model.data == self.shown_model.data else read_id(self.model.data)

    def renew(self) -> None:
        """Another message than the one before."""
        self.client_id.data = str(uuid4())


class AboutForm(VersionedForm):
    """A chat's name, and what its models are told before everything else."""

    EDITS = True

    title = StringField("Name", [InputRequired()])
    system_prompt = TextAreaField(
        "System prompt",
        description="Every model of this chat reads it first: who it speaks to, in what tone, what to leave out.",
    )


class NameForm(PortalForm):
    """A chat's name, typed where it stands in the list."""

    EDITS = False

    title = StringField("Name", [InputRequired()])


class ImportForm(PortalForm):
    """Chats as files."""

    EDITS = False

    files = MultipleFileField("Files")


class ShareForm(PortalForm):
    """Whom a copy is for."""

    EDITS = False

    email = EmailField("E-mail of a colleague", [InputRequired()])


def read_id(text: str | None) -> UUID | None:
    """An id from a form; None for a blank, and for what is no id, which then simply names nothing."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
