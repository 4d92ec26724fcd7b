"""Pictures, files and tool choices as OpenAI's two APIs write them, read alike."""

import re
from collections.abc import Sequence

from portal.dialects.callers.reader import Path, Reader, listed
from portal.dialects.conversation import Document, Image, Message, Text, Tool

_DATA_URI = re.compile(r"data:([^;,]*)(?:;[^;,]*){0,8}?;base64,", re.IGNORECASE)

PDF = "application/pdf"


def image(url: str, detail: str = "") -> Image:
    """A picture by its address, or by a data URI that holds it."""
    found = _DATA_URI.match(url)
    if found is None:
        return Image(url=url, detail=detail)
    return Image(media_type=found[1].lower() or "image/png", data=url[found.end() :], detail=detail)


def document(data: str, url: str, name: str) -> Document:
    """A file by its address, by a data URI, or by base64 alone, which is taken for a PDF."""
    found = _DATA_URI.match(data)
    if found is None:
        return Document(media_type=PDF if data else "", data=data, url=url, name=name)
    return Document(media_type=found[1].lower() or PDF, data=data[found.end() :], url=url, name=name)


def data_uri(media_type: str, data: str) -> str:
    return f"data:{media_type};base64,{data}"


def texts(*words: str) -> tuple[Text, ...]:
    """The texts that are not empty."""
    return tuple(Text(text) for text in words if text)


def split_system(messages: Sequence[Message]) -> tuple[str, tuple[Message, ...]]:
    """What the system says before the conversation, and the conversation; a message of nothing is none."""
    said = [message for message in messages if message.parts]
    first = next((index for index, message in enumerate(said) if message.role != "system"), len(said))
    return "\n\n".join(message.text for message in said[:first]), tuple(said[first:])


def merged(messages: Sequence[Message]) -> list[Message]:
    """Neighbours of one role made one, where each came as an item of its own."""
    found: list[Message] = []
    for message in messages:
        if found and found[-1].role == message.role:
            found[-1] = Message(message.role, (*found[-1].parts, *message.parts))
        else:
            found.append(message)
    return found


def only(tools: Sequence[Tool], names: Sequence[str], reader: Reader, path: Path) -> tuple[Tool, ...]:
    """The tools of those names; one that there is not is refused."""
    known = [tool.name for tool in tools]
    for name in names:
        if name not in known:
            raise reader.choice(path, listed(known) if known else "left out where there are no tools")
    return tuple(tool for tool in tools if tool.name in names)
