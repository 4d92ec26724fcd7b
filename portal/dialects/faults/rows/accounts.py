"""Rows about who asks: redirects and web pages first, then accounts, credentials and what they may do."""

from portal.dialects.faults.matching import BEHIND, NO_STATUS, REDIRECTS, TROUBLES, Row
from portal.domain.faults import Category

ITS_OWN_KEY = (
    "The key that was sent is not at fault: the gateway’s own key was refused by the provider behind it. Whoever runs "
    "the gateway must enter that one again."
)

ONE_KEY = (
    "This is LiteLLM without a database, which knows one key alone: its master key. "
    "The one that it was sent is another."
)

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
        "10",  # LiteLLM says so of the provider behind it; of the key that it was sent itself it speaks otherwise
        Category.SERVER,
        words=(r"litellm\.(exceptions\.)?(authenticationerror|permissiondeniederror)",),
        hint=ITS_OWN_KEY,
    ),
    Row("10", Category.SERVER, (401,), codes=(BEHIND,), hint=ITS_OWN_KEY),
    Row("10", Category.AUTH, (400, 401), codes=("no_db_connection",), hint=ONE_KEY),
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
            r"\b(authorization|access|api) token\b.{0,20}\b(illegal|invalid|expired|missing)",
            r"\b(illegal|invalid) (authorization |access |api |proxy server )?(token|key)\b",
            r"\bunauthori[sz]ed\b.{0,40}\b(token|key)\b",
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
)
