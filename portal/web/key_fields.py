"""The form fields of a credential: one for each part of each kind of key that a provider's type takes."""

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.dialects.input.typed_keys import field_name, kind_of, may_be_shown
from portal.dialects.provider_types.shape import KeyField, KeyKind, KeyRule, ProviderType
from portal.web.fields import LIVE, PortalForm


class KeyFieldsForm(PortalForm):
    """A form into which a credential of its type goes. Fields of secrets are never filled again.

    The template macro `key_fields` of `providers/_key_fields.html` lays them out.
    """

    EDITS = False

    kind: ProviderType

    def process(self, *args: Any, **more: Any) -> None:
        """Read what was sent, and keep the parts as they are: a secret in the field of an open part is not shown again.

        Which of them it is, is only known once all parts are read together.
        """
        super().process(*args, **more)
        fields = [(part, field) for _, parts in self.kinds for part, field in parts]
        self._typed_parts = {field.name: field.data or "" for _, field in fields}
        self._typed_secret = any(field.data for part, field in fields if part.secret)
        for part, field in fields:
            field.gone = False  # one sentence for all of them: see `key_gone`
            if field.data and not part.secret and not may_be_shown(part, field.data):
                field.data = ""

    @property
    def key_gone(self) -> bool:
        """Whether a key was typed that the page to come does not hold, as no page does. A script puts it back."""
        return self._typed_secret and LIVE not in request.headers

    @property
    def chosen_kind(self) -> str:
        """The name of the kind of key that is entered."""
        field = self._fields.get("key_kind")
        return kind_of(self.kind, str(field.data or "") if field else "").name

    @property
    def key_parts(self) -> dict[str, str]:
        """What was typed into the parts of that kind, as it is."""
        kind = kind_of(self.kind, self.chosen_kind)
        return {part.name: self._typed_parts[field_name(kind, part)] for part in kind.fields}

    @property
    def kinds(self) -> list[tuple[KeyKind, list[tuple[KeyField, Any]]]]:
        """Each kind with its parts and their fields."""
        return [
            (kind, [(part, self._fields[field_name(kind, part)]) for part in kind.fields])
            for kind in self.kind.key_kinds
        ]

    def show_parts(self, kind: str, shown: Mapping[str, str]) -> None:
        """Fill in what may be shown of a credential, as the e-mail of a service account."""
        chosen = kind_of(self.kind, kind)
        for part in chosen.fields:
            if not part.secret and part.name in shown:
                self._fields[field_name(chosen, part)].data = shown[part.name]


def key_fields(type: ProviderType, *, required: bool | None = None) -> dict[str, Any]:
    """The fields for the credentials of a type, to be put into a form's class."""
    needed = type.key is KeyRule.REQUIRED if required is None else required
    fields: dict[str, Any] = {"kind": type}
    if len(type.key_kinds) > 1:
        fields["key_kind"] = RadioField(
            "Kind of key",
            choices=[SelectChoice(kind.name, kind.label) for kind in type.key_kinds],
            default=type.key_kinds[0].name,
            validate_choice=False,
        )
    for kind in type.key_kinds:
        for part in kind.fields:
            # A browser would ask for the fields of the kinds that are not chosen, and hides, too.
            marks = [InputRequired()] if needed and part.required and len(type.key_kinds) == 1 else []
            widget = TextAreaField if part.multiline else PasswordField if part.secret else StringField
            label = "Key" if field_name(kind, part) == "key" and len(type.key_kinds) == 1 else part.label
            fields[field_name(kind, part)] = widget(label, marks, description=part.help)
    return fields
