"""The fields of a request to `/v1/messages`."""

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

MESSAGES: Table = table(
    {
        "": (
            carried("model", "stream", "messages", "tools"),
            carried("system", note="A text, or a list of them."),
            carried("max_tokens", note="As the longest answer."),
            carried("temperature", "top_p", "top_k"),
            carried("stop_sequences", note="Which one it was is not told."),
            carried("thinking", note="As a budget, an effort or a switch, as the provider has one; never refused."),
            carried("output_config", note="Effort and format."),
            carried("output_format", note="The older name of `output_config.format`."),
            carried("tool_choice"),
            left_out("cache_control", note=CACHE),
            left_out("metadata", note=BOOKKEEPING),
            left_out("service_tier", "speed", note=BILLING, harmless=("auto", "standard")),
            left_out("context_management", note="Whoever keeps the conversation shortens it."),
            left_out("fallbacks", "diagnostics", note="For the provider's own routing."),
            refused("mcp_servers", "container", note=NO_STATE, harmless=([],)),
            refused("inference_geo", note="Where a model runs is not in the portal's hands.", harmless=("global",)),
        ),
        "thinking": (
            carried("type", note="`enabled`, `adaptive`, `between_tools`, `disabled`."),
            carried("budget_tokens"),
            carried("display", note="Whether thinking is told."),
        ),
        "output_config": (
            carried("effort", "format"),
            left_out("task_budget", note="A hint that one vendor's models know."),
        ),
        "output_config.format": (carried("type", note="`json_schema`."), carried("schema")),
        "system": (carried("type", "text"), left_out("cache_control", note=CACHE)),
        "messages": (
            carried("role", note="`user`, `assistant`; `system` in the midst, where the provider has it."),
            carried("content"),
            carried("output_config", note="The last one holds for the answer."),
        ),
        "messages.output_config": (carried("effort"),),
        "messages.content": (
            carried(
                "type",
                note="`text`, `image`, `document`, `search_result`, `thinking`, `redacted_thinking`, `tool_use`, "
                "`tool_result`; calls of the provider's own tools and their results are left out.",
            ),
            carried("text", "source", "title", "thinking", "data"),
            carried("signature", note="With what other vendors want handed back packed into it."),
            carried("id", "name", "input", "tool_use_id", "content", "is_error"),
            left_out("context", note="No other API has it."),
            left_out("cache_control", note=CACHE),
            left_out("caller", note="Who called a tool shows by itself."),
            left_out("citations", note="What the provider noted about its own answer.", harmless=([],)),
        ),
        "messages.content.document": (
            carried("type", "source", "title"),
            left_out("context", note="No other API has it."),
            left_out("cache_control", note=CACHE),
            refused("citations", note="Other APIs cite nothing.", harmless=({"enabled": False},)),
        ),
        "messages.content.source": (
            carried("type", note="`base64`, `url`, `text`, `content`."),
            carried("media_type", "data", "url", "content"),
            refused("file_id", note=NO_STATE),
        ),
        "tools": (
            carried("type", note="`custom` or nothing; any other is the provider's own and is left out."),
            carried("name", "description", "input_schema", "strict"),
            left_out("cache_control", note=CACHE),
            left_out(
                "defer_loading",
                "eager_input_streaming",
                "allowed_callers",
                "input_examples",
                note="All tools are told at once, by their schema.",
            ),
        ),
        "tool_choice": (carried("type", "name", "disable_parallel_tool_use"),),
    }
)
