"""Rows about what is asked: its words, its length, its model, its address."""

from portal.dialects.faults.matching import NO_STATUS, REFUSALS, Row
from portal.domain.faults import Category

ROWS: tuple[Row, ...] = (
    Row(
        "14",
        Category.CONTENT,
        codes=(
            "content_filter",
            "responsibleaipolicyviolation",
            "content_policy_violation",
            "flagged_input",
            "moderation*",
        ),
        words=(
            r"content filtering policy",
            r"content management policy",
            r"violating our usage polic",
            r"prohibited content",
        ),
    ),
    Row(
        "15",
        Category.CONTEXT_LENGTH,
        codes=(
            "context_length_exceeded",
            "context_window_exceeded",
            "contextwindowexceedederror",
            "exceed_context_size_error",
            "request_too_large",
        ),
        words=(
            r"maximum context length",
            r"contextwindowexceedederror",
            r"context (length|window|limit) (was |is )?exceeded",
            r"prompt is too long",
            r"input token count",
            r"exceeds the maximum number of tokens allowed",
            r"input is too long",
            r"exceeds? the (available )?context (size|length|window)",
            r"larger than the (model's )?context (size|length|window)",
        ),
    ),
    Row("15", Category.CONTEXT_LENGTH, (400, 403, 422), words=(r"too many (input )?tokens", r"tokens ?`? \+ .?max_")),
    Row("15", Category.CONTEXT_LENGTH, (413,)),
    Row(
        "16",
        Category.PERMISSION,
        (403,),
        codes=("user_project_denied",),
        words=(r"serviceusage\.services\.use", r"serviceusageconsumer"),
        hint="The list of models is asked for in the project’s name, and the service account may not do that. Give it "
        "the role Service Usage Consumer (roles/serviceusage.serviceUsageConsumer), or type the models’ names.",
    ),
    Row(
        "16",
        Category.PERMISSION,
        codes=("iam_permission_denied",),
        hint="The service account lacks a right. Give it the role Vertex AI User (roles/aiplatform.user).",
    ),
    Row(
        "16",
        Category.PERMISSION,
        codes=("consumer_invalid",),
        hint="There is no such project for this key. Check the project id letter by letter.",
    ),
    Row(
        "16",
        Category.PERMISSION,
        codes=("api_key_*_blocked",),
        hint="The key’s restrictions keep it from this. Change them in the Google Cloud console, under Credentials.",
    ),
    Row(
        "16",
        Category.PERMISSION,
        words=(r"user location is not supported",),
        hint="Google does not offer this API in the country that the portal runs in.",
    ),
    Row("16", Category.PERMISSION, (403,)),
    Row(
        "16",
        Category.PERMISSION,
        (400, NO_STATUS),
        codes=("permission_error", "permission_denied", "insufficient_permissions", "organization_on_hold"),
    ),
    Row(
        "17",
        Category.MODEL_NOT_FOUND,
        codes=("deploymentnotfound",),
        hint="The model’s name must be the name of the deployment. A new deployment takes about five minutes.",
    ),
    Row(
        "18",
        Category.MODEL_NOT_FOUND,
        codes=("model_not_found", "invalid_model", "notfounderror", "model_not_available"),
        words=(
            r"could not resolve the foundation model",
            r"try pulling it first",
            r"does not exist or you do not have access",
            r"is not found for api version",
            r"model identifier is invalid",
            r"no models? (is |are )?loaded",
            r"is not a valid model",
            r"\b(no such|unknown|invalid) model\b",
            r"\bmodel\b.{0,200}\b(not found|does not exist|not exist|was not found)\b",
        ),
    ),
    Row("18", Category.MODEL_NOT_FOUND, codes=("not_found_error",), needs=r"\bmodel\b"),
    Row(
        "19",
        Category.MODEL_NOT_FOUND,
        words=(r"on-demand throughput isn't supported",),
        hint="This model is reached by an inference profile only: put us., eu., apac. or global. before its name. "
        "Discovering models lists the profiles.",
    ),
    Row(
        "20",
        Category.REJECTED,
        words=(r"only supported in v1/responses", r"only (supported|available) (in|through|via) the responses api"),
        hint="This model answers to another of the provider’s APIs alone, the one called responses. The portal asks by "
        "chat completions: choose another chat model.",
    ),
    Row(
        "20",
        Category.REJECTED,
        codes=("operationnotsupported",),
        words=(
            r"not in v1/chat/completions",
            r"not a chat model",
            r"does not support chat",
            r"model\b.{0,200}\b(has been retired|end-of-life|end of (its )?life|marked by provider as legacy)",
        ),
        hint="This model does not chat, or not any more. Choose a chat model.",
    ),
    Row(
        "21",  # LiteLLM says so of the provider behind it; of its own paths it speaks otherwise
        Category.SERVER,
        (404,),
        words=(r"^litellm\.(exceptions\.)?\w{1,40}error\b",),
        hint="The address is right: the provider behind this gateway has nothing for this model at the path that the "
        "gateway asks. Whoever runs the gateway must look at its entry for this model.",
    ),
    Row(
        "21",
        Category.ENDPOINT,
        (*REFUSALS, NO_STATUS),
        words=(r"unsupported (region|location)",),
        hint="Check the location: write global, us, eu, or a region such as europe-west4.",
    ),
    Row(
        "21",
        Category.ENDPOINT,
        (*REFUSALS, NO_STATUS),
        words=(
            r"\bresource not found",
            r"404 page not found",
            r"unexpected endpoint or method",
            r"unknown request url",
            r"query parameter: api-version",
            r"api version not supported",
        ),
    ),
    Row("21", Category.ENDPOINT, (404, 405, 410)),
    Row("22", Category.OK, (400, NO_STATUS), words=(r"max_tokens or model output limit was reached",)),
)
