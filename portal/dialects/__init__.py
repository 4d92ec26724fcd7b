"""Floor 2: one module for each dialect, the API that a family of providers has. A dialect translates, with no I/O.

On top stand the dialects and what they share: `base` and `conversation` hold the values, `writing` and `reading` make
and read JSON, `listings` and `details` read what is said of models, `apis` says which APIs a provider offers and where.
The packages: `provider_types` is the table of all types of providers; `input` reads what people type and paste;
`faults` turns refusals into faults with advice, and adjusts a request after one; `framing` cuts streams into events.
"""

from portal.dialects import anthropic, bedrock, demo, gemini, openai, responses, vertex
from portal.dialects.apis import api_url
from portal.dialects.base import Dialect, Endpoint
from portal.dialects.listings import answers_to_responses_only

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (openai, anthropic, gemini, vertex, bedrock, demo)}
"""Every dialect that a type of provider may have, by name; a module each."""


def dialect_for(endpoint: Endpoint, wire_name: str) -> Dialect:
    """The dialect to ask this model in: its provider's, or responses where it answers to nothing else."""
    if answers_to_responses_only(endpoint.type.name, wire_name) and api_url(endpoint, "responses", wire_name):
        return responses
    return DIALECTS[endpoint.type.dialect]
