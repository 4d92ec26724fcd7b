"""The form of a chosen model, as administrators pin one and people choose their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from wtforms import HiddenField, SelectChoice, SelectField, StringField

from portal.domain.efforts import EFFORTS
from portal.services.overrides.choices import Outdated, Typed
from portal.web.fields import PortalForm


class VersionedForm(PortalForm):
    """A form of what exists; `version` says which it was drawn from."""

    EDITS = True

    version = HiddenField()
    outdated = False

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """As every form; what somebody else saved meanwhile is said, and saving once more overwrites it knowingly."""
        with super().faults_shown():
            try:
                yield
            except Outdated as clash:
                self.version.data, self.outdated = clash.seen, True
                self.show({"": clash.sentence})

    @property
    def status(self) -> int:
        return 409 if self.outdated else super().status


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
    version = HiddenField()

    @property
    def typed(self) -> Typed:
        return Typed(self.model.data or "", self.effort.data or "")
