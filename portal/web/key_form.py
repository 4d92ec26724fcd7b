"""The form that takes one key, with the fields of its type."""

from functools import cache

from portal.dialects.provider_types.shape import ProviderType
from portal.services.keys.pools import Pasted
from portal.web.key_fields import KeyFieldsForm, key_fields


class KeyForm(KeyFieldsForm):
    """A key goes in and is never shown again."""

    EDITS = False

    @property
    def pasted(self) -> Pasted:
        return Pasted(self.chosen_kind, self.key_parts)


@cache
def key_form_for(kind: ProviderType) -> type[KeyForm]:
    """The form with the fields of one type's keys."""
    return type("KeyForm", (KeyForm,), key_fields(kind, required=True))
