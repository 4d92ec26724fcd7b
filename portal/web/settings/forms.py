"""The form of the settings that are kept in the database."""

from wtforms import IntegerField, PasswordField, TextAreaField, URLField

from portal.services.settings import Draft, Stored
from portal.web.fields import VersionedForm


class DaysField(IntegerField):
    """A whole number of days; blank is the default."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        try:
            self.data = int(text) if text else None
        except ValueError:
            raise ValueError("Write a whole number of days, like 90.") from None


class SettingsForm(VersionedForm):
    """What an administrator decides while the portal serves."""

    EDITS = True

    fallback_reply = TextAreaField("Reply when a provider fails")
    retention_days = DaysField("Days that health checks are kept")
    usage_days = DaysField("Days that usage is kept")
    archive_days = DaysField("Days after which a chat is archived")
    webhook_url = URLField("Webhook address")
    webhook_secret = PasswordField("Webhook secret")

    @property
    def draft(self) -> Draft:
        return Draft(
            fallback_reply=self.fallback_reply.data or "",
            retention_days=self.retention_days.data,
            usage_days=self.usage_days.data,
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
        archive_days=stored.archive_days,
        webhook_url=stored.webhook_url,
        version=stored.version,
    )
