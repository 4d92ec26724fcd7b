"""The layers that may choose a model, the reasons why one did not, and the words for both."""

from enum import StrEnum


class Layer(StrEnum):
    """Who may have chosen the model, in the order in which selection asks them."""

    EXPLICIT = "explicit"
    PERSONAL_OVERRIDE = "personal_override"
    ADMIN_OVERRIDE = "admin_override"
    CHAT_MODEL = "chat_model"
    PROVIDER_DEFAULT = "provider_default"
    TEAM_DEFAULT = "team_default"
    DEFAULT = "default"
    FIRST_USABLE = "first_usable"


class Reason(StrEnum):
    """Why a layer did not decide."""

    GATE_OFF = "gate_off"
    NOT_SET = "not_set"
    NOT_FOR_THIS_CONTEXT = "not_for_this_context"
    MODEL_DELETED = "model_deleted"
    MODEL_DISABLED = "model_disabled"
    PROVIDER_DISABLED = "provider_disabled"
    NO_CREDENTIAL = "no_credential"
    NOT_ALLOWED = "not_allowed"
    ABOVE_CEILING = "above_ceiling"
    NOT_ENTITLED = "not_entitled"
    MISSING_FEATURE = "missing_feature"
    MISSING_CAPABILITY = "missing_capability"
    WRONG_PROVIDER = "wrong_provider"


CHOSEN = "chosen"

LAYER_LABELS: dict[Layer, str] = {
    Layer.EXPLICIT: "Named by the request",
    Layer.PERSONAL_OVERRIDE: "Personal override",
    Layer.ADMIN_OVERRIDE: "Administrator’s override",
    Layer.CHAT_MODEL: "The chat’s model",
    Layer.PROVIDER_DEFAULT: "The provider’s default",
    Layer.TEAM_DEFAULT: "The team’s default",
    Layer.DEFAULT: "The default",
    Layer.FIRST_USABLE: "The first usable model",
}

BECAUSE: dict[Layer, str] = {
    Layer.EXPLICIT: "because it was asked for by name",
    Layer.PERSONAL_OVERRIDE: "because you pinned it",
    Layer.ADMIN_OVERRIDE: "because your administrator pinned it",
    Layer.CHAT_MODEL: "because this chat is set to it",
    Layer.PROVIDER_DEFAULT: "because it is the provider’s default",
    Layer.TEAM_DEFAULT: "because it is your team’s default",
    Layer.DEFAULT: "because it is the default",
    Layer.FIRST_USABLE: "because it is the first model that can be used",
}
"""The end of the sentence "this model answered …"."""

REASON_WORDS: dict[Reason, str] = {
    Reason.GATE_OFF: "switched off for everybody",
    Reason.NOT_SET: "not set",
    Reason.NOT_FOR_THIS_CONTEXT: "not for this purpose",
    Reason.MODEL_DELETED: "the model was deleted",
    Reason.MODEL_DISABLED: "the model is off",
    Reason.PROVIDER_DISABLED: "its provider is off",
    Reason.NO_CREDENTIAL: "its provider has no key",
    Reason.NOT_ALLOWED: "not allowed for your role",
    Reason.ABOVE_CEILING: "above the ceiling of its application",
    Reason.NOT_ENTITLED: "not part of your team’s plan",
    Reason.MISSING_FEATURE: "not offered for this use",
    Reason.MISSING_CAPABILITY: "cannot do what is asked",
    Reason.WRONG_PROVIDER: "of another provider",
}
"""The few words beside a skipped layer or a dimmed row."""

REASON_SENTENCES: dict[Reason, str] = {
    Reason.GATE_OFF: "This is switched off for everybody. An administrator can switch it on again.",
    Reason.NOT_SET: "No model is published yet. Ask an administrator to publish one.",
    Reason.NOT_FOR_THIS_CONTEXT: "This layer has no say in this purpose.",
    Reason.MODEL_DELETED: "This model was deleted. Choose another one.",
    Reason.MODEL_DISABLED: "This model is turned off. Choose another one, or ask an administrator to turn it on.",
    Reason.PROVIDER_DISABLED: "The provider of this model is turned off. Choose another one, or ask an administrator.",
    Reason.NO_CREDENTIAL: "The provider of this model has no key that can be used. Ask an administrator to enter it.",
    Reason.NOT_ALLOWED: "Your role does not reach this model. Choose another one, or ask an administrator.",
    Reason.ABOVE_CEILING: (
        "This application’s own ceiling of models leaves this one out. Choose another one, or ask an administrator."
    ),
    Reason.NOT_ENTITLED: "Your team is not entitled to this model. Ask an administrator.",
    Reason.MISSING_FEATURE: "This model is not offered for this use. Choose another one.",
    Reason.MISSING_CAPABILITY: "This model cannot do what is asked for here. Choose another one.",
    Reason.WRONG_PROVIDER: "This model belongs to another provider than the one that was asked for.",
}
"""What a person reads when the reason is the end of it: what is, then what to do."""
