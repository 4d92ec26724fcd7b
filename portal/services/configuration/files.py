"""Files of configuration as plain data: JSON, JSON with comments, YAML, TOML, and the environment of a container.

Only words, numbers, switches, lists and mappings come out. What people mean is kept: a number stands as it is written
(`1.10` is not 1.1, `010` is a word), yes and no are words until a field asks for a switch, a day is a word. A name that
stands twice is named. Size, depth and the values that aliases expand to are bounded before anything is built.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

from portal.domain.errors import Invalid
from portal.domain.typed_text import looks_secret

MOST_BYTES = 512 * 1024
MOST_VALUES = 60_000
"""Values of a file, those that an alias repeats counted each time."""
DEEPEST = 40

FIELD = "file"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?|\.[0-9]{1,30})([eE][-+]?[0-9]{1,3})?")
_YES, _NO, _NOTHING = ("true", "True", "TRUE"), ("false", "False", "FALSE"), ("", "~", "null", "Null", "NULL")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_ASSIGNED = re.compile(r"^\s*(?:-\s*|export\s+)?(PROVIDERS|MODELS)\s*=\s*", re.MULTILINE)

_VARIABLE = re.compile(
    r"\s*(?:-\s+|export\s+)?(?P<open>[\"']?)(?P<name>[A-Za-z_][A-Za-z0-9_]{0,127})\s*=(?P<value>.*)", re.DOTALL
)
_TELLING = re.compile(
    r"^\s*(?:-\s+|export\s+)?[\"']?(?:OPENAI_API_BASE_URLS?|OPENAI_API_KEYS|OLLAMA_BASE_URLS?)\s*=", re.MULTILINE
)
"""What a file of variables holds that is one of Open WebUI's."""


@dataclass(frozen=True)
class GivenFile:
    """A file as it was chosen."""

    name: str
    content: bytes


def read(given: GivenFile) -> Any:
    """The data in it. Raises `Invalid` saying what cannot be read, and in which line; it never repeats a key."""
    if len(given.content) > MOST_BYTES:
        raise refused(f"This file is larger than {MOST_BYTES // 1024} KiB, which is more than any configuration needs.")
    try:
        text = given.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("This file is not text in UTF-8.") from None
    if not text.strip():
        raise refused("This file is empty.")
    try:
        data = _parsed(given.name.lower(), text)
        _count(data)
    except RecursionError:
        raise refused(f"Values lie more than {DEEPEST} levels deep in this file.") from None
    return data


def refused(sentence: str) -> Invalid:
    return Invalid({FIELD: sentence})


def _parsed(name: str, text: str) -> Any:
    if name.endswith(".toml"):
        return _toml(text)
    if assigned := list(_ASSIGNED.finditer(text)):
        return _assigned(text, assigned)
    if _TELLING.search(text):
        return _environment(text)
    if text.lstrip()[:1] in "{[" or re.match(r"\s*/[/*]", text) or name.endswith((".json", ".jsonc")):
        return from_json(text)
    if not name.endswith((".yaml", ".yml")) and re.match(r"\s*(#.*\n\s*)*(\[[\w.\"-]+\]|[\w-]+\s*=\s)", text):
        return _toml(text)
    return _yaml(text)


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise refused(f"This TOML cannot be read: {_safe(str(error))}.") from None


def from_json(text: str) -> Any:
    """JSON, with comments and commas before a closing bracket, as editors of settings allow them."""
    try:
        return json.loads(_uncommented(text), parse_float=Decimal, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        raise refused(f"This JSON cannot be read: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except (ValueError, ArithmeticError):
        raise refused("A number in this file is longer than any number here.") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise refused(f"The name “{_safe(name)}” stands twice in one place of this file. Keep one.")
        found[name] = value
    return found


def _uncommented(text: str) -> str:
    """The same without comments, and without commas that nothing follows; line ends stay."""
    parts = re.findall(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|[^"/]+|.', text, re.DOTALL)
    kept = [re.sub(r"[^\n]", "", part) if part[:2] in ("//", "/*") and len(part) > 1 else part for part in parts]
    whole = re.findall(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])|[^",]+|.', "".join(kept), re.DOTALL)
    return "".join(part for place, part in enumerate(whole) if part != "," or not _closes(whole, place))


def _closes(parts: list[str], place: int) -> bool:
    following = parts[place + 1].lstrip() if place + 1 < len(parts) else ""
    return following[:1] in ("}", "]") and bool(following)


def _assigned(text: str, found: list[re.Match[str]]) -> dict[str, Any]:
    """`PROVIDERS='{…}'` and `MODELS='[…]'`, as they stand in a file of variables or in a command."""
    data: dict[str, Any] = {}
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        rest = text[match.end() : end].lstrip()
        quote = rest[:1] if rest[:1] in "'\"" else ""
        value = rest[1:].split(quote, 1)[0] if quote == "'" else rest
        if quote == '"':
            value = re.sub(r'\\(["\\$`])', r"\1", rest[1:].rstrip().removesuffix("\\").rstrip().removesuffix('"'))
        if match[1] in data:
            raise refused(f"{match[1]} stands twice in this file. Keep one.")
        data[match[1]] = from_json(value if quote else _first_value(value))
    return data


def _environment(text: str) -> dict[str, str]:
    """A file of variables, or the list of them in a compose file; what is no variable is not read."""
    data: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = _VARIABLE.fullmatch(line)
        if found is None:
            continue
        name, value = found["name"], found["value"].strip()
        quote = value[:1] if value[:1] in ("'", '"') and not found["open"] else ""
        if quote and quote in value[1:]:
            value = value[1:].split(quote, 1)[0]
        elif found["open"]:
            value = value.removesuffix(found["open"])
        else:
            value = re.split(r"\s#", value, maxsplit=1)[0].strip()
        if name in data:
            raise refused(f"Line {number}: the variable {name} stands twice in this file. Keep one.")
        data[name] = value
    return data


def _first_value(text: str) -> str:
    """The JSON at the beginning, without what follows it."""
    try:
        return text[: json.JSONDecoder().raw_decode(text)[1]]
    except ValueError:
        return text


def _yaml(text: str) -> Any:
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        _bound(yaml.parse(text, Loader=loader))
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise refused(f"This YAML cannot be read: {line}{_safe(error.problem or 'it is not whole')}.") from None
    except (yaml.YAMLError, ValueError):
        raise refused("This YAML cannot be read: it holds a sign that no text holds.") from None
    return _Built().value(node) if node is not None else None


def _bound(events: Iterator[Any]) -> None:
    """Refuse what is too deep or too long while it is still a stream: building it would go as deep."""
    depth = 0
    for number, event in enumerate(events):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise refused(f"Values lie more than {DEEPEST} levels deep in this file.")
        if number > MOST_VALUES * 2:
            raise refused(f"This file holds more than {MOST_VALUES:,} values.")


class _Built:
    """Data out of the nodes of a document; what an alias repeats is counted each time."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def value(self, node: yaml.Node, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0:
            raise refused(f"This file holds more than {MOST_VALUES:,} values, with those that aliases repeat.")
        if depth > DEEPEST:
            raise refused(f"Values lie more than {DEEPEST} levels deep in this file.")
        if node.tag not in _PLAIN_TAGS:
            raise refused(f"Line {_line(node)}: the tag “{_safe(node.tag)}” is not read. Write the value itself.")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(part, depth + 1) for part in node.value]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise refused(f"Line {_line(key)}: a name is a word here, and no list.")
            name = key.value
            if name == "<<" and not key.style:
                merged = self._merged(value, depth) | merged
                continue
            if name in own:
                raise refused(f"Line {_line(key)}: the name “{_safe(name)}” stands twice in one place. Keep one.")
            own[name] = self.value(value, depth + 1)
        return {**{name: value for name, value in merged.items() if name not in own}, **own}

    def _merged(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        """What `<<` brings: of several the first wins."""
        built = self.value(node, depth + 1)
        parts = built if isinstance(built, list) else [built]
        if not all(isinstance(part, dict) for part in parts):
            raise refused(f"Line {_line(node)}: << brings in names and values, and this is neither.")
        merged: dict[str, Any] = {}
        for part in parts:
            merged = part | merged
        return merged


def _scalar(node: yaml.ScalarNode) -> Any:
    text = node.value
    if node.style:  # it is quoted, or a block
        return text
    if text in _NOTHING:
        return None
    if text in _YES or text in _NO:
        return text in _YES
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return text


def _count(data: Any) -> None:
    """Hold JSON and TOML to the same bounds."""
    left, waiting = MOST_VALUES, [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        left -= 1
        if left < 0:
            raise refused(f"This file holds more than {MOST_VALUES:,} values.")
        if depth > DEEPEST:
            raise refused(f"Values lie more than {DEEPEST} levels deep in this file.")
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(part, depth + 1) for part in parts]


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _safe(text: str) -> str:
    """What may be repeated of a file: never a key, and no more than a line."""
    return "…" if looks_secret(text) else " ".join(text.split())[:80]
