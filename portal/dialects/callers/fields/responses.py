"""The fields of a request to `/v1/responses`."""

from portal.dialects.callers.fields.field import (
    BILLING,
    BOOKKEEPING,
    CACHE,
    LOOKS,
    NO_STATE,
    Table,
    carried,
    left_out,
    refused,
    table,
)

RESPONSES: Table = table(
    {
        "": (
            carried("model", "stream"),
            carried("input", note="A text or a list of items."),
            carried("instructions", note="Before everything else."),
            carried("max_output_tokens", note="As the longest answer."),
            carried("temperature", "top_p"),
            carried("reasoning", note="Effort, and whether thinking is told."),
            carried("tools", note="Tools in a namespace are flattened and come back under their own names."),
            carried("tool_choice", note="`allowed_tools` too: the other tools are not sent."),
            carried("parallel_tool_calls"),
            carried("text", note="Its `format` and `verbosity`."),
            carried("include", note="`reasoning.encrypted_content`, which is given in any case; others are left out."),
            left_out("store", note="Nothing is stored at a provider for another one.", harmless=(False,)),
            left_out("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", note=CACHE),
            left_out("service_tier", note=BILLING, harmless=("auto", "default")),
            left_out("metadata", "client_metadata", "user", "safety_identifier", note=BOOKKEEPING),
            left_out("stream_options", note="Padding of the stream; there is none."),
            left_out("truncation", note="A conversation that is too long is refused.", harmless=("disabled",)),
            left_out("max_tool_calls", note="Counts the provider's own tools, which are left out."),
            left_out("top_logprobs", note="Says nothing without `include`.", harmless=(0,)),
            left_out("context_management", note="Whoever keeps the conversation shortens it."),
            refused("previous_response_id", "conversation", note=NO_STATE),
            refused("prompt", note="A prompt that is kept at one provider cannot be read by another."),
            refused("background", note="The answer is given at once or as a stream.", harmless=(False,)),
            refused("modalities", note="Answers are text.", harmless=(["text"],)),
        ),
        "reasoning": (
            carried("effort", "summary"),
            carried("generate_summary", note="The older name of `summary`."),
            left_out("context", "mode", note="A hint that one vendor's models know."),
        ),
        "text": (
            carried("format"),
            carried("verbosity", note="Where the provider has it; else it is left out."),
        ),
        "text.format": (
            carried("type", note="`text`, `json_object`, `json_schema`."),
            carried("name", "description", "schema", "strict"),
        ),
        "input": (
            carried(
                "type",
                note="`message`, `reasoning`, `function_call`, `custom_tool_call`, their outputs, `additional_tools`; "
                "any other is a provider's own call, and is left out.",
            ),
            carried("role", note="`developer` as `system`; at the beginning, and in the midst."),
            carried("content", "call_id", "name", "namespace", "arguments", "input", "output", "tools"),
            carried("summary", "encrypted_content", note="The thinking, with its signature or encrypted part."),
            carried("id", note="Of reasoning: its name at the provider."),
            left_out("status", note=LOOKS, harmless=("completed",)),
            left_out("phase", "internal_chat_message_metadata_passthrough", note=BOOKKEEPING),
        ),
        "input.content": (
            carried("type", note="`input_text`, `output_text`, `refusal`, `input_image`, `input_file`."),
            carried("text", "refusal", "image_url", "detail", "file_data", "file_url", "filename"),
            refused("file_id", note=NO_STATE),
            refused("input_audio", note="Sound is not translated."),
            left_out("annotations", "logprobs", note="What the provider noted about its own answer.", harmless=([],)),
            left_out("prompt_cache_breakpoint", note=CACHE),
        ),
        "input.summary": (carried("type", "text"),),
        "tools": (
            carried(
                "type",
                note="`function`, `custom` and `namespace`; any other is the provider's own and is left out.",
            ),
            carried("name", "description", "parameters", "strict", "format", "tools"),
            left_out("defer_loading", "output_schema", "allowed_callers", note="All tools are told at once."),
        ),
        "tool_choice": (carried("type", "name", "namespace", "mode", "tools"),),
    }
)
