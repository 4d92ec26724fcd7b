"""The page of documentation that the table of fields gives. `python -m portal.dialects.callers.page` writes it out."""

import sys
from collections.abc import Mapping

from portal.dialects.callers.fields import TABLES
from portal.dialects.callers.fields.field import Fate, Table

PATHS: Mapping[str, str] = {
    "chat_completions": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}

HEAD = """# Translation: what becomes of each field of a request

Where a provider has the API that a caller speaks, a request passes through unaltered, and nothing here applies. Where
it has not, the portal translates, and each field of the request is one of three:

- **carried**: it arrives at the model, in the words of its provider;
- **left out**: a hint that changes cost or speed, or a wish; its name stands in the answer’s header `Portal-Left-Out`;
- **refused**: without it the answer would be another one than was asked for. The answer is status 400 and names it.

A field that is not listed is left out and named. `null` is as good as absent. A provider may lack more than its
API: what its dialect cannot take is left out or refused by the same rule.

## What a provider wants handed back

Signatures and encrypted thinking come back to the letter in the caller’s next request, each in a field that its
clients keep:

| | thinking | a tool call |
| --- | --- | --- |
| `/v1/chat/completions` | `reasoning_details`: `signature`, `data` and `id`; the words also in `reasoning_content` | \
`tool_calls[].extra_content.google.thought_signature` |
| `/v1/responses` | `encrypted_content` of the `reasoning` item | an item `reasoning` without words beside the call |
| `/v1/messages` | `signature` of the `thinking` block, `data` of `redacted_thinking` | \
a block `thinking` without words beside the call |

What belongs to the API’s own vendor stands there as it is. Anything else is packed into one text that begins with
`portal1_`; only the portal reads it.

A signature is worth something only to the model that made it, and but for Claude’s only with the same key. So each
carries whose it is: in the packed text, in `reasoning_details[].origin` (and `format`), in
`tool_calls[].extra_content.portal.origin`. What another model made, or by its field another vendor, is
left out and named as `signatures of another model`; the words that were thought stay where the provider takes them.

## What stays at a provider

`previous_response_id` and `item_reference` work where the request passes through, for whoever got the answer and for
nobody else: to all others it is 404, as one that never was. The request goes by the key that made the answer and by no
other of its pool, and `auto` by the model that made it. When key or model are gone, or another provider is asked, the
answer is 400 `state_gone` with the reason and `x-should-retry: false`. The portal knows an answer for 30 days;
`conversation` it keeps none. With a personal key, what the portal does not know is left to the provider.

## Further models

`models`, `fallbacks`, `preset`, `providerOptions.gateway.models` and the `model` of a tool of the provider's own let a
provider answer with another model than was decided here. Whoever does not reach every model is refused with 400, and so
is everybody with a second `model` in other letters, which some servers read too.

## Tools

Tools in a namespace go to the provider as `namespace__name` and come back under their own names. A custom tool, which
takes plain text, becomes a function with one text where a provider has none. Tools that a provider runs itself (search,
code, computers) are left out and named, as `tools.web_search`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_api(PATHS[name], table) for name, table in TABLES.items())])


def _api(path: str, table: Table) -> str:
    lines = [f"## `{path}`", "", "| field | | |", "| --- | --- | --- |"]
    for place, fields in table.items():
        for fate in Fate:
            for field in fields.values():
                if field.fate is fate:
                    name = f"{place}.{field.name}" if place else field.name
                    lines.append(f"| `{name}` | {fate} | {_note(field.note, field.harmless)} |".replace("|  |", "| |"))
    return "\n".join([*lines, ""])


def _note(note: str, harmless: tuple[object, ...]) -> str:
    if not harmless:
        return note
    values = " or ".join(f"`{_json(value)}`" for value in harmless)
    return f"{note} {values} asks for nothing.".strip()


def _json(value: object) -> str:
    from_python = {False: "false", True: "true"}
    return from_python[value] if isinstance(value, bool) else str(value).replace("'", '"').replace("False", "false")


if __name__ == "__main__":
    sys.stdout.write(page())
