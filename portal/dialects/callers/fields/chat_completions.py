"""The fields of a request to `/v1/chat/completions`."""

from portal.dialects.callers.fields.field import (
    BILLING,
    BOOKKEEPING,
    CACHE,
    NO_STATE,
    Table,
    carried,
    left_out,
    refused,
    table,
)

CHAT_COMPLETIONS: Table = table(
    {
        "": (
            carried("model", "stream", "messages", "tools"),
            carried("max_tokens", "max_completion_tokens", note="As the longest answer."),
            carried("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty"),
            carried("stop", note="One or several."),
            carried("reasoning_effort", note="As the provider's effort, level or budget."),
            carried("reasoning", note="OpenRouter's spelling: its `effort`, `enabled` and `max_tokens`."),
            carried("verbosity", note="Where the provider has it; else it is left out."),
            carried("tool_choice", note="`allowed_tools` too: the other tools are not sent."),
            carried("parallel_tool_calls"),
            carried("response_format"),
            carried("stream_options", note="Its `include_usage`: tokens are counted in any case."),
            left_out("seed", note="A wish by its own documentation: equal seeds promise nothing."),
            left_out("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", note=CACHE),
            left_out("service_tier", note=BILLING, harmless=("auto", "default")),
            left_out("metadata", "user", "safety_identifier", note=BOOKKEEPING),
            left_out("store", note="Nothing is stored at a provider for another one.", harmless=(False,)),
            left_out("prediction", note="Makes an answer quicker, not another."),
            left_out("include_reasoning", note="Thinking is passed on whenever the provider tells it."),
            refused("n", note="One answer a request: send the request several times.", harmless=(1,)),
            refused("logprobs", note="Other APIs tell no probabilities.", harmless=(False,)),
            refused("top_logprobs", note="Other APIs tell no probabilities.", harmless=(0,)),
            refused("logit_bias", note="Tokens have other numbers at other vendors.", harmless=({},)),
            refused("modalities", note="Answers are text.", harmless=(["text"],)),
            refused("audio", note="Answers are text."),
            refused("web_search_options", note="This provider searches by other means, or not at all."),
            refused(
                "functions", "function_call", note="Replaced in 2023: send `tools` and `tool_choice`.", harmless=([],)
            ),
        ),
        "stream_options": (
            carried("include_usage"),
            left_out("include_obfuscation", note="Padding of the stream; there is none.", harmless=(False,)),
        ),
        "reasoning": (
            carried("effort", "enabled", "max_tokens"),
            left_out("exclude", "summary", note="Thinking is passed on whenever the provider tells it."),
        ),
        "messages": (
            carried("role", note="`developer` as `system`; at the beginning, and in the midst."),
            carried("content", "tool_calls", "tool_call_id"),
            carried("refusal", note="As the words of the assistant."),
            carried("reasoning_content", note="The thinking, also under the name `reasoning`."),
            carried("reasoning"),
            carried("reasoning_details", note="The thinking with its signatures, encrypted parts and ids."),
            left_out("name", note="No other API names who speaks."),
            left_out("annotations", note="What the provider noted about its own answer.", harmless=([],)),
            left_out("cache_control", note=CACHE),
            refused("audio", note="Spoken answers are kept at one provider."),
            refused("function_call", note="Replaced in 2023: send `tool_calls`."),
        ),
        "messages.content": (
            carried("type", note="`text`, `refusal`, `image_url`, `file`."),
            carried("text", "refusal", "image_url", "file"),
            refused("input_audio", note="Sound is not translated."),
            left_out("cache_control", "prompt_cache_breakpoint", note=CACHE),
        ),
        "messages.content.image_url": (carried("url", note="Also a data URI."), carried("detail")),
        "messages.content.file": (
            carried("file_data", note="A data URI, or base64 of a PDF."),
            carried("filename"),
            refused("file_id", note=NO_STATE),
        ),
        "messages.tool_calls": (
            carried("id", "type", "function", "custom"),
            carried(
                "extra_content",
                note="Its `google.thought_signature`: the signature of a call; its `portal.origin`: whose it is.",
            ),
            left_out("index", note="The order says it."),
        ),
        "messages.tool_calls.function": (carried("name", "arguments"),),
        "messages.tool_calls.custom": (carried("name", "input"),),
        "messages.reasoning_details": (
            carried("type", "text", "summary", "data", "signature", "id", "index"),
            carried("format", "origin", note="Whose it is."),
        ),
        "tools": (
            carried("type", note="`function` or `custom`; any other is the provider's own and is left out."),
            carried("function", "custom"),
            left_out("cache_control", note=CACHE),
        ),
        "tools.function": (carried("name", "description", "parameters", "strict"),),
        "tools.custom": (carried("name", "description", "format"),),
        "tool_choice": (carried("type", "function", "custom", "allowed_tools"),),
        "tool_choice.named": (carried("name"),),
        "tool_choice.allowed_tools": (carried("mode", "tools"),),
        "response_format": (carried("type", note="`text`, `json_object`, `json_schema`."), carried("json_schema")),
        "response_format.json_schema": (carried("name", "description", "schema", "strict"),),
    }
)
