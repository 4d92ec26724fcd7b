"""The form of a context."""

from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField

from portal.domain.capabilities import CAPABILITIES
from portal.domain.contexts import LONGEST_NAME
from portal.domain.features import CONVERSATIONS, FEATURES
from portal.services.overrides.contexts import EXPLANATION_LENGTH, LABEL_LENGTH, Draft
from portal.web.fields import TickBoxes, VersionedForm


class ContextForm(VersionedForm):
    """A context that an administrator adds; a new one has no version yet."""

    EDITS = True

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


def context_form(draft: Draft, version: str) -> ContextForm:
    """A form that holds what is stored, and nothing of the request."""
    return ContextForm(
        formdata=None,
        name=draft.name,
        label=draft.label,
        explanation=draft.explanation,
        feature=draft.feature,
        capabilities=list(draft.capabilities),
        personal=draft.personal,
        version=version,
    )
