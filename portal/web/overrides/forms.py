"""The forms of pins, contexts and gates."""

from collections.abc import Iterator
from contextlib import contextmanager

from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from portal.domain.capabilities import CAPABILITIES
from portal.domain.contexts import LONGEST_NAME
from portal.domain.efforts import EFFORTS
from portal.domain.features import CONVERSATIONS, FEATURES
from portal.services.overrides.choices import Outdated, Typed
from portal.services.overrides.contexts import EXPLANATION_LENGTH, LABEL_LENGTH, Draft
from portal.web.fields import PortalForm
from portal.web.people.forms import TickBoxes


class VersionedForm(PortalForm):
    """A form of what exists; `seen` is the version that it was drawn from."""

    seen = HiddenField()
    outdated = False

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """As every form; what somebody else saved meanwhile is said, and saving once more overwrites it knowingly."""
        with super().faults_shown():
            try:
                yield
            except Outdated as clash:
                self.seen.data, self.outdated = clash.seen, True
                self.show({"": clash.sentence})

    @property
    def status(self) -> int:
        return 409 if self.outdated else super().status


class ChoiceForm(VersionedForm):
    """A model and an effort."""

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


class ContextForm(VersionedForm):
    """A context that an administrator adds."""

    name = StringField(
        "Name",
        description="Like code_review. Clients ask for auto:code_review. It stays as it is.",
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "maxlength": LONGEST_NAME},
    )
    label = StringField(
        "Label", description="What people read.", render_kw={"autocomplete": "off", "maxlength": LABEL_LENGTH}
    )
    explanation = TextAreaField(
        "What it is for", description="A line for the lists.", render_kw={"rows": 2, "maxlength": EXPLANATION_LENGTH}
    )
    feature = SelectField(
        "Feature",
        description="A model answers here only when it is offered for this.",
        choices=[SelectChoice(feature.name, feature.label) for feature in FEATURES],
        default=CONVERSATIONS,
        validate_choice=False,
    )
    capabilities = TickBoxes(
        "Capabilities",
        description="What a model must be able to do. None ticked: nothing beside answering.",
        choices=[SelectChoice(item.name, item.label) for item in CAPABILITIES.values()],
    )
    personal = BooleanField(
        "People may override it for themselves",
        description="Unticked, what people chose for it is kept and ignored.",
        default=True,
    )

    def draft(self, name: str = "") -> Draft:
        """What was typed; `name` where the context has one already."""
        return Draft(
            name or self.name.data or "",
            self.label.data or "",
            self.explanation.data or "",
            self.feature.data or "",
            tuple(self.capabilities.data or ()),
            bool(self.personal.data),
        )


def context_form(draft: Draft, seen: str) -> ContextForm:
    """A form that holds what is stored, and nothing of the request."""
    return ContextForm(
        formdata=None,
        name=draft.name,
        label=draft.label,
        explanation=draft.explanation,
        feature=draft.feature,
        capabilities=list(draft.capabilities),
        personal=draft.personal,
        seen=seen,
    )
