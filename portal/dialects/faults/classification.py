"""The classification table: what a response says about a request. Read top to bottom; the first row that fits wins.

A row's `number` is its number in the list of facts that the table was drawn from.
"""

from portal.dialects.faults.matching import NO_STATUS, ResponseSignals, Row
from portal.domain.faults import Category

REDIRECTS = range(300, 400)
REFUSALS = range(400, 500)
TROUBLES = range(500, 600)

ROWS: tuple[Row, ...] = (
    Row("6", Category.ENDPOINT, REDIRECTS),
    Row("7", Category.ENDPOINT, (404, 405), html=True),
    Row("7", Category.SERVER, TROUBLES, html=True),
    Row("7", Category.HTML, html=True),
    Row(
        "8",
        Category.BILLING,
        codes=(
            "insufficient_quota",
            "credit_balance_exhausted",
            "*_spend_limit_*",
            "*spend_limit_reached",
            "organization_usage_limit_exceeded",
            "billing_hard_limit_reached",
            "billing_error",
            "billing_not_active",
            "exceeded_current_quota_error",
            "openrouter_credits",
            "openrouter_key_limit",
            "payment_required",
            "billing_disabled",
        ),
        words=(
            r"credit balance is too low",
            r"specified (workspace )?api usage limits",
            r"workspace api usage limits",
            r"insufficient balance",
            r"insufficient credits",
            r"invalid_payment_instrument",
            r"billing_disabled",
            r"enable billing",
            r"requires billing to be enabled",
        ),
    ),
    Row("8", Category.BILLING, (403,), codes=("*_budget", "*key_limit")),
    Row("9", Category.RATE_LIMIT, (402,), has_wait=True),
    Row("9", Category.RATE_LIMIT, codes=("openrouter_in_flight_budget",)),
    Row("9", Category.BILLING, (402,)),
    Row("9", Category.BILLING, (412,), words=(r"suspended", r"(spending|monthly|usage) limit", r"over .{0,40}limit")),
    Row(
        "10",
        Category.AUTH,
        codes=("expiredtoken*",),
        words=(r"bearer token has expired", r"security token included in the request is expired"),
        hint="These are temporary credentials, and their time is over. Enter new ones, or an access key that lasts.",
    ),
    Row(
        "10",
        Category.AUTH,
        codes=("invalidsignature*", "signaturedoesnotmatch*"),
        hint="Secret and access key ID do not belong together, or this machine’s clock is wrong by minutes.",
    ),
    Row(
        "10",
        Category.AUTH,
        codes=("credentials_missing",),
        words=(r"api keys are not supported by this api",),
        hint="Keys of Google AI Studio do not open Vertex. Use a service account, or a key that is bound to one.",
    ),
    Row(
        "10",
        Category.AUTH,
        words=(r"reported as leaked",),
        hint="Google has locked this key, for it was seen in public. Make a new one, and delete this one.",
    ),
    Row(
        "10",
        Category.AUTH,
        codes=(
            "api_key_invalid",
            "invalid_api_key",
            "authentication_error",
            "unrecognizedclient*",
            "invalidclienttokenid",
            "incompletesignature*",
            "missingauthenticationtoken*",
            "access_token_*",
        ),
        words=(
            r"api key not (valid|found)",
            r"api key (has )?expired",
            r"incorrect api key",
            r"invalid x-api-key",
            r"unregistered callers",
            r"invalid api key",
            r"make sure your api key is valid",
        ),
    ),
    Row("11", Category.AUTH, (401,)),
    Row("11", Category.AUTH, (NO_STATUS,), codes=("unauthorized", "unauthenticated"), words=(r"^unauthorized$",)),
    Row(
        "12",
        Category.PERMISSION,
        codes=("service_disabled",),
        hint="The API is switched off in this Google Cloud project. Enable it there (aiplatform.googleapis.com for "
        "Vertex AI, generativelanguage.googleapis.com for Gemini) and wait a few minutes.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        (403,),
        words=(r"aws-marketplace:", r"marketplace subscription"),
        hint="The model is sold on AWS Marketplace. Let somebody who may subscribe there "
        "(aws-marketplace:Subscribe) ask it once; then wait a quarter of an hour.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        codes=("mpagreementbeingcreated*",),
        words=(r"mpagreementbeingcreated", r"agreement is being created"),
        hint="AWS is still making the agreement for this model. Try again in a quarter of an hour.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        codes=("ftuformnotfilled*",),
        words=(r"ftuformnotfilled", r"use case details have not been submitted", r"use case details form"),
        hint="Anthropic wants to know your use case first. Fill in its form in the Bedrock console, under "
        "Model catalog.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        (403,),
        words=(r"access to the model", r"access is denied to this model", r"model access is denied"),
        hint="Ask for this model in the Bedrock console, under Model access, in this very region.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        (403,),
        words=(r"perform: bedrock:(list|get)",),
        hint="These credentials may not list models, which says nothing about chatting. Type the models’ names, "
        "or allow bedrock:ListFoundationModels and bedrock:ListInferenceProfiles.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        (403,),
        words=(r"perform: bedrock:",),
        hint="The IAM policy lacks a right. Allow bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream for "
        "this model.",
    ),
    Row(
        "13",
        Category.PERMISSION,
        (400, 403),
        words=(r"^operation not allowed",),
        hint="AWS has not opened Bedrock for this account yet, or has closed it. Ask AWS Support.",
    ),
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
        words=(r"content filtering policy", r"content management policy", r"violating our usage polic"),
    ),
    Row(
        "15",
        Category.CONTEXT_LENGTH,
        codes=("context_length_exceeded", "exceed_context_size_error", "request_too_large"),
        words=(
            r"maximum context length",
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
        codes=("operationnotsupported",),
        words=(
            r"only supported in v1/responses",
            r"not in v1/chat/completions",
            r"not a chat model",
            r"does not support chat",
            r"model\b.{0,200}\b(has been retired|end-of-life|end of (its )?life|marked by provider as legacy)",
        ),
        hint="This model does not chat, or not any more. Choose a chat model.",
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
    Row(
        "23",
        Category.RATE_LIMIT,
        (429,),
        words=(r"request too large",),
        hint="Waiting does not help: this request alone is above the account’s limit. Lower the model’s max output "
        "tokens, or shorten the conversation.",
    ),
    Row(
        "23",  # its status is that of the next row, and no limit is reached
        Category.SERVER,
        codes=("modelnotready*",),
        hint="The model is still being loaded. Try again in a moment.",
    ),
    Row(
        "23",
        Category.RATE_LIMIT,
        codes=("servicequotaexceeded*",),
        hint="A quota of the account is used up. Waiting may not help: ask AWS to raise it, under Service Quotas.",
    ),
    Row("23", Category.RATE_LIMIT, (429, 498)),
    Row(
        "23",
        Category.RATE_LIMIT,
        (400, 403, NO_STATUS),
        codes=("rate_limit_error", "rate_limit_exceeded", "throttlingexception", "resource_exhausted"),
        words=(r"service tier capacity exceeded", r"\btoo many requests\b"),
    ),
    Row(
        "24",
        Category.SERVER,
        words=(r"^loading model", r"model is (still )?loading"),
        hint="The model is still being loaded. Try again in a moment.",
    ),
    Row(
        "24",
        Category.SERVER,
        codes=("overloaded_error", "server_is_overloaded", "slow_down", "provider_overloaded"),
        words=(r"\boverloaded\b",),
        hint="It has too much to do right now. Try again in a minute.",
    ),
    Row("24", Category.SERVER, (529,)),
    Row("25", Category.TIMEOUT, (408, 504)),
    Row("25", Category.TIMEOUT, codes=("timeout_error", "deadline_exceeded", "modeltimeoutexception")),
    Row("26", Category.SERVER, (*TROUBLES, 424)),
    Row(
        "26",
        Category.SERVER,
        (NO_STATUS,),
        codes=("server_error", "api_error", "internal*", "unavailable*"),
        words=(r"\b(internal|server) error\b", r"\bcrashed\b", r"\bterminated\b"),
    ),
    Row("27", Category.REJECTED, (*REFUSALS, NO_STATUS)),
    Row("28", Category.HTML, range(200, 300), json=False),
    Row("30", Category.SHAPE),
)


def classify(signals: ResponseSignals) -> Row:
    """The first row that fits; the last one always does."""
    return next(row for row in ROWS if row.fits(signals))
