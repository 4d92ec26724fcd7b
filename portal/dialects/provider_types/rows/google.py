"""Rows of Google: its laboratory and its cloud."""

from portal.dialects.provider_types import regions
from portal.dialects.provider_types.rows import offered
from portal.dialects.provider_types.shape import (
    KeyField,
    KeyKind,
    KeyRule,
    ProviderType,
    SettingField,
)

SERVICE_ACCOUNT = KeyKind(
    "service_account",
    "Service account",
    (
        KeyField(
            "client_email",
            "Client e-mail",
            "Not needed when the whole JSON file is pasted below.",
            "portal@my-project-123.iam.gserviceaccount.com",
            secret=False,
            required=False,
        ),
        KeyField(
            "private_key",
            "Private key, or the whole JSON file",
            "From the BEGIN line to the END line, or everything in the file that Google gave you.",
            multiline=True,
        ),
    ),
)
BOUND_KEY = KeyKind(
    "key",
    "API key",
    (KeyField("key", "API key", "A key that is bound to a service account. A key of Google AI Studio does not work."),),
)

GOOGLE: tuple[ProviderType, ...] = (
    ProviderType(
        name="google",
        label="Google Gemini",
        mark="Gg",
        line="Key from Google AI Studio",
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        key=KeyRule.REQUIRED,
        key_header="x-goog-api-key",
        key_url="https://aistudio.google.com/apikey",
        environment=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        own_hosts=("generativelanguage.googleapis.com",),
        version_path="/v1beta",
        default_models=(
            "gemini-3.5-flash",
            "gemini-3.1-pro-preview",
            "gemini-3.1-flash-lite",
            "gemini-2.5-pro",
            "gemini-2.5-flash",
        ),
        example_model="gemini-3.5-flash",
        apis=offered.GOOGLE,
    ),
    ProviderType(
        name="vertex",
        label="Google Vertex AI",
        mark="Vx",
        line="Gemini and Claude in your Google Cloud",
        dialect="vertex",
        base_url="https://aiplatform.googleapis.com/v1",
        key=KeyRule.REQUIRED,
        key_header="x-goog-api-key",
        key_url="https://console.cloud.google.com/iam-admin/serviceaccounts",
        key_kinds=(SERVICE_ACCOUNT, BOUND_KEY),
        own_hosts=(
            "aiplatform.googleapis.com",
            "*-aiplatform.googleapis.com",
            "aiplatform.*.rep.googleapis.com",
            "oauth2.googleapis.com",
        ),
        settings=(
            SettingField(
                "project",
                "Project ID",
                "The id of the Google Cloud project, not its name. Only a bound API key does without it.",
                "my-project-123",
                pattern=r"([a-z][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20}",
                fault="This is no project id. It has 6 to 30 small letters, digits and hyphens, as in my-project-123.",
                needed_with=("service_account",),
            ),
            SettingField(
                "location",
                "Location",
                "global serves most models. A region, or us or eu, keeps the work there.",
                "global",
                default="global",
                pattern=r"(?i)global|us|eu|[a-z]{2,20}-[a-z]{2,20}\d{1,2}",
                fault="This is no location. Write global, us, eu, or a region such as europe-west4.",
                suggestions=regions.GOOGLE,
                names=tuple(regions.GOOGLE_NAMES.items()),
            ),
            SettingField(
                "token_url",
                "Token URL",
                "Where a service account fetches its tokens. Leave it as it is unless your network has its own.",
                "https://oauth2.googleapis.com/token",
                default="https://oauth2.googleapis.com/token",
                pattern=r"https?://[A-Za-z0-9.-]+(:(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}))?(/[\w./-]*)?",
                fault="Write an address such as https://oauth2.googleapis.com/token.",
                origin=True,
            ),
        ),
        derived_from="location",
        derived=(
            ("global", "https://aiplatform.googleapis.com/v1"),
            ("us", "https://aiplatform.us.rep.googleapis.com/v1"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com/v1"),
            ("*", "https://{}-aiplatform.googleapis.com/v1"),
        ),
        version_path="/v1",
        default_models=("gemini-3.1-pro-preview", "gemini-3.1-flash-lite", "gemini-2.5-pro", "gemini-2.5-flash"),
        example_model="gemini-3.1-flash-lite",
    ),
)
