"""The forms of a new token and of a new value for one."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType

from wtforms import HiddenField, SelectChoice, SelectField, StringField

from portal.domain import access_tokens as tokens
from portal.domain.permissions import Grant, Permission
from portal.services.access_tokens.own_tokens import End
from portal.web.fields import HoursField, PortalForm, TickBoxes

AS_IT_IS = "as it is"


def _in_words(lifetime: str) -> str:
    return "Never" if lifetime == "never" else "In one year" if lifetime == "365" else f"In {lifetime} days"


LIFETIMES = [SelectChoice(lifetime, _in_words(lifetime)) for lifetime in tokens.LIFETIMES]


def end_of(lifetime: str | None, now: datetime) -> datetime | None:
    """The moment that a choice of the form means; None is no end."""
    lasts = tokens.LIFETIMES[lifetime or tokens.USUAL_LIFETIME]
    return now + lasts if lasts is not None else None


class NewTokenForm(PortalForm):
    EDITS = False
    keyless = MappingProxyType({"name": "This looks like a key. A name says what the token is for: type one."})

    name = StringField(
        "Name", description="What it is for, like “CI” or “my laptop”.", render_kw={"autocomplete": "off"}
    )
    scopes = TickBoxes("What it may do", default=[Permission.CHAT.value])
    lifetime = SelectField(
        "Expires",
        description="It stops working then. Before that, give it a new value.",
        choices=LIFETIMES,
        default=tokens.USUAL_LIFETIME,
    )

    def offer(self, groups: Sequence[tuple[str, tuple[Grant, ...]]]) -> None:
        """The permissions to tick."""
        self.scopes.choices = [
            SelectChoice(grant.permission.value, grant.label) for _, held in groups for grant in held
        ]


class NewValueForm(PortalForm):
    """Nothing of what is stored is drawn into it; `instead_of` names the value that it replaces."""

    EDITS = False

    hours = HoursField(
        "Hours for which the old value still works",
        most=tokens.LONGEST_OVERLAP,
        description=f"Time to put the new value everywhere: 0 to {tokens.LONGEST_OVERLAP}. With 0 it stops now.",
        default=str(tokens.USUAL_OVERLAP),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    lifetime = SelectField(
        "The token expires",
        choices=[SelectChoice(AS_IT_IS, "As before"), *LIFETIMES],
        default=AS_IT_IS,
    )
    instead_of = HiddenField()

    def end(self, now: datetime) -> End | None:
        """The end that was chosen; None leaves it as it is."""
        return None if self.lifetime.data == AS_IT_IS else End(end_of(self.lifetime.data, now))
