"""What becomes of each field of LiteLLM's `config.yaml`, and whose a model's name is there."""

from collections.abc import Mapping

from portal.services.configuration import typed
from portal.services.configuration.kinds.reading import Rows, cannot, left, per_million, rows, taken

PREFIXES: Mapping[str, str] = {
    "openai": "openai",
    "text-completion-openai": "openai",
    "azure": "azure",
    "azure_ai": "azure",
    "anthropic": "anthropic",
    "gemini": "google",
    "vertex_ai": "vertex",
    "bedrock": "bedrock",
    "openrouter": "openrouter",
    "vercel_ai_gateway": "vercel",
    "groq": "groq",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "ollama": "ollama",
    "ollama_chat": "ollama",
    "hosted_vllm": "vllm",
    "lm_studio": "lm_studio",
    "llamafile": "llama_cpp",
    "litellm_proxy": "openai_compatible",
    "custom_openai": "openai_compatible",
}
"""What stands before a model's name there, and the type of provider that it means."""

WITHOUT: Mapping[str, str] = {"gpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "claude-": "anthropic"}
"""How a name begins that has nothing before it, and whose it is."""

_ADDRESS = "the base URL; one that is a reference has to be written out"

PARAMS: Rows = rows(
    taken("model", "the type by what stands before the slash, then the model ID"),
    taken("api_key", "the provider's key; `os.environ/NAME` stays a reference"),
    taken("api_base", _ADDRESS),
    taken("base_url", _ADDRESS),
    taken("api_version", "the API version of Azure"),
    taken("organization", "the organization of OpenAI"),
    taken("aws_region_name", "the region of Bedrock"),
    taken("aws_access_key_id", "a part of Bedrock's key"),
    taken("aws_secret_access_key", "a part of Bedrock's key"),
    taken("aws_session_token", "a part of Bedrock's key"),
    taken("vertex_project", "the project of Vertex AI"),
    taken("vertex_location", "the location of Vertex AI"),
    taken("vertex_credentials", "the key of Vertex AI, where the whole JSON file stands there; a path is named"),
    taken("timeout", "the provider's read timeout, 3,600 s at most"),
    taken("stream_timeout", "the same"),
    taken("extra_headers", "headers, of a provider that may have some"),
    taken("headers", "the same"),
    taken("temperature", "the option of that name", "options.temperature"),
    taken("top_p", "the option of that name", "options.top_p"),
    taken("top_k", "the option of that name", "options.top_k"),
    taken("max_tokens", "the option max output tokens", "options.max_output_tokens"),
    taken("max_completion_tokens", "the option of that name", "options.max_completion_tokens"),
    taken("presence_penalty", "the option of that name", "options.presence_penalty"),
    taken("frequency_penalty", "the option of that name", "options.frequency_penalty"),
    taken("parallel_tool_calls", "the option of that name", "options.parallel_tool_calls"),
    taken("reasoning_effort", "the reasoning effort that it is asked for", "effort_default", typed.text),
    taken("thinking", "the option thinking budget, where it names one"),
    taken("input_cost_per_token", "the price of input, per 1M tokens", "prices.input", per_million),
    taken("output_cost_per_token", "the price of output, per 1M tokens", "prices.output", per_million),
    taken("cache_read_input_token_cost", "the price of reading a cache, per 1M", "prices.cache_read", per_million),
    taken("cache_creation_input_token_cost", "the price of writing one, per 1M", "prices.cache_write", per_million),
    taken(
        "cache_creation_input_token_cost_above_1hr",
        "the price of writing one that is kept longer, per 1M",
        "prices.cache_write_long",
        per_million,
    ),
    left("rpm tpm max_parallel_requests", "How many requests a minute is said among the limits, and not in this file."),
    left("max_budget budget_duration", "What may be spent is said among the budgets, and not in this file."),
    left(
        "drop_params additional_drop_params allowed_openai_params", "The portal refuses or carries each field itself."
    ),
    left("max_retries num_retries cooldown_time", "The portal decides itself when it tries again."),
    left("custom_llm_provider stream model_id mock_response", "The portal decides this itself."),
    cannot("weight order", "Requests are not shared out by weight: keys of one provider take turns in their order."),
    cannot("tags tag_regex", "A model has no tags here: roles say who reaches it."),
    cannot(
        "azure_ad_token tenant_id client_id client_secret azure_username azure_password", "Azure is asked by a key."
    ),
    cannot(
        "aws_profile_name aws_role_name aws_session_name aws_web_identity_token aws_bedrock_runtime_endpoint",
        "Bedrock is asked with an access key or a Bedrock API key.",
    ),
    cannot("extra_body seed stop n logit_bias response_format cache_control_injection_points", "No such option here."),
    cannot("litellm_credential_name", "Credentials of that program's database are not in this file."),
    cannot("fallbacks context_window_fallbacks", "One model that stands in for another is an override here."),
)

INFO: Rows = rows(
    taken("mode", "whether it chats; an embedding or image model does not"),
    taken("max_input_tokens", "the context limit", "context_limit", typed.whole),
    taken("max_output_tokens", "the output limit", "output_limit", typed.whole),
    taken("max_tokens", "the output limit", "output_limit", typed.whole),
    *(PARAMS[name] for name in PARAMS if name.endswith("_cost_per_token") or "token_cost" in name),
    taken("supports_vision", "the capability vision"),
    taken("supports_function_calling", "the capability tools"),
    taken("supports_reasoning", "the capability reasoning"),
    taken("supports_web_search", "the capability web search"),
    taken("description", "the description", "description", typed.text),
    left("id db_model base_model litellm_provider key tpm rpm created_at updated_at", "Only that program needs it."),
    cannot("access_groups team_id team_public_model_name allowed_roles", "Roles and teams say here who reaches it."),
)

FILE: Rows = rows(
    taken("model_list", "providers and models, by the tables below"),
    taken("router_settings", "`model_group_alias` as aliases; all else is left out"),
    left("litellm_settings", "How that program calls, keeps and logs is not how this one does."),
    left("general_settings", "Its master key, database and sign-in are that program's own."),
    left("environment_variables", "Variables are set on the server. A key in there was not read."),
    cannot("guardrails mcp_servers vector_stores search_tools prompts agents", "There is nothing like it here."),
    cannot("credential_list", "Write the key into the deployment that uses it."),
    cannot("include", "Only one file is read. Import each of them."),
)

TABLES: Mapping[str, Rows] = {"The file": FILE, "`litellm_params`": PARAMS, "`model_info`": INFO}
