"""The form of a chosen model, as administrators pin one and people choose their own."""

from wtforms import SelectChoice, SelectField, StringField

from portal.domain.efforts import EFFORTS
from portal.services.overrides.choices import Typed
from portal.web.fields import VersionedForm


class ChoiceForm(VersionedForm):
    """A model and an effort."""

    EDITS = True

    model = StringField(
        "Model",
        description="Type a part of its name and choose, or write provider:model.",
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"},
    )
    effort = SelectField(
        "Reasoning effort",
        description="How much the model thinks first. A model that takes less is asked for less.",
        choices=[
            SelectChoice("", "The model’s own"),
            *(SelectChoice(effort, effort.capitalize()) for effort in EFFORTS),
        ],
        validate_choice=False,
    )

    @property
    def typed(self) -> Typed:
        return Typed(self.model.data or "", self.effort.data or "")
