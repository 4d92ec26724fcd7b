"""A text as a literal of a language, quoted so that it is read back as it is, whatever it holds.

Names of models are typed by people: they hold slashes, blanks and quotes, and what is printed is pasted into a shell.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    SHELL = "shell"
    TOML = "TOML"
    JSON = "JSON"
    YAML = "YAML"
    PYTHON = "Python"
    JAVASCRIPT = "JavaScript"


def literal(language: Language, text: str) -> str:
    """The text as a string of this language, with its quotes. A shell takes no NUL, so a text for it holds none."""
    return _WRITERS[language](text)


def _shell(text: str) -> str:
    """Always in quotes: without them a text may be fine, and the next one that is typed over it not."""
    quoted = shlex.quote(text)
    return quoted if quoted.startswith("'") else f"'{quoted}'"


def _long(text: str) -> str:
    """As TOML, YAML and Python escape what cannot be seen."""
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _json(text: str) -> str:
    """As JSON and JavaScript do: what cannot be seen as the halves of its character.

    A brace, too: opencode puts variables and files in the place of `{env:…}` and `{file:…}` before it reads its JSON.
    """
    plain = (
        character if character.isprintable() and character not in '"\\' else json.dumps(character)[1:-1]
        for character in text
    )
    return f'"{"".join(plain)}"'.replace("{", "\\u007b").replace("\x7f", "\\u007f")


_WRITERS: Mapping[Language, Callable[[str], str]] = MappingProxyType(
    {
        Language.SHELL: _shell,
        Language.TOML: _long,
        Language.JSON: _json,
        Language.YAML: _long,
        Language.PYTHON: _long,
        Language.JAVASCRIPT: _json,
    }
)
