"""What people and providers wrote, in a header of an answer: a header holds ASCII, and names have all letters."""

import unicodedata
from urllib.parse import quote

from werkzeug.http import dump_options_header
from werkzeug.urls import iri_to_uri

ATTR_CHARS = "!#$&+-.^_`|~"
"""What RFC 5987 leaves as it is, letters and digits aside."""


def attachment(filename: str) -> str:
    """`Content-Disposition` of a download (RFC 6266): its name for browsers, and one in ASCII for what is older."""
    return _disposition("attachment", filename)


def inline(filename: str) -> str:
    """The same of what is looked at in place, for whoever saves it."""
    return _disposition("inline", filename)


def _disposition(kind: str, filename: str) -> str:
    # Half a character has no bytes; a control character, like the end of a line, would end the header.
    whole = "".join(char for char in filename if char.isprintable())
    plain = unicodedata.normalize("NFKD", whole).encode("ascii", "ignore").decode("ascii")
    if plain == whole:
        return dump_options_header(kind, {"filename": whole})
    stem, _, ending = plain.rpartition(".")
    plain = plain if stem.strip(" -_.") else f"download.{ending}"
    return dump_options_header(kind, {"filename": plain, "filename*": f"UTF-8''{quote(whole, safe=ATTR_CHARS)}"})


def address(url: str) -> str:
    """An address of ours, with what is no ASCII in percent signs."""
    return iri_to_uri(url)
