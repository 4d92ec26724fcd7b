"""The forms of users and roles."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from wtforms import EmailField, PasswordField, SelectChoice, StringField, TextAreaField

from portal.domain.permissions import PERMISSION_GROUPS
from portal.services.people.users import HeldRole
from portal.web.fields import TickBoxes, VersionedForm


class PersonForm(VersionedForm):
    EDITS = True

    name = StringField("Name", description="What others see.", render_kw={"autocomplete": "off"})
    email = EmailField("E-mail", description="What one signs in with.", render_kw={"autocomplete": "off"})
    explain: Mapping[str, str] = MappingProxyType({})
    """What each role on offer is for."""
    roles = TickBoxes("Roles", description="With several roles one may do what any of them allows.")

    def offer(self, roles: Collection[HeldRole]) -> None:
        """The roles to tick."""
        self.roles.choices = [SelectChoice(str(role.id), role.name) for role in roles]
        self.explain = {str(role.id): role.description for role in roles}


class NewPersonForm(PersonForm):
    EDITS = False

    password = PasswordField(
        "First password",
        description="Leave it blank to have one made. Either way, a new one is chosen at the first sign-in.",
    )


class RoleForm(VersionedForm):
    EDITS = True

    name = StringField("Name", render_kw={"autocomplete": "off"})
    description = TextAreaField("Description", description="Who it is for.", render_kw={"rows": 2})
    permissions = TickBoxes(
        "Permissions",
        choices=[SelectChoice(item.permission.value, item.label) for _, grants in PERMISSION_GROUPS for item in grants],
    )
    models = TextAreaField(
        "Which models it reaches",
        description="One pattern on each line, as provider:model, like openai:* or *:gpt-5*. Blank is every model.",
        render_kw={"rows": 4, "spellcheck": "false", "autocomplete": "off"},
    )
