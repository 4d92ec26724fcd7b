"""The forms of one's own account."""

from wtforms import PasswordField, StringField

from portal.web.fields import PortalForm, VersionedForm


class NameForm(VersionedForm):
    EDITS = True

    name = StringField("Name", description="What others see.", render_kw={"autocomplete": "name"})


class PasswordForm(PortalForm):
    EDITS = False

    current = PasswordField("Current password")
    new = PasswordField("New password", description="12 characters or more. A few words in a row will do.")
    again = PasswordField("New password again")
