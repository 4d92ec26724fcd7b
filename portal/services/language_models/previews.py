"""The exact JSON that a model's options would send upstream, made by the very code that chats use."""

import json

from portal.dialects import dialect_for
from portal.dialects.base import Endpoint
from portal.dialects.conversation import ChatRequest, Message
from portal.dialects.provider_types.shape import ProviderType
from portal.domain.combinations import OptionValues
from portal.domain.options import parse

ELLIPSIS = "…"


def preview(type: ProviderType, wire_name: str, options: OptionValues) -> str:
    """The body of a chat's request with these options, its messages left out; so is an option that cannot be used."""
    clean, _ = parse(type.dialect, options, type_name=type.name, wire_name=wire_name)
    chat_request = ChatRequest(
        wire_name=wire_name or type.example_model, messages=(Message.of("user", ELLIPSIS),), options=clean
    )
    endpoint = Endpoint(type=type, base_url=type.base_url or "https://example.org")
    request = dialect_for(endpoint, chat_request.wire_name).chat(endpoint, chat_request, stream=True)
    body = json.loads(request.body or b"{}")
    for key in ("messages", "contents", "input"):
        if key in body:
            body[key] = ELLIPSIS
    return json.dumps(body, indent=2, ensure_ascii=False).replace(f'"{ELLIPSIS}"', f"[ {ELLIPSIS} ]")
