"""The form of the one-time link."""

from wtforms import EmailField, PasswordField, StringField

from portal.web.fields import PortalForm


class SetUpForm(PortalForm):
    EDITS = False

    name = StringField(
        "Your name", description="What others see.", render_kw={"autocomplete": "name", "autofocus": True}
    )
    email = EmailField("E-mail", description="What you sign in with.", render_kw={"autocomplete": "username"})
    password = PasswordField("Password", description="12 characters or more. A few words in a row will do.")
    again = PasswordField("Password again")
