"""What becomes of each field of a caller's request: data, read by the readers and by the page of documentation."""

from collections.abc import Mapping

from portal.dialects.callers.fields.chat_completions import CHAT_COMPLETIONS
from portal.dialects.callers.fields.field import Table
from portal.dialects.callers.fields.messages import MESSAGES
from portal.dialects.callers.fields.responses import RESPONSES

TABLES: Mapping[str, Table] = {
    "chat_completions": CHAT_COMPLETIONS,
    "responses": RESPONSES,
    "messages": MESSAGES,
}
"""The table of each API, by the name of its module."""
