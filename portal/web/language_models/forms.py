"""The forms of the Models pages. Option fields are drawn from the schema of the provider's type."""

from collections.abc import Mapping
from typing import ClassVar

from flask import request
from wtforms import (
    BooleanField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from portal.dialects.provider_types.shape import ProviderType
from portal.domain.capabilities import CAPABILITIES
from portal.domain.efforts import EFFORT_OPTIONS, EFFORTS
from portal.domain.features import FEATURES
from portal.domain.language_models import (
    ASSUMED_CONTEXT,
    KEY_AS_NAME,
    KEY_AS_VALUE,
    KEY_IN_DESCRIPTION,
    LIMITS,
    MB,
    MODALITIES,
    PRICES,
    Draft,
    Limit,
    default_limit,
    faults_of,
)
from portal.domain.options import Kind, Option, options_for
from portal.services.language_models.publishing import LanguageModelView
from portal.web.fields import PortalForm, VersionedForm
from portal.web.selected_listings import whole

EFFORT_CHOICES = [SelectChoice("", "the model’s own"), *(SelectChoice(effort, effort) for effort in EFFORTS)]
MOST_CHOICES = [SelectChoice("", "no limit"), *(SelectChoice(effort, effort) for effort in EFFORTS)]
SWITCH_WORDS = ("yes", "no")
SAID: Mapping[object, str] = {True: "yes", False: "no"}


class PublishForm(PortalForm):
    """Publishing one model by typing its name; everything else can be said later."""

    EDITS = False

    keyless: ClassVar[Mapping[str, str]] = {
        "wire_name": KEY_AS_NAME,
        "name": KEY_AS_NAME,
        "display_name": KEY_AS_NAME,
        "context_limit": KEY_AS_VALUE,
    }

    provider = SelectField("Provider", description="Which account serves it.", validators=[InputRequired()])
    wire_name = StringField(
        "Model ID",
        description="Exactly what the provider calls it, like gpt-5.2 or qwen3:30b.",
        validators=[InputRequired("Type what the provider calls the model, like gpt-5.2.")],
    )
    name = StringField("Name", description="For API clients and rules. Fixed once published; blank means the model ID.")
    display_name = StringField("Display name", description="What people read in lists; blank means the model ID.")
    context_limit = StringField(
        "Context limit",
        description="How many tokens question and answer may hold together; blank means what is known of the model.",
    )

    def draft(self) -> Draft:
        return Draft(
            wire_name=(self.wire_name.data or "").strip(),
            name=(self.name.data or "").strip(),
            display_name=self.display_name.data or "",
            context_limit=whole(self.context_limit.data) if self.typed() else ASSUMED_CONTEXT,
        )

    def typed(self) -> frozenset[str]:
        """The facts of the model that somebody typed; all others are filled in."""
        return frozenset({"context_limit"} if _typed(self.context_limit.data) else ())

    def further_faults(self) -> Mapping[str, str]:
        return faults_of(self.draft())


class ModelForm(VersionedForm):
    """A published model, whole. `form_for` adds the options of its provider's type."""

    EDITS = True

    keyless: ClassVar[Mapping[str, str]] = {
        "wire_name": KEY_AS_NAME,
        "display_name": KEY_AS_NAME,
        "description": KEY_IN_DESCRIPTION,
        "aliases": KEY_AS_NAME,
        "retires_on": KEY_AS_VALUE,
        "output_limit": KEY_AS_VALUE,
    }

    wire_name = StringField("Model ID", description="What is sent to the provider.", validators=[InputRequired()])
    display_name = StringField("Display name", description="What people read; blank means the model ID.")
    description = TextAreaField("Description", description="One or two sentences on what it is good for.")
    context_limit = StringField(
        "Context limit", description="Tokens that question and answer may hold together.", validators=[InputRequired()]
    )
    recommended = BooleanField("Recommended", description="Marked in the selector. One model at most.")
    chats = BooleanField(
        "It chats",
        description="Without it, it is offered for no chat and is never the default: one that embeds or draws.",
    )
    retires_on = StringField("Retires on", description="The day on which its provider takes it away, if it is known.")
    output_limit = StringField("Output limit", description="Tokens that one answer may have. Empty means unknown.")
    aliases = TextAreaField(
        "Aliases",
        description="Further names for API clients, one per line. One may end in *, like claude-sonnet-*.",
    )
    effort_default = SelectField(
        "Reasoning effort, unless asked otherwise", choices=EFFORT_CHOICES, validate_choice=False
    )
    effort_most = SelectField("Reasoning effort, at most", choices=MOST_CHOICES, validate_choice=False)
    features = SelectMultipleField(choices=[feature.name for feature in FEATURES])
    capabilities = SelectMultipleField(choices=list(CAPABILITIES))
    modalities = SelectMultipleField(choices=list(MODALITIES))

    options: tuple[Option, ...] = ()
    has_effort = False

    def draft(self) -> Draft:
        return Draft(
            wire_name=(self.wire_name.data or "").strip(),
            listed=True,
            display_name=self.display_name.data or "",
            description=self.description.data or "",
            context_limit=whole(self.context_limit.data),
            recommended=bool(self.recommended.data),
            features=tuple(self.features.data or ()),
            capabilities=tuple(self.capabilities.data or ()),
            modalities=tuple(self.modalities.data or ()),
            chats=bool(self.chats.data),
            effort_default=self.effort_default.data or "" if self.has_effort else "",
            effort_most=self.effort_most.data or "" if self.has_effort else "",
            output_limit=whole(self.output_limit.data) if _typed(self.output_limit.data) else None,
            retires_on=(self.retires_on.data or "").strip(),
            aliases=tuple(dict.fromkeys(filter(None, map(str.strip, (self.aliases.data or "").splitlines())))),
            options=self.typed_options(),
            limits={name: whole(self[name].data) for name in LIMITS if _typed(self[name].data)},
            prices={name: self[f"price_{name}"].data for name in PRICES if _typed(self[f"price_{name}"].data)},
        )

    def further_faults(self) -> Mapping[str, str]:
        return faults_of(self.draft())

    def typed_options(self) -> dict[str, object]:
        """What stands in the option fields, unread: the schema reads it."""
        return {option.name: self[option.name].data for option in self.options if _typed(self[option.name].data)}

    def fill(self, model: LanguageModelView) -> None:
        """Show what is stored, unless the form comes back with what somebody typed."""
        if request.method == "POST":
            return
        self.version.data = model.version
        self.wire_name.data = model.wire_name
        self.display_name.data = model.display_name
        self.description.data = model.description
        self.context_limit.data = str(model.context_limit)
        self.recommended.data = model.recommended
        self.features.data = list(model.features)
        self.capabilities.data = list(model.capabilities)
        self.modalities.data = list(model.modalities)
        self.chats.data = model.chats
        self.effort_default.data, self.effort_most.data = model.effort_default, model.effort_most
        self.output_limit.data = str(model.output_limit or "")
        self.retires_on.data = model.retires_on.isoformat() if model.retires_on else ""
        self.aliases.data = "\n".join(model.aliases or ())
        _fill(self, {option.name: model.options.get(option.name) for option in self.options})
        _fill(self, {name: model.limits.get(name) for name in LIMITS})
        _fill(self, {f"price_{name}": model.prices.get(name) for name in PRICES})


def form_for(type: ProviderType | None) -> ModelForm:
    """The form of a model whose provider is of this type."""
    options = options_for(type.dialect, type.name) if type else ()
    dialect = type.dialect if type else ""
    has_effort = any(option.name in EFFORT_OPTIONS for option in options)
    fields: dict[str, object] = {"options": options, "has_effort": has_effort}
    for option in options:
        fields[option.name] = _option_field(option)
    for limit in LIMITS.values():
        default = default_limit(limit.name, dialect)
        fields[limit.name] = StringField(
            limit.label,
            description=f"{'In bytes. ' if limit.unit == 'bytes' else ''}Blank means {said(default, limit)}.",
        )
    for price in PRICES.values():
        fields[f"price_{price.name}"] = StringField(price.label)
    others = ("context_limit", *(option.name for option in options), *LIMITS, *(f"price_{name}" for name in PRICES))
    fields["keyless"] = {**dict.fromkeys(others, KEY_AS_VALUE), **ModelForm.keyless}
    return type_of_form(fields)()


def said(amount: int, limit: Limit) -> str:
    """ "100 files"; sizes, which are typed in bytes, as "7 MB"."""
    return f"{amount / MB:.4g} MB" if limit.unit == "bytes" else f"{amount:,} {limit.unit}"


def type_of_form(fields: Mapping[str, object]) -> type[ModelForm]:
    """A form class with these fields added: WTForms collects fields when a class is made."""
    return type("TypedModelForm", (ModelForm,), dict(fields))


def _option_field(option: Option) -> object:
    """A list where there is something to choose from, else a line to type in, with its range. Blank is not sent."""
    words = option.choices if option.kind is Kind.CHOICE else SWITCH_WORDS if option.kind is Kind.SWITCH else ()
    if words:
        choices = [SelectChoice("", "not sent"), *(SelectChoice(word, word) for word in words)]
        return SelectField(option.label, description=option.help, choices=choices, validate_choice=False)
    told = f" {option.range[:1].upper()}{option.range[1:]}." if option.range else ""
    return StringField(option.label, description=f"{option.help}{told}")


def _fill(form: ModelForm, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        form[name].data = SAID.get(value, "") if value is None or isinstance(value, bool) else str(value)


def _typed(text: str | None) -> bool:
    return bool(text and text.strip())
