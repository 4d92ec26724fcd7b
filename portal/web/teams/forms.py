"""The forms of a team."""

from wtforms import BooleanField, EmailField, StringField, TextAreaField

from portal.web.fields import PortalForm, VersionedForm


class NewTeamForm(PortalForm):
    EDITS = False

    name = StringField("Name", description="What people read.", render_kw={"autocomplete": "off"})


class TeamForm(VersionedForm):
    EDITS = True

    name = StringField("Name", render_kw={"autocomplete": "off"})
    exclusive = BooleanField("Exclusive", description="While entitled, members reach only the team’s own models.")
    networks = TextAreaField(
        "Private networks",
        description="Which private addresses its providers may reach, one network on each line, like 10.1.2.0/24. "
        "Blank is none.",
        render_kw={"rows": 3, "spellcheck": "false", "autocomplete": "off"},
    )


class MemberForm(PortalForm):
    EDITS = False

    email = EmailField("E-mail", description="Of somebody with an account.", render_kw={"autocomplete": "off"})
