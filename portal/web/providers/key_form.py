"""The form that takes one key."""

from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.web.fields import PortalForm


class KeyForm(PortalForm):
    """A key goes in and is never shown again."""

    key = PasswordField("Key", [InputRequired()])
