"""One scripted provider for each API that may stand behind the portal."""

from tests.clients.vendors.amazon import Bedrock
from tests.clients.vendors.anthropic import Messages
from tests.clients.vendors.base import ANSWER, WRONG, Call, Play, Vendor, Wish, answers, calls
from tests.clients.vendors.google import Gemini
from tests.clients.vendors.openai import ChatCompletions, Responses

VENDORS: tuple[type[Vendor], ...] = (Responses, ChatCompletions, Messages, Gemini, Bedrock)

__all__ = ["ANSWER", "VENDORS", "WRONG", "Call", "Play", "Vendor", "Wish", "answers", "calls"]
