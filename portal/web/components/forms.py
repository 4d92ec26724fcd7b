"""A form of specimens: each kind of field as it is, with help, and with a fault."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget


class SpecimenForm(FlaskForm):
    """Never sent anywhere."""

    EDITS = False

    name = StringField("Name", [DataRequired()], description="Fixed once saved.")
    faulty = StringField("Name", [DataRequired()], id="faulty-name")
    resource = StringField("Resource name")
    effort = SelectField("Effort", choices=[SelectChoice("", "not sent"), SelectChoice("low"), SelectChoice("high")])
    secret = PasswordField("Key", description="Encrypted as soon as it is saved. Nobody sees it again.")
    doubtful = PasswordField("Key", id="doubtful-key")
    note = TextAreaField("Description")
    usable = BooleanField("Offer it to people", description="Off keeps everything and serves nothing.")
    gate = BooleanField("Personal keys")
    permissions = SelectMultipleField(
        "Permissions",
        choices=[SelectChoice("view", "See"), SelectChoice("create", "Connect")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


def specimen() -> SpecimenForm:
    """The form as it looks after somebody sent it with one fault."""
    form = SpecimenForm(
        formdata=None,
        name="team-azure",
        faulty="Team Azure",
        resource="acme-weu",
        gate=True,
        permissions=["view"],
    )
    form.faulty.errors = ["Use small letters, digits and hyphens: team-azure."]
    return form
