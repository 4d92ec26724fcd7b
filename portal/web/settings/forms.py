"""The form of the settings that are kept in the database."""

from wtforms import IntegerField, PasswordField, TextAreaField, URLField

from portal.services.settings import Draft, Stored
from portal.web.fields import VersionedForm


class DaysField(IntegerField):
    """A whole number of days; blank is the default."""

    unread = "Write a whole number of days, like 90."

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        try:
            self.data = int(text) if text else None
        except ValueError:
            raise ValueError(self.unread) from None


class SizeField(DaysField):
    """A whole number of MiB; blank is the default."""

    unread = "Write a whole number, like 20."


class SettingsForm(VersionedForm):
    """What an administrator decides while the portal serves."""

    EDITS = True

    fallback_reply = TextAreaField("Reply when a provider fails")
    retention_days = DaysField("Days that health checks are kept")
    usage_days = DaysField("Days that usage is kept")
    attachment_file = SizeField("MiB of one attached file")
    attachment_chat = SizeField("MiB of files in one chat")
    attachment_person = SizeField("MiB of files that one person keeps")
    archive_days = DaysField("Days after which a chat is archived")
    webhook_url = URLField("Webhook address")
    webhook_secret = PasswordField("Webhook secret")

    @property
    def numbers(self) -> tuple[DaysField, ...]:
        """The fields that take a number."""
        sizes = (self.attachment_file, self.attachment_chat, self.attachment_person)
        return (self.retention_days, self.usage_days, self.archive_days, *sizes)

    @property
    def draft(self) -> Draft:
        return Draft(
            fallback_reply=self.fallback_reply.data or "",
            retention_days=self.retention_days.data,
            usage_days=self.usage_days.data,
            attachment_file=self.attachment_file.data,
            attachment_chat=self.attachment_chat.data,
            attachment_person=self.attachment_person.data,
            archive_days=self.archive_days.data,
            webhook_url=self.webhook_url.data or "",
            webhook_secret=self.webhook_secret.data or "",
        )


def filled(stored: Stored) -> SettingsForm:
    """A form that holds what is stored, and nothing of the request."""
    return SettingsForm(
        formdata=None,
        fallback_reply=stored.fallback_reply,
        retention_days=stored.retention_days,
        usage_days=stored.usage_days,
        attachment_file=stored.attachment_file,
        attachment_chat=stored.attachment_chat,
        attachment_person=stored.attachment_person,
        archive_days=stored.archive_days,
        webhook_url=stored.webhook_url,
        version=stored.version,
    )
