"""Files attached to a message: what kind one is by what is in it, what it may be called, and what fits a model."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MIB = 1024 * 1024

MOST_FILES = 20
"""Files of one message."""

NAME_LENGTH = 120

TEXT_CHARACTERS = 1_000_000
"""Characters of one text file."""


class Kind(StrEnum):
    """What a file is to a model."""

    IMAGE = "image"
    TEXT = "text"
    PDF = "pdf"


@dataclass(frozen=True)
class Sizes:
    """How much a deployment lets people attach, in MiB: in one file, in one chat, and for one person in all."""

    file: int = 20
    chat: int = 100
    person: int = 1000


SIZES = Sizes()
SIZES_ALLOWED = {"file": (1, 50), "chat": (1, 1_000), "person": (1, 100_000)}
"""The least and the most that a deployment may say."""

PDF, TEXT = "application/pdf", "text/plain"
IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WebP"}
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    PDF: (".pdf",),
}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a packed file, as Word, Excel and ZIP write them. Attach its text, or a PDF of it"),
    (b"\xd0\xcf\x11\xe0", "a file of an older Office. Attach its text, or a PDF of it"),
    (b"BM", "a BMP image. Save it as PNG or JPEG"),
    (b"II*\x00", "a TIFF image. Save it as PNG or JPEG"),
    (b"MM\x00*", "a TIFF image. Save it as PNG or JPEG"),
    (b"\x1f\x8b", "a packed file. Attach what is in it"),
    (b"ID3", "a sound, which cannot be attached"),
    (b"OggS", "a sound or a film, which cannot be attached"),
    (b"\x1aE\xdf\xa3", "a film, which cannot be attached"),
    (b"\x7fELF", "a program, which cannot be attached"),
    (b"MZ", "a program, which cannot be attached"),
)
NO_KIND = "This is neither an image, nor a PDF, nor text in UTF-8 or UTF-16. If it is text, save it as UTF-8 first."
EMPTY = "This file is empty."


@dataclass(frozen=True)
class Known:
    """What a file is by what stands in it. `fault` says why it is none that can be attached; then `kind` is None."""

    kind: Kind | None
    media_type: str = ""
    fault: str = ""


def recognise(begin: bytes) -> Known:
    """What a file is, from its first kilobyte: never from its name, which anybody may give it."""
    if not begin:
        return Known(None, fault=EMPTY)
    for magic, media_type in _MAGIC:
        if begin.startswith(magic):
            return Known(Kind.IMAGE, media_type)
    if begin.startswith(b"RIFF") and begin[8:12] == b"WEBP":
        return Known(Kind.IMAGE, "image/webp")
    if b"%PDF-" in begin[:1024]:
        return Known(Kind.PDF, PDF)
    if begin[4:8] == b"ftyp":
        what = "a HEIC image. Save it as JPEG" if begin[8:12] in (b"heic", b"heix", b"mif1") else "a film or a sound"
        return Known(None, fault=f"This is {what}.")
    for magic, what in _OTHERS:
        if begin.startswith(magic) and (len(magic) > 2 or b"\0" in begin):
            return Known(None, fault=f"This is {what}.")
    return Known(Kind.TEXT, TEXT)


def text_of(data: bytes) -> str | None:
    """The words of a text file in UTF-8, or in UTF-16 that says so; None for anything else. Nothing is guessed."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")


# What changes the direction of what stands around it makes "exe.png" of "gnp.exe".
_DIRECTIONS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def clean_name(name: str, media_type: str) -> str:
    """What a file is called: without folders, control characters and line ends, and not longer than a line.

    An image or a PDF whose name ends otherwise gets its true ending after it.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(char if unicodedata.category(char) not in ("Cc", "Cs", "Co", "Zl", "Zp") else " " for char in name)
    name = " ".join(_DIRECTIONS.sub("", name).split()).strip(". ")
    known = ENDINGS.get(media_type, ())
    if not name:
        name = "image" if media_type in IMAGES else "file"
    if known and not name.lower().endswith(known):
        name += known[0]
    elif not known and "." not in name:
        name += ".txt"
    if len(name) > NAME_LENGTH:
        stem, dot, ending = name.rpartition(".")
        ending = (dot + ending)[:20] if dot else ""
        name = (stem or name)[: NAME_LENGTH - 1 - len(ending)] + "…" + ending
    return name


REFUSALS = {
    "slow": "Reading this file took too long, so it was given up. Attach a part of it, or its text.",
    "broke": "This file could not be read: what it holds broke what reads it. Nothing else was harmed.",
    "memory": "Reading this file needs more memory than one file may take. Attach a smaller one.",
    "output": "What is in this file is too large. Attach a part of it.",
    "damaged": "This file is damaged, or is not whole.",
    "encrypted": "This PDF asks for a password. Save it without one, then attach it again.",
    "pages": "This PDF has {number:,} pages; {most:,} can be read. Attach the part that matters.",
    "characters": "This PDF holds more text than can be read. Attach the part that matters.",
    "pixels": "This image has {millions:,} million pixels; {most:,} million can be read. Make it smaller first.",
}
"""Why a file cannot be used, by the words of `portal.files.fence`."""


def refusal(word: str, number: int, pages: int, pixels: int) -> str:
    """The sentence for a word, given how much there was and how many pages and pixels can be read."""
    if word == "pixels":
        return REFUSALS[word].format(millions=-(-number // 1_000_000), most=pixels // 1_000_000)
    return REFUSALS[word].format(number=number, most=pages)


def size_words(size: int) -> str:
    """ "812 bytes", "14 KiB", "3.2 MiB"."""
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024:,.0f} KiB" if size < MIB else f"{size / MIB:,.1f} MiB"


IMAGE_TOKENS = 1_600
"""What an image of usual size costs a model to look at, at most."""

PAGE_TOKENS = 2_000
"""The same of a page of a PDF that a model reads itself: as an image, and as text."""

BYTES_A_TOKEN = 3.5


@dataclass(frozen=True)
class Weight:
    """What one file asks of a model. `characters` of its text; `readable` is False for a PDF without any."""

    kind: Kind
    name: str
    size: int
    characters: int = 0
    pages: int = 0

    @property
    def tokens(self) -> int:
        """About how much of the context it takes: rather too much than too little."""
        return IMAGE_TOKENS if self.kind is Kind.IMAGE else int(self.characters / BYTES_A_TOKEN)


@dataclass(frozen=True)
class Reader:
    """The model that a message goes to. `seeing` are names of others that read images, for somebody whose does not."""

    name: str
    sees: bool
    context_limit: int
    reads_pdf: bool = False
    seeing: tuple[str, ...] = ()


def misfits(files: Sequence[Weight], reader: Reader | None, words: int = 0) -> list[str]:
    """Why these files cannot go to this model with so many characters of words, each in a sentence."""
    found = []
    if len(files) > MOST_FILES:
        found.append(f"A message takes {MOST_FILES} files at most; these are {len(files)}.")
    if reader is None:
        return found
    images = [file for file in files if file.kind is Kind.IMAGE]
    if images and not reader.sees:
        others = _named(reader.seeing)
        found.append(
            f"{reader.name} reads no images. "
            + (f"Choose one that does: {others}." if others else "No model that you can use does.")
        )
    blank = [file for file in files if file.kind is Kind.PDF and not file.characters]
    if blank and not reader.reads_pdf:
        found.append(
            f"“{blank[0].name}” holds no text, only pictures of it, and {reader.name} reads text alone of a PDF."
        )
    needed = sum(file.tokens for file in files) + int(words / BYTES_A_TOKEN)
    if reader.context_limit and needed > reader.context_limit:
        found.append(
            f"This is about {needed:,} tokens, and {reader.name} reads {reader.context_limit:,} at most. "
            "Attach less, or choose a model that reads more."
        )
    return found


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else "".join(names)


def told_name(name: str, media_type: str) -> str:
    """A word on a name that does not say what the file is; blank where it does."""
    named = name.lower()
    known = ENDINGS.get(media_type, ())
    others = [ending for type_, endings in ENDINGS.items() if type_ != media_type for ending in endings]
    if known and "." in named and not named.endswith(known):
        return f"By what is in it this is a {IMAGES.get(media_type, 'PDF')}, whatever its name says."
    if not known and named.endswith(tuple(others)):
        return "By what is in it this is text, whatever its name says."
    return ""


def as_text(name: str, text: str) -> str:
    """A file's words as a model reads them, with its name."""
    return f'<file name="{name.replace(chr(34), "”")}">\n{text}\n</file>\n\n'


def left_out(name: str, why: str) -> str:
    """What stands in the place of a file that is not sent."""
    return f"[The file “{name}” was attached here. {why}]\n\n"


NOT_SEEN = "You cannot see images."
TOO_FAR_BACK = "It lies too far back to be sent again."
UNREADABLE = "You cannot read it."
