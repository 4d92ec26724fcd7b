"""The forms of an application: a new one, where it runs with its ceiling, and another key for it."""

from types import MappingProxyType
from typing import Any

from wtforms import HiddenField, StringField, TextAreaField

from portal.domain import applications as rules
from portal.domain.applications import may_hold_private
from portal.web.fields import HoursField, PortalForm, VersionedForm

WRONG_KEY = (
    "This is no public key, or holds more than one: it is not kept here. "
    "Paste the public key alone, from its first line to its last."
)
NO_KEY = "This looks like a key. It is not kept here: names, audiences and patterns are read by everybody."


class PublicKeyField(TextAreaField):
    """Where a public key is pasted. What may hold a private one is not drawn again, nor looked at."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data and may_hold_private(self.data):
            self.data = ""
            raise ValueError(WRONG_KEY)


class EnvironmentsField(TextAreaField):
    def __init__(self, label: str = "Environments", **more: Any) -> None:
        super().__init__(
            label,
            description="One on each line with its audience, what tokens bear as aud: production: editor-prod.",
            render_kw={"rows": 3, "spellcheck": "false", "autocomplete": "off"},
            **more,
        )


class CeilingField(TextAreaField):
    def __init__(self, label: str = "Models at most", **more: Any) -> None:
        super().__init__(
            label,
            description="Its own ceiling, whatever its tokens name. One pattern on each line, as provider:model, like "
            "openai:* or *:gpt-5*. Blank: no ceiling of its own.",
            render_kw={"rows": 3, "spellcheck": "false", "autocomplete": "off"},
            **more,
        )


def _public_key() -> PublicKeyField:
    return PublicKeyField(
        "Public key",
        description="RSA (RS256) or P-256 (ES256), as PEM or as one JWK. Blank: the portal invents a secret (HS256).",
        render_kw={"rows": 6, "spellcheck": "false", "autocomplete": "off"},
    )


class NewApplicationForm(PortalForm):
    EDITS = False
    keyless = MappingProxyType({"name": NO_KEY, "environments": NO_KEY, "models": NO_KEY})

    name = StringField(
        "Name",
        description="Its tokens may bear it as iss, so it cannot be changed later. Like intranet-editor.",
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"},
    )
    environments = EnvironmentsField()
    models = CeilingField()
    public_key = _public_key()


class ApplicationForm(VersionedForm):
    EDITS = True
    keyless = MappingProxyType({"environments": NO_KEY, "models": NO_KEY})

    environments = EnvironmentsField()
    models = CeilingField()


class NewKeyForm(PortalForm):
    """Nothing of what is stored is drawn into it; `instead_of` names the key that it replaces."""

    EDITS = False

    hours = HoursField(
        "Hours for which the old key still works",
        most=rules.LONGEST_OVERLAP,
        description=f"Time to put the new key everywhere: 0 to {rules.LONGEST_OVERLAP}. With 0 it stops now.",
        default=str(rules.USUAL_OVERLAP),
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    public_key = _public_key()
    instead_of = HiddenField()
