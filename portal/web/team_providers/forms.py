"""The form with which a team's manager publishes models of a provider that is saved."""

from collections.abc import Mapping
from typing import ClassVar

from wtforms import SelectMultipleField, TextAreaField

from portal.domain.errors import Invalid
from portal.domain.language_models import KEY_AS_NAME, Draft
from portal.domain.typed_text import looks_secret
from portal.services.language_models.model_data import draft_of
from portal.web.fields import PortalForm
from portal.web.selected_listings import unpack


class PublishForm(PortalForm):
    EDITS = False
    keyless: ClassVar[Mapping[str, str]] = {"typed_models": "This is a key. Type the names of models."}

    models = SelectMultipleField("Models", validate_choice=False, choices=[])
    typed_models = TextAreaField("Further models", description="One name a line, spelt as the provider spells it.")

    def drafts(self, type_name: str) -> list[Draft]:
        """What was ticked and typed, each model once. Raises `Invalid` for a key in the place of a name."""
        ticked = [draft for value in self.models.data or [] if (draft := unpack(value))]
        if any(looks_secret(draft.wire_name) or looks_secret(draft.display_name) for draft in ticked):
            raise Invalid({"typed_models": KEY_AS_NAME})
        typed = [draft_of(type_name, name) for name in (self.typed_models.data or "").split()]
        return list({draft.wire_name: draft for draft in [*typed, *ticked]}.values())
